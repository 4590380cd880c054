"""Uploads: streamed to disk, found again, kept for a while, and nothing half-done left behind."""

import asyncio
import errno
import hashlib
import os
import time
import tracemalloc
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from backend.main import create_app
from backend.services import uploads
from backend.services.errors import StorageFullError, UploadNotFoundError
from backend.services.uploads import CONTENT, META, UploadStore
from backend.web import body_limit

pytestmark = pytest.mark.anyio

BASE = "http://api/api/v1"
HOUR = 3600
JSON = {"Content-Type": "application/json"}


def store_in(folder, owner="ada", **options):
    return UploadStore(folder, **({"max_total_bytes": 10_000, "kept_hours": 2} | options)).of(owner)


async def pieces(*chunks):
    for chunk in chunks:
        yield chunk


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def last_used(store, upload, hours_ago):
    moment = time.time() - hours_ago * HOUR
    os.utime(store.folder(upload.id) / META, (moment, moment))


@asynccontextmanager
async def serving(settings, **changes):
    app = create_app(settings.model_copy(update=changes))
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def test_a_file_is_kept_as_it_came(tmp_path):
    store = store_in(tmp_path)
    upload = await store.add("genes.csv", pieces(b"one,", b"", b"two"))
    assert store.path(upload.id).read_bytes() == b"one,two"
    assert (upload.name, upload.n_bytes, upload.sha256) == ("genes.csv", 7, hashlib.sha256(b"one,two").hexdigest())
    assert store.get(upload.id) == upload
    assert names_in(tmp_path) == {upload.id}


async def test_the_same_file_again_is_the_same_upload_and_keeps_what_was_derived(tmp_path):
    store = store_in(tmp_path)
    first = await store.add("a", pieces(b"x"))
    (store.folder(first.id) / "derived").write_text("kept")
    again = await asyncio.gather(*(store.add("a", pieces(b"", b"x")) for _ in range(4)))
    assert again == [first] * 4
    assert (store.folder(first.id) / "derived").read_text() == "kept"
    assert (await store.add("b", pieces(b"x"))).id != first.id
    assert (await store.add("a", pieces(b"y"))).id != first.id


async def test_the_same_file_of_two_users_is_two_uploads_and_nobody_finds_that_of_the_other(tmp_path):
    store = store_in(tmp_path)
    colleague = store.store.of("bob")
    mine, theirs = await store.add("a", pieces(b"x")), await colleague.add("a", pieces(b"x"))
    assert mine.id != theirs.id
    moment = (store.folder(mine.id) / META).stat().st_mtime
    for refused in (colleague.get, colleague.path, colleague.folder, colleague.remove):
        with pytest.raises(UploadNotFoundError, match="2 hours"):
            refused(mine.id)
    assert (tmp_path / mine.id / META).stat().st_mtime == moment, "looking for it was counted as a use of it"
    assert store.get(mine.id) == mine
    assert "owner" not in mine.model_dump()


async def test_an_upload_of_a_former_version_belongs_to_the_scripts_of_this_machine(tmp_path):
    store = store_in(tmp_path)
    upload = await store.add("a", pieces(b"x"))
    (store.folder(upload.id) / META).write_text(upload.model_dump_json())
    with pytest.raises(UploadNotFoundError):
        store.get(upload.id)
    assert store.store.of("local").get(upload.id) == upload


async def test_names_never_reach_the_disk(tmp_path):
    store = store_in(tmp_path)
    for name in ("../../etc/passwd", "a\0b", "con", ".", "x" * 3000, "\n", "ä \u202e.csv"):
        upload = await store.add(name, pieces(b"1"))
        assert store.get(upload.id).name == upload.name
        assert upload.name.isprintable()
        assert len(upload.name) <= 200
    assert all(uploads.ID.fullmatch(name) for name in names_in(tmp_path))


@pytest.mark.parametrize(
    "upload_id", ["", "..", "../..", "0" * 31, "0" * 33, "G" * 32, "0" * 32, "A" * 32, "\u0660" * 32]
)
def test_an_id_that_is_none_is_not_found(tmp_path, upload_id):
    store = store_in(tmp_path)
    for ask in (store.get, store.path, store.remove):
        with pytest.raises(UploadNotFoundError, match="2 hours"):
            ask(upload_id)


async def test_uploads_survive_a_restart_and_what_a_crash_left_does_not(tmp_path):
    store = store_in(tmp_path)
    kept, cut = await store.add("kept", pieces(b"12")), await store.add("cut", pieces(b"345"))
    (store.folder(cut.id) / CONTENT).write_bytes(b"3")
    (tmp_path / "unfinished-0").mkdir()
    (tmp_path / "unfinished-0" / CONTENT).write_bytes(b"half")
    (tmp_path / ("0" * 32)).mkdir()
    again = store_in(tmp_path)
    assert names_in(tmp_path) == {kept.id}
    assert again.get(kept.id) == kept


async def test_a_file_that_another_process_writes_is_left_alone_at_start(tmp_path):
    store = store_in(tmp_path)

    async def chunks():
        yield b"1" * uploads.AT_A_TIME
        store_in(tmp_path, max_total_bytes=10**9)
        yield b"2"

    big = store_in(tmp_path, max_total_bytes=10**9)
    upload = await big.add("slow", chunks())
    assert store.path(upload.id).stat().st_size == uploads.AT_A_TIME + 1


async def test_what_is_not_used_for_long_goes_at_start_and_when_a_file_comes(tmp_path):
    store = store_in(tmp_path)
    old, used = await store.add("old", pieces(b"1")), await store.add("used", pieces(b"2"))
    for upload in (old, used):
        last_used(store, upload, hours_ago=3)
    store.path(used.id)
    await store.add("new", pieces(b"3"))
    with pytest.raises(UploadNotFoundError):
        store.get(old.id)
    last_used(store, used, hours_ago=3)
    with pytest.raises(UploadNotFoundError):
        store_in(tmp_path).get(used.id)


async def test_all_uploads_together_have_a_limit_which_derived_files_count_towards(tmp_path):
    store = store_in(tmp_path, max_total_bytes=2_000)
    first = await store.add("first", pieces(b"1" * 900))
    with pytest.raises(StorageFullError, match="2,000 bytes together"):
        await store.add("second", pieces(b"2" * 500, b"2" * 500))
    assert names_in(tmp_path) == {first.id}
    (store.folder(first.id) / "derived").write_bytes(b"0" * 1_500)
    with pytest.raises(StorageFullError):
        await store.add("third", pieces(b"3"))
    store.remove(first.id)
    await store.add("second", pieces(b"2" * 1_000))


async def test_files_that_arrive_at_once_share_the_room(tmp_path):
    store = store_in(tmp_path, max_total_bytes=10_000)
    results = await asyncio.gather(
        *(store.add(f"{i}", pieces(*[bytes([i]) * 1_000] * 4)) for i in range(4)), return_exceptions=True
    )
    kinds = [type(result).__name__ for result in results]
    assert kinds.count("StorageFullError") >= 2
    assert sum(path.stat().st_size for path in tmp_path.rglob(CONTENT)) <= 10_000


async def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    store = store_in(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.store, "_keep", full)
    with pytest.raises(StorageFullError, match="disk of the service is full"):
        await store.add("a", pieces(b"1"))
    assert names_in(tmp_path) == set()


async def test_a_file_that_breaks_off_leaves_nothing(tmp_path):
    store = store_in(tmp_path)

    async def broken():
        yield b"1" * 100
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.add("a", broken())
    assert names_in(tmp_path) == set()
    assert store.store._arriving == 0


def test_a_file_of_this_machine_is_taken_over(tmp_path):
    store = store_in(tmp_path / "uploads")
    (tmp_path / "made").write_bytes(b"12")
    upload = store.add_file("made.csv", tmp_path / "made")
    assert store.path(upload.id).read_bytes() == b"12"
    assert not (tmp_path / "made").exists()
    (tmp_path / "made").write_bytes(b"12")
    assert store.add_file("made.csv", tmp_path / "made") == upload


async def test_memory_does_not_grow_with_the_file(tmp_path):
    store = store_in(tmp_path, max_total_bytes=10**9)
    chunk = b"0" * 65_536

    async def chunks():
        for _ in range(1_000):
            yield chunk

    tracemalloc.start()
    try:
        upload = await store.add("large", chunks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert upload.n_bytes == 65_536_000
    assert peak < 8_000_000


async def test_over_http_a_file_comes_and_goes(client, problem_of):
    response = await client.put("/uploads/my genes.csv", content=b"1,2")
    upload = response.json()
    assert (response.status_code, upload["name"], upload["n_bytes"]) == (201, "my genes.csv", 3)
    assert response.headers["location"] == f"/api/v1/uploads/{upload['id']}"
    address = f"/uploads/{upload['id']}"
    assert (await client.get(address)).json() == upload
    content = await client.get(f"{address}/content")
    assert (content.status_code, content.content) == (200, b"1,2")
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["content-disposition"] == "attachment; filename*=utf-8''my%20genes.csv"
    assert (await client.delete(address)).status_code == 204
    for ask in (client.get(address), client.get(f"{address}/content"), client.delete(address)):
        assert "upload the file again" in problem_of(await ask, 404, "unknown-upload").detail


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ('a";b\\c.csv', "a__b_c.csv"),
        ("%2e%2e%5cx.bat", "_x.bat"),
        ("%0d%0aSet-Cookie%3A x=1", "Set-Cookie_ x=1"),
        ("%00", "unnamed"),
        ("%E2%80%AE...", "upload"),
    ],
)
async def test_a_download_has_a_name_that_is_safe_to_save(client, name, saved):
    upload = (await client.put(f"/uploads/{name}", content=b"1")).json()
    disposition = (await client.get(f"/uploads/{upload['id']}/content")).headers["content-disposition"]
    assert disposition in {f'attachment; filename="{saved}"', f"attachment; filename*=utf-8''{_quoted(saved)}"}


def _quoted(name):
    return name.replace(" ", "%20").replace("=", "%3D")


async def test_a_name_with_a_slash_is_no_address(client, problem_of):
    problem_of(await client.put("/uploads/..%2f..%2fetc", content=b"1"), 404, "not-found")


async def test_an_upload_may_be_larger_than_a_request_and_no_larger_than_its_limit(
    client, settings, problem_of, monkeypatch
):
    monkeypatch.setattr(body_limit, "LINGER_S", 0.05)
    assert (await client.put("/uploads/a", content=b"0" * 400_000)).status_code == 201
    response = await client.put("/uploads/a", content=b"0" * 500_001)
    assert "500,000 bytes" in problem_of(response, 413, "request-too-large").detail

    async def endless():
        while True:
            yield b"0" * 50_000

    before = names_in(settings.data_dir / "uploads")
    for headers in ({}, {"Content-Length": "10"}):  # the second one lies
        async with asyncio.timeout(10):
            response = await client.put("/uploads/a", content=endless(), headers=headers)
        problem_of(response, 413, "request-too-large")
    assert names_in(settings.data_dir / "uploads") == before


@pytest.mark.parametrize(("method", "path"), [("POST", "/uploads/a"), ("PUT", "/sequence-checks")])
async def test_only_uploads_have_the_larger_limit(client, problem_of, method, path):
    problem_of(await client.request(method, path, content=b"0" * 100_001, headers=JSON), 413, "request-too-large")


async def test_a_store_that_is_full_answers_507(settings, tmp_path, problem_of):
    async with serving(settings, data_dir=tmp_path, max_stored_bytes=1_000) as client:
        problem_of(await client.put("/uploads/a", content=b"0" * 2_000), 507, "storage-full")
        assert (await client.put("/uploads/a", content=b"0" * 900)).status_code == 201


async def test_a_connection_that_ends_early_leaves_nothing(app, settings):
    before = names_in(settings.data_dir / "uploads")
    messages = [
        {"type": "http.request", "body": b"1" * 10, "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "PUT", "path": "/api/v1/uploads/a", "raw_path": b"/api/v1/uploads/a",
        "headers": [(b"host", b"api")],
        "query_string": b"", "http_version": "1.1", "scheme": "http", "server": ("api", 80), "client": ("me", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert b"interrupted-upload" in sent[1]["body"]
    assert names_in(settings.data_dir / "uploads") == before


async def test_uploads_survive_a_restart_of_the_service(settings, tmp_path):
    async with serving(settings, data_dir=tmp_path) as client:
        upload = (await client.put("/uploads/a.csv", content=b"12")).json()
    async with serving(settings, data_dir=tmp_path) as client:
        assert (await client.get(f"/uploads/{upload['id']}")).json() == upload
