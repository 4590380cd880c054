"""Export JASPAR's vertebrate CORE matrices from pyjaspar into one small MEME file, licence and citation beside it."""

import gzip
import json
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.motifs.meme_file import meme_library_text
from models.motifs.motif import LibraryInfo, Motif
from models.sequence import ALPHABET

RELEASE: Final = "JASPAR2026"
VENDORED: Final = "jaspar2026_core_vertebrates.meme.gz"
INFO: Final = "jaspar2026_core_vertebrates.json"
_JASPAR: Final = LibraryInfo(
    name="JASPAR 2026 CORE vertebrates",
    licence="CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Changed from the original: counts were divided "
    "by the sum of their column, and written with six decimals.",
    citation="JASPAR 2026: expansion of transcription factor binding profiles and integration of deep learning models, "
    "Nucleic Acids Research 2026, PMC12807658 (https://jaspar.elixir.no). CORE collection, vertebrates, latest version "
    "of each matrix, exported from pyjaspar 4.0.0 (Khan 2021, doi:10.5281/zenodo.4485856).",
)


class JasparMatrix(Protocol):
    """What pyjaspar returns: counts of sites, or of reads, by base and position."""

    matrix_id: str
    name: str
    counts: dict[str, Sequence[float]]


def build_library(folder: Path) -> int:
    """Write `VENDORED` and `INFO`; return the number of motifs.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ModuleNotFoundError
        If pyjaspar is not installed: it holds 140 MB of databases, so it is no dependency.
    """
    database = import_module("pyjaspar").jaspardb(release=RELEASE)
    return write_library(database.fetch_motifs(collection="CORE", tax_group=["vertebrates"]), folder)


def write_library(matrices: Iterable[JasparMatrix], folder: Path) -> int:
    """Write matrices by id; the same matrices give the same bytes."""
    motifs = sorted(
        (Motif(matrix.matrix_id, matrix.name.strip().replace(" ", "_"), _frequencies(matrix)) for matrix in matrices),
        key=lambda motif: motif.id,
    )
    text = meme_library_text(motifs)
    (folder / VENDORED).write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    (folder / INFO).write_text(json.dumps(_JASPAR._asdict(), indent=1) + "\n")
    return len(motifs)


def _frequencies(matrix: JasparMatrix) -> NDArray[np.float64]:
    counts = np.array([matrix.counts[base] for base in ALPHABET], dtype=np.float64)
    frequencies: NDArray[np.float64] = counts / counts.sum(0)
    return frequencies
