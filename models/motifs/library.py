"""The motifs that seqlets are compared with: JASPAR's, or a lab's own file."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.motifs.build import INFO, VENDORED
from models.motifs.meme_file import read_meme_file
from models.motifs.motif import LibraryInfo, Motif

FEW_MOTIFS: Final = 25
_JASPAR_ID: Final = re.compile(r"^(?:MA|UN)\d{4}\.\d+$")
_PAGE: Final = "https://jaspar.elixir.no/matrix/{id}/"
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class MotifLibrary:
    """Motifs, and where they come from.

    Attributes
    ----------
    info : LibraryInfo
    motifs : tuple of Motif
        At least one.
    """

    info: LibraryInfo
    motifs: tuple[Motif, ...]

    def __len__(self) -> int:
        return len(self.motifs)

    @cached_property
    def matrices(self) -> list[NDArray[np.float64]]:
        """Return the matrices, for Tomtom."""
        return [motif.matrix for motif in self.motifs]

    @cached_property
    def by_id(self) -> dict[str, Motif]:
        """Return the motifs by their identifiers."""
        return {motif.id: motif for motif in self.motifs}

    @property
    def caution(self) -> str | None:
        """Say that p-values depend on few motifs, if there are few."""
        if len(self) >= FEW_MOTIFS:
            return None
        return (
            f"The library holds {len(self)} motifs. Tomtom takes its null distribution from the library's own columns, "
            f"so with fewer than {FEW_MOTIFS} motifs p- and q-values depend strongly on which they are."
        )


def jaspar_library() -> MotifLibrary:
    """Read the library that comes with Regulens."""
    info = LibraryInfo(**json.loads((_HERE / INFO).read_text()))
    return MotifLibrary(info, read_meme_file(_HERE / VENDORED))


def own_library(path: Path) -> MotifLibrary:
    """Read a lab's own MEME file.

    Raises
    ------
    InvalidMotifFileError
        Naming the line.
    """
    unknown = "as stated by those who made the file"
    return MotifLibrary(LibraryInfo(path.name, licence=unknown, citation=unknown), read_meme_file(path))


def page_of(motif_id: str) -> str | None:
    """Return the address of a JASPAR matrix, for people to open; None for other identifiers."""
    return _PAGE.format(id=motif_id) if _JASPAR_ID.match(motif_id) else None
