"""Histone files that have been uploaded: read once per way of reading, kept beside the upload, opened at no cost."""

import asyncio
import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from backend.config import Settings
from backend.schemas.histone_files import HistoneFileReference, SignalSummary
from backend.schemas.uploads import Upload
from backend.services.errors import UploadTooLargeError
from backend.services.rounding import shortened
from backend.services.uploads import Uploads, full_disk_is_said
from models.annotation import with_symbols
from models.errors import InvalidHistoneFileError, TextProblem
from models.histone import HistoneMatrices
from models.histone_file import HistoneFile, read_histone_file, summarise

FIELD: Final = "file"
VALUES, LABELS, REST = "values.npy", "labels.npy", "file.json"


class StoredFile(NamedTuple):
    """A file as it was read, its values mapped from the disk."""

    upload: Upload
    matrices: HistoneMatrices
    layout: str
    n_rows: int
    repairs: tuple[TextProblem, ...]
    summaries: tuple[SignalSummary, ...]


class HistoneFiles:
    """Opens uploads as histone files; one is read at a time, so that memory stays bounded whoever asks."""

    def __init__(self, uploads: Uploads, *, settings: Settings, reading: asyncio.Lock | None = None) -> None:
        self._uploads = uploads
        self._settings = settings
        self._reading = reading or asyncio.Lock()

    def of(self, uploads: Uploads) -> "HistoneFiles":
        """Return the same for the uploads of another user."""
        return HistoneFiles(uploads, settings=self._settings, reading=self._reading)

    def content(self, upload_id: str) -> Path:
        """Return where the content lies; a file above the limit is a mistake of the file."""
        try:
            return self._uploads.path(upload_id, max_bytes=self._settings.max_histone_bytes)
        except UploadTooLargeError as error:
            raise InvalidHistoneFileError((TextProblem("too_large", str(error)),)) from None

    async def open(self, reference: HistoneFileReference) -> StoredFile:
        """Read a file off the event loop, or open what has been read before."""
        path = self.content(reference.upload)
        folder = self._uploads.folder(reference.upload) / f"read-{_key(reference)}"
        try:
            if not folder.exists():
                async with self._reading:
                    if not folder.exists():
                        await asyncio.to_thread(self._read, reference, path, folder)
            return await asyncio.to_thread(_open, self._uploads.get(reference.upload), folder)
        except FileNotFoundError:
            self._uploads.get(reference.upload)  # says so if the upload was removed meanwhile
            raise

    def _read(self, reference: HistoneFileReference, path: Path, folder: Path) -> None:
        file = read_histone_file(
            path,
            layout=reference.layout,
            signals=reference.signals,
            max_genes=self._settings.max_genes,
            max_rows=self._settings.max_rows,
        )
        with full_disk_is_said():
            _store(file, folder)


def _key(reference: HistoneFileReference) -> str:
    """Name a way of reading a file; the size of a bin is no part of it."""
    way = reference.model_dump_json(include={"layout", "signals"})
    return hashlib.sha256(way.encode()).hexdigest()[:16]


def _store(file: HistoneFile, folder: Path) -> None:
    """Write what was read under another name, and rename it when it is whole."""
    matrices = with_symbols(file.matrices)
    unfinished = folder.with_name(f"unfinished-{uuid.uuid4().hex}")
    unfinished.mkdir()
    try:
        np.save(unfinished / VALUES, matrices.values)
        if matrices.labels is not None:
            np.save(unfinished / LABELS, matrices.labels)
        rest = {
            "genes": matrices.genes,
            "symbols": matrices.symbols,
            "signals": matrices.signals,
            "layout": file.layout,
            "n_rows": file.n_rows,
            "repairs": file.repairs,
            "summaries": [summary.model_dump() for summary in summaries(matrices)],
        }
        (unfinished / REST).write_text(json.dumps(rest), encoding="utf-8")
        os.rename(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def summaries(matrices: HistoneMatrices) -> list[SignalSummary]:
    """Say what the values of each signal look like."""
    return [
        SignalSummary(
            signal=one.signal,
            maximum=shortened(one.maximum),
            mean=shortened(one.mean),
            percentile_99=shortened(one.percentile_99),
            zero_share=shortened(one.zero_share),
            whole_numbers=one.whole_numbers,
        )
        for one in summarise(matrices)
    ]


def _open(upload: Upload, folder: Path) -> StoredFile:
    rest = json.loads((folder / REST).read_bytes())
    labels = np.load(folder / LABELS, allow_pickle=False) if (folder / LABELS).exists() else None
    return StoredFile(
        upload=upload,
        matrices=HistoneMatrices(
            genes=tuple(rest["genes"]),
            symbols=tuple(rest["symbols"]),
            signals=tuple(rest["signals"]),
            values=np.load(folder / VALUES, mmap_mode="r", allow_pickle=False),
            labels=labels,
        ),
        layout=rest["layout"],
        n_rows=rest["n_rows"],
        repairs=tuple(TextProblem(*problem) for problem in rest["repairs"]),
        summaries=tuple(SignalSummary(**summary) for summary in rest["summaries"]),
    )
