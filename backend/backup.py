"""Save and restore all that Regulens keeps: `python -m backend.backup save FILE` and `... restore FILE`.

A backup is one tar file: the database, the data folder, the files of jobs, and last a list of all with their sha256.
The database is saved first: whatever it refers to has been written before, and is still there a moment later.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Final, cast

from backend.config import Settings
from backend.database_backup import (
    BackupError,
    check_dump,
    holds_data,
    kind_of,
    restore_database,
    save_database,
)
from backend.jobs.storage import Storage

DATABASE, DATA, FILES, MANIFEST = "database", "data", "files", "manifest.json"
FORMAT: Final = 1
STANDARD: Final = "-"  # in the place of a file's name
HALF_DONE: Final = (".backup-", ".restore-", "unfinished-", ".unfinished-")
NOT_KEPT: Final = ("valkey*", "fetched-*", "tmp*", "*.lock")  # queue, copies of the storage, passing things: made anew


@dataclass(frozen=True)
class Place:
    """Where all lies that is kept."""

    data_dir: Path
    ledger_url: str
    files_url: str

    @classmethod
    def of(cls, settings: Settings) -> "Place":
        """Return what the settings say."""
        return cls(settings.data_dir.resolve(), settings.ledger_url, settings.files_url)

    @property
    def storage(self) -> Storage:
        """Return the files of jobs."""
        return Storage(self.files_url)

    def data_files(self) -> Iterator[Path]:
        """Return the files of the data folder that are worth keeping, sorted, relative to it."""
        apart = [Path(self.files_url), *(Path(f"{self._database}{end}") for end in ("", "-wal", "-shm", "-journal"))]
        for path in sorted(self.data_dir.rglob("*")):
            relative = path.relative_to(self.data_dir)
            if path.is_symlink() or not path.is_file() or any(path.is_relative_to(other) for other in apart):
                continue
            if any(part.startswith(HALF_DONE) for part in relative.parts):
                continue
            if not any(PurePosixPath(relative.parts[0]).match(pattern) for pattern in NOT_KEPT):
                yield relative

    def stored_files(self) -> Iterator[str]:
        """Return the paths of all files in the storage, sorted."""
        for top in self.storage.names(""):
            yield from (f"{top}/{path}" for path in self.storage.walk(top))

    @property
    def _database(self) -> str:
        return self.ledger_url.removeprefix("sqlite:///")


def save(target: BinaryIO, place: Place) -> int:
    """Write a backup, also while Regulens is running; return the number of files in it."""
    with (
        tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        _workplace(place, ".backup-") as work,
    ):
        sums = {}
        if save_database(place.ledger_url, work / DATABASE):
            sums[DATABASE] = _add(tar, DATABASE, work / DATABASE, mtime=0)
        for relative in place.data_files():
            with suppress(FileNotFoundError):  # it has just been removed, which is as good as before the backup
                name = f"{DATA}/{relative.as_posix()}"
                sums[name] = _add(tar, name, place.data_dir / relative)
        for path in place.stored_files():
            with suppress(FileNotFoundError), place.storage.open(path) as file:
                sums[f"{FILES}/{path}"] = _add_stream(tar, f"{FILES}/{path}", file, size=place.storage.size(path))
        manifest = {"format": FORMAT, "database": kind_of(place.ledger_url), "sha256": sums}
        (work / MANIFEST).write_text(json.dumps(manifest, indent=1))
        _add(tar, MANIFEST, work / MANIFEST, mtime=0)
    return len(sums)


def restore(source: BinaryIO, place: Place, *, replace: bool = False) -> int:
    """Put a backup in place once all of it has been read and checked; return the number of files in it.

    Raises
    ------
    BackupError
        If the backup is damaged or of another kind of database, or if the place is not empty and `replace` is not set.
    """
    if not replace:
        _refuse_unless_empty(place)
    with _workplace(place, ".restore-") as work:
        _extract(source, work)
        n = _check(work, kind=kind_of(place.ledger_url))
        _clear(place)
        for path in sorted((work / DATA).rglob("*")):
            target = place.data_dir / path.relative_to(work / DATA)
            target.mkdir(exist_ok=True) if path.is_dir() else os.replace(path, target)
        for path in sorted((work / FILES).rglob("*")):
            if path.is_file():
                place.storage.write(path.relative_to(work / FILES).as_posix(), path)
        if (work / DATABASE).exists():
            restore_database(place.ledger_url, work / DATABASE)
    return n


@contextmanager
def _workplace(place: Place, prefix: str) -> Iterator[Path]:
    """Make a folder on the disk of the data folder: moving from there is renaming, and /tmp may be small."""
    place.data_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place.data_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, n: int = -1) -> bytes:
        """Read on."""
        data = self._file.read(n)
        self.sha256.update(data)
        return data


def _add(tar: tarfile.TarFile, name: str, path: Path, *, mtime: int | None = None) -> str:
    """Add a file of this machine, with the time of its last change unless told otherwise."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        when = int(status.st_mtime) if mtime is None else mtime
        return _add_stream(tar, name, file, size=status.st_size, mtime=when)


def _add_stream(tar: tarfile.TarFile, name: str, file: BinaryIO, *, size: int, mtime: int = 0) -> str:
    """Add a file and return its sha256; who it belongs to is not kept."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, mtime, 0o644
    hashed = _Hashed(file)
    tar.addfile(info, cast(IO[bytes], hashed))
    return hashed.sha256.hexdigest()


def _refuse_unless_empty(place: Place) -> None:
    found = {
        f"The data folder {place.data_dir}": any(place.data_files()),
        "The storage of jobs' files": any(place.stored_files()),
        "The database": holds_data(place.ledger_url),
    }
    for what in (what for what, is_full in found.items() if is_full):
        raise BackupError(f"{what} is not empty. With --replace the backup takes the place of all that is there.")


def _extract(source: BinaryIO, folder: Path) -> None:
    """Unpack everything below the folder, and nowhere else."""
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                if not member.isreg():
                    raise BackupError(f"{member.name} is no file: this is no backup of Regulens.")
                tar.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"The backup is damaged or no backup: {error}.") from error


def _check(folder: Path, *, kind: str) -> int:
    """Compare all that was unpacked with the list; return the number of files."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError):
        raise BackupError("The backup is not complete: the list at its end is missing.") from None
    if manifest.get("format") != FORMAT:
        raise BackupError(f"The backup is of format {manifest.get('format')}; this version reads format {FORMAT}.")
    if manifest["database"] != kind:
        raise BackupError(
            f"The backup holds a database of {manifest['database']}, and DATABASE_URL names one of {kind}. "
            "Restore it where the database is of the same kind."
        )
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    del found[MANIFEST]
    wrong = set(found) ^ set(manifest["sha256"])
    wrong |= {name for name, sha256 in manifest["sha256"].items() if name not in wrong and _sum(found[name]) != sha256}
    if wrong:
        raise BackupError(f"The backup is damaged: {min(wrong)} is not what was saved.")
    if DATABASE in found:
        check_dump(found[DATABASE], kind=kind)
    return len(found)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _clear(place: Place) -> None:
    """Remove what is there now."""
    for relative in list(place.data_files()):
        (place.data_dir / relative).unlink(missing_ok=True)
    for top in place.storage.names(""):
        place.storage.remove(top)


def main() -> int:
    """Run a command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m backend.backup", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    saving = commands.add_parser("save", help="write a backup; Regulens may be running")
    restoring = commands.add_parser("restore", help="put a backup in place; end Regulens first")
    restoring.add_argument("--replace", action="store_true", help="even where something is there: it will be gone")
    for each in (saving, restoring):
        each.add_argument("file", help="a tar file, or - for standard output or input")
    arguments = parser.parse_args()
    place = Place.of(Settings())
    try:
        if arguments.command == "save":
            n = _save_to(arguments.file, place)
        else:
            n = _restore_from(arguments.file, place, replace=arguments.replace)
    except (BackupError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"{n} files have been {'saved' if arguments.command == 'save' else 'restored'}.\n")
    return 0


def _save_to(file: str, place: Place) -> int:
    """Write the file under another name first: a backup that has its name is whole."""
    if file == STANDARD:
        return save(sys.stdout.buffer, place)
    target = Path(file).resolve()
    if target.is_relative_to(place.data_dir):
        raise BackupError(f"{target} lies in the data folder, which it is to be a backup of. Choose another place.")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            n = save(out, place)
            out.flush()
            os.fsync(out.fileno())
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return n


def _restore_from(file: str, place: Place, *, replace: bool) -> int:
    if file == STANDARD:
        return restore(sys.stdin.buffer, place, replace=replace)
    with open(file, "rb") as source:
        return restore(source, place, replace=replace)


if __name__ == "__main__":
    sys.exit(main())
