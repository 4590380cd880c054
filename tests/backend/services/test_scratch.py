"""Scratch folders end with their job, and those of killed workers with the next one."""

import os
import tempfile
import time

import pytest

from backend.services.scratch import PREFIX, YOUNG_S, Scratch


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_ends_with_its_job(temporary):
    scratch = Scratch()
    (scratch.folder / "file").write_bytes(b"1")
    scratch.close()
    scratch.close()
    assert list(temporary.iterdir()) == []


def test_what_the_killed_have_left_goes_and_what_the_living_use_stays(temporary):
    long_ago = time.time() - YOUNG_S - 1
    names = [f"{PREFIX}killed", f"{PREFIX}new", "not-ours"]
    for name in names:
        (temporary / name).mkdir()
    living = Scratch()
    for path in (temporary / names[0], temporary / names[2], living.folder):
        os.utime(path, (long_ago, long_ago))
    later = Scratch()
    assert set(temporary.iterdir()) == {temporary / names[1], temporary / names[2], living.folder, later.folder}
    for scratch in (living, later):
        scratch.close()
