"""Files through the page's own server: forwarded as they come, refusals passed on."""

import asyncio

import httpx
import pytest

from backend.schemas.uploads import Upload
from frontend.app import create_dash
from frontend.client import BackendClient, BackendProblem

UPLOAD = Upload(id="u1", name="my genes.csv", n_bytes=6, sha256="s", created="2026-01-02T00:00:00Z")


def ask(handler, method, path, **options):
    async def run():
        async with BackendClient("http://api", transport=httpx.MockTransport(handler)) as client:
            transport = httpx.ASGITransport(app=create_dash(client).server)
            async with httpx.AsyncClient(transport=transport, base_url="http://page") as browser:
                return await browser.request(method, path, **options)

    return asyncio.run(run())


def test_a_file_is_forwarded_with_its_name_and_length():
    seen = {}

    def handler(request):
        seen.update(path=request.url.raw_path, body=request.content, length=request.headers["content-length"])
        return httpx.Response(201, text=UPLOAD.model_dump_json())

    answer = ask(handler, "PUT", "/uploads/my%20genes.csv", content=b"a,b\n1\n")
    assert (answer.status_code, Upload.model_validate_json(answer.content)) == (201, UPLOAD)
    assert seen == {"path": b"/api/v1/uploads/my%20genes.csv", "body": b"a,b\n1\n", "length": "6"}


def test_a_refusal_of_the_api_reaches_the_browser(problem):
    refusal = problem.model_copy(update={"status": 413, "detail": "Too large."})
    answer = ask(lambda _r: httpx.Response(413, text=refusal.model_dump_json()), "PUT", "/uploads/x", content=b"1")
    assert (answer.status_code, answer.json()["detail"]) == (413, "Too large.")
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_api_that_is_away_is_named():
    def handler(_request):
        raise httpx.ConnectError("refused")

    answer = ask(handler, "PUT", "/uploads/x", content=b"1")
    assert (answer.status_code, answer.json()["title"]) == (503, "The analysis service does not answer")


def test_a_kept_file_comes_back_under_its_name():
    def handler(request):
        body = b"a,b\n1\n" if request.url.path.endswith("/content") else UPLOAD.model_dump_json()
        return httpx.Response(200, content=body)

    answer = ask(handler, "GET", "/uploads/u1/content")
    assert answer.content == b"a,b\n1\n"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''my%20genes.csv"


def test_a_file_that_is_gone_is_said_to_be_gone(problem):
    gone = problem.model_copy(update={"status": 404})
    answer = ask(lambda _r: httpx.Response(404, text=gone.model_dump_json()), "GET", "/uploads/u1/content")
    assert answer.status_code == 404


@pytest.mark.parametrize("kind", ["path", "bytes", "iterator"])
def test_scripts_upload_what_they_have(tmp_path, kind):
    async def pieces():
        yield b"a,b"
        yield b"\n1\n"

    (tmp_path / "genes.csv").write_bytes(b"a,b\n1\n")
    sources = {"path": tmp_path / "genes.csv", "bytes": b"a,b\n1\n", "iterator": pieces()}
    seen = []

    def handler(request):
        seen.append(request.content)
        return httpx.Response(201, text=UPLOAD.model_dump_json())

    async def run():
        async with BackendClient("http://api", transport=httpx.MockTransport(handler)) as client:
            return await client.upload("genes.csv", sources[kind])

    assert asyncio.run(run()) == UPLOAD
    assert seen == [b"a,b\n1\n"]


def test_deleting_says_when_it_failed(problem):
    answers = [httpx.Response(204), httpx.Response(404, text=problem.model_dump_json())]

    async def run():
        async with BackendClient("http://api", transport=httpx.MockTransport(lambda _r: answers.pop(0))) as client:
            await client.delete_upload("u1")
            await client.delete_checkpoint("no/such")

    with pytest.raises(BackendProblem):
        asyncio.run(run())
    assert answers == []
