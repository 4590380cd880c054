"""Files by path, on the disk and where fsspec keeps them elsewhere: whole or not at all."""

import math
import os
import time
import uuid

import pytest

from backend.jobs.storage import FETCHED_KEPT_S, Storage


@pytest.fixture(params=["disk", "elsewhere"])
def storage(request, tmp_path):
    if request.param == "disk":
        yield Storage(str(tmp_path / "storage"))
        return
    elsewhere = Storage(f"memory://{uuid.uuid4().hex}")
    yield elsewhere
    elsewhere.remove("")


def test_what_is_written_is_read(storage, tmp_path):
    (tmp_path / "file").write_bytes(b"from a file")
    storage.write("a/b/one", b"bytes")
    storage.write("a/b/two", tmp_path / "file")
    assert (storage.read("a/b/one"), storage.read("a/b/two")) == (b"bytes", b"from a file")
    assert storage.names("a/b") == ("one", "two")
    assert list(storage.walk("a")) == ["b/one", "b/two"]
    assert storage.size("a/b/two") == 11
    with storage.open("a/b/one") as file:
        assert file.read() == b"bytes"


def test_what_is_written_again_is_replaced(storage):
    for content in (b"old", b"newer"):
        storage.write("a", content)
    assert storage.read("a") == b"newer"


def test_what_is_not_there_is_not_found(storage):
    with pytest.raises(FileNotFoundError):
        storage.read("nothing")
    assert storage.names("nothing") == ()
    assert not storage.exists("nothing")
    storage.remove("nothing")


def test_a_folder_goes_with_all_that_is_in_it(storage):
    storage.write("a/b/one", b"1")
    storage.write("a/two", b"2")
    storage.remove("a")
    assert not storage.exists("a/b/one")
    assert storage.names("a") == ()


def test_a_file_can_be_read_on_this_machine(storage, tmp_path):
    storage.write("a/one", b"here")
    path = storage.local("a/one", cache=tmp_path / "cache")
    assert path.read_bytes() == b"here"
    assert storage.local("a/one", cache=tmp_path / "cache") == path


def test_what_was_fetched_and_is_not_used_leaves_the_cache(tmp_path):
    elsewhere = Storage(f"memory://{uuid.uuid4().hex}")
    for name in ("used", "unused", "new"):
        elsewhere.write(name, b"1")
    cache = tmp_path / "cache"
    long_ago = time.time() - FETCHED_KEPT_S - 1
    for name in ("used", "unused"):
        os.utime(elsewhere.local(name, cache=cache), (long_ago, long_ago))
    for name in ("used", "new"):
        elsewhere.local(name, cache=cache)
    assert sorted(path.name for path in cache.iterdir()) == ["new", "used"]
    assert elsewhere.local("used", cache=cache, version="2") != elsewhere.local("used", cache=cache)
    elsewhere.remove("")


def test_the_last_write_into_a_folder_is_known(storage):
    assert storage.changed("a") == math.inf
    storage.write("a/b/one", b"1")
    assert abs(storage.changed("a") - time.time()) < 60


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    storage = Storage(str(tmp_path / "storage"))
    storage.write("a", b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        storage.write("a", b"new")
    assert storage.read("a") == b"old"
    assert [path.name for path in (tmp_path / "storage").iterdir()] == ["a"]


def test_the_disk_says_what_is_free_and_nobody_else_does(storage):
    free = storage.free_bytes()
    assert free is None or free > 0
