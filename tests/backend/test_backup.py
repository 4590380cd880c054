"""Backups of real files and a real SQLite ledger: what comes back, and that a refused one changes nothing."""

import io
import json
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from backend import database_backup
from backend.backup import Place, restore, save
from backend.database_backup import BackupError
from backend.jobs.database import migrate
from backend.jobs.storage import Storage

ROOT = Path(__file__).parents[2]
UPLOAD = "0123456789abcdef" * 2


def place_in(folder: Path, *, files_url: str | None = None) -> Place:
    return Place(folder, f"sqlite:///{folder / 'jobs.sqlite3'}", files_url or str(folder / "storage"))


def fill(place: Place) -> None:
    """Leave what a running Regulens leaves: uploads, files of jobs, the ledger, the queue, half-done files."""
    data = place.data_dir
    for name, content in {
        f"uploads/{UPLOAD}/content": b"\x00uploaded\xff" * 1000,
        f"uploads/{UPLOAD}/meta.json": b"{}",
        "uploads/unfinished-1/content": b"half",
        "checkpoints/mine/card.json": b"{}",
        "valkey/appendonlydir/log": b"queue",
        "valkey-2/lock": b"",
    }.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(content)
    place.storage.write("jobs/1/results/scores.tsv", b"a\tb\n" * 1000)
    place.storage.write("jobs/1/live", b"[]")
    migrate(place.ledger_url)
    add_process(place, "beat")


def add_process(place: Place, name: str) -> None:
    with closing(sqlite3.connect(place.data_dir / "jobs.sqlite3")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text)")
        connection.execute("INSERT INTO notes VALUES (?)", (name,))
        connection.commit()


def notes(place: Place) -> list[str]:
    with closing(sqlite3.connect(place.data_dir / "jobs.sqlite3")) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM notes")]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "sqlite3" not in path.name)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def saved(place: Place) -> bytes:
    target = io.BytesIO()
    save(target, place)
    return target.getvalue()


@pytest.fixture
def full(tmp_path: Path) -> Place:
    place = place_in(tmp_path / "full")
    fill(place)
    return place


@pytest.fixture
def empty(tmp_path: Path) -> Place:
    return place_in(tmp_path / "empty")


def test_everything_worth_keeping_comes_back(full, empty):
    assert restore(io.BytesIO(saved(full)), empty) == 6
    kept = {name: content for name, content in contents(full.data_dir).items() if not name.startswith("valkey")}
    del kept["uploads/unfinished-1/content"]
    assert contents(empty.data_dir) == kept
    assert notes(empty) == ["beat"]
    uploads = [place.data_dir / "uploads" / UPLOAD / "meta.json" for place in (full, empty)]
    assert int(uploads[0].stat().st_mtime) == int(uploads[1].stat().st_mtime), "the time of last use comes back too"


def test_the_restored_ledger_is_one_that_regulens_works_with(full, empty):
    restore(io.BytesIO(saved(full)), empty)
    migrate(empty.ledger_url)
    with closing(sqlite3.connect(empty.data_dir / "jobs.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_the_same_state_gives_the_same_backup(full):
    assert saved(full) == saved(full)


def test_a_backup_while_the_ledger_is_written_to_holds_one_moment(full, empty):
    going_on = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(full.data_dir / "jobs.sqlite3", timeout=30)) as connection:
            n = 0
            while not going_on.is_set():
                with connection:  # two rows or none
                    connection.execute("INSERT INTO notes VALUES (?)", (f"a{n}",))
                    connection.execute("INSERT INTO notes VALUES (?)", (f"b{n}",))
                n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups = [saved(full) for _ in range(3)]
    finally:
        going_on.set()
        writer.join()
    for backup in backups:
        restore(io.BytesIO(backup), empty, replace=True)
        rows = notes(empty)[1:]
        assert [row[1:] for row in rows if row[0] == "a"] == [row[1:] for row in rows if row[0] == "b"]
    assert rows, "the writer has written"


@pytest.mark.parametrize("what", ["upload", "stored file", "ledger"])
def test_what_is_there_is_not_written_over_unless_asked(full, empty, what):
    if what == "upload":
        (empty.data_dir / "uploads").mkdir(parents=True)
        (empty.data_dir / "uploads" / "mine").write_bytes(b"mine")
    elif what == "stored file":
        empty.storage.write("jobs/2/mine", b"mine")
    else:
        empty.data_dir.mkdir()
        add_process(empty, "mine")
    before, backup = contents(empty.data_dir), saved(full)
    with pytest.raises(BackupError, match="--replace"):
        restore(io.BytesIO(backup), empty)
    assert contents(empty.data_dir) == before
    restore(io.BytesIO(backup), empty, replace=True)
    assert notes(empty) == ["beat"]
    assert not [name for name in contents(empty.data_dir) if name.endswith("mine")]


def test_tables_without_a_job_in_them_count_as_empty(full, empty):
    migrate(empty.ledger_url)
    assert restore(io.BytesIO(saved(full)), empty) == 6


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_half_a_backup_is_refused_and_changes_nothing(full, empty, share):
    backup = saved(full).rstrip(b"\0")
    with pytest.raises(BackupError, match=r"damaged|not complete"):
        restore(io.BytesIO(backup[: int(len(backup) * share)]), empty)
    assert contents(empty.data_dir) == {}


def test_a_changed_byte_is_found(full, empty):
    backup = bytearray(saved(full))
    backup[backup.index(b"a\tb\n")] = ord("x")
    with pytest.raises(BackupError, match=r"files/jobs/1/results/scores\.tsv is not what was saved"):
        restore(io.BytesIO(bytes(backup)), empty)
    assert contents(empty.data_dir) == {}


def test_a_damaged_database_is_found_though_its_sum_is_right(tmp_path, empty):
    place = place_in(tmp_path / "damaged")
    fill(place)
    database_backup.save_database(place.ledger_url, tmp_path / "dump")
    damaged = (tmp_path / "dump").read_bytes()[:8192]
    backup = make_tar({"database": damaged}, kind="sqlite")
    with pytest.raises(BackupError, match="database is damaged"):
        restore(backup, empty)


def test_a_path_that_leads_out_is_refused(empty):
    with pytest.raises(BackupError, match="damaged or no backup"):
        restore(make_tar({"data/../../outside": b"x"}, kind="sqlite"), empty)
    assert not (empty.data_dir.parent / "outside").exists()


def test_a_backup_of_another_kind_of_database_is_refused(empty):
    with pytest.raises(BackupError, match="holds a database of postgresql, and DATABASE_URL names one of sqlite"):
        restore(make_tar({"data/x": b"x"}, kind="postgresql"), empty)


def make_tar(files: dict[str, bytes], *, kind: str) -> io.BytesIO:
    import hashlib

    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.dumps({"format": 1, "database": kind, "sha256": sums}).encode()
    result = io.BytesIO()
    with tarfile.open(fileobj=result, mode="w") as tar:
        for name, content in {**files, "manifest.json": manifest}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    result.seek(0)
    return result


def test_files_in_remote_storage_are_saved_and_restored(tmp_path):
    places = [place_in(tmp_path / name, files_url=f"memory://{tmp_path.name}/{name}") for name in ("one", "two")]
    fill(places[0])
    restore(io.BytesIO(saved(places[0])), places[1])
    assert Storage(places[1].files_url).read("jobs/1/live") == b"[]"
    assert not (places[1].data_dir / "files").exists()


def test_without_the_programs_of_postgresql_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match=r"pg_dump is not on PATH.*apt install postgresql-client"):
        database_backup.save_database("postgresql+psycopg://u:p@127.0.0.1/d", tmp_path / "dump")


def command(*arguments: str, data: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {"REGULENS_DATA_DIR": str(data), "PATH": "/usr/bin:/bin"}
    run = [sys.executable, "-m", "backend.backup", *arguments]
    return subprocess.run(run, cwd=ROOT, env=environment, input=stdin, capture_output=True, check=False)


def test_the_two_commands(full, empty, tmp_path):
    file = tmp_path / "regulens.tar"
    result = command("save", str(file), data=full.data_dir)
    assert (result.returncode, result.stderr) == (0, b"6 files have been saved.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert command("save", "-", data=full.data_dir).stdout == file.read_bytes()
    assert command("restore", "-", data=empty.data_dir, stdin=file.read_bytes()).returncode == 0
    assert notes(empty) == ["beat"]
    again = command("restore", str(file), data=empty.data_dir)
    assert again.returncode == 1
    assert b"is not empty" in again.stderr
    assert b"Traceback" not in again.stderr
    inside = command("save", str(full.data_dir / "regulens.tar"), data=full.data_dir)
    assert (inside.returncode, b"lies in the data folder" in inside.stderr) == (1, True)
