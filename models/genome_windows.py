"""Windows of a genome around sites: the one place where sites become bases."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import pyfaidx

from models.bed import Site
from models.errors import InvalidTextError, TextProblem
from models.fasta import normalised
from models.genomes import ASSEMBLIES, assembly_of
from models.gzip_stream import GzipError, opened
from models.sequence import reverse_complement

MAX_GENOME_BYTES: Final = 8_000_000_000  # unpacked; hg38 takes 3.3 GB
_RATIO_FROM: Final = 100_000_000  # acrocentric chromosomes begin with 20 million N

_COPIED_AT_A_TIME: Final = 1 << 22


class GenomeWindow(NamedTuple):
    """Bases of a window.

    Attributes
    ----------
    start : int
        0-based, on the plus strand; -1 or less where the window begins before the chromosome.
    sequence : str or None
        Upper-case A, C, G, T, N, 5' to 3' of the strand of the site; None where the window leaves the chromosome.
    """

    start: int
    sequence: str | None


def centred_start(start: int, end: int, *, length: int) -> int:
    """Return where a window of `length` bases begins that has the centre of a site in its middle.

    The centre is the base ``(start + end) // 2``; it is base ``length // 2`` of the window, so a site of exactly
    `length` bases is its own window.
    """
    return (start + end) // 2 - length // 2


class Genome:
    """Random access to a genome in FASTA, by pyfaidx.

    Parameters
    ----------
    path : Path
        Plain FASTA; see `unpacked`.
    folder : Path
        Where the index is written.

    Raises
    ------
    InvalidTextError
        If it is not FASTA whose lines are of one length.
    """

    def __init__(self, path: Path, *, folder: Path) -> None:
        try:
            self._fasta = pyfaidx.Fasta(str(path), indexname=str(folder / "genome.fai"), as_raw=True)
        except (pyfaidx.FastaIndexingError, UnicodeDecodeError, ValueError, IndexError) as error:
            reason = str(error).replace(str(path), "the file").rstrip(".")
            message = f"The genome cannot be indexed ({reason}). Give FASTA whose lines are of one length."
            raise _refused("not_fasta", message) from error
        self.lengths: dict[str, int] = {name: len(self._fasta[name]) for name in self._fasta.keys()}  # noqa: SIM118
        if not self.lengths:
            raise _refused("not_fasta", "The genome holds no chromosome: give FASTA with one header per chromosome.")

    def window(self, site: Site, *, length: int) -> GenomeWindow:
        """Return the window around the centre of a site, on the strand of the site."""
        start = centred_start(site.start, site.end, length=length)
        if start < 0 or start + length > self.lengths[site.chromosome]:
            return GenomeWindow(start, None)
        bases = normalised(str(self._fasta[site.chromosome][start : start + length]))
        return GenomeWindow(start, reverse_complement(bases) if site.strand == "-" else bases)

    def close(self) -> None:
        """Close the file."""
        self._fasta.close()


def assembly_problem(lengths: Mapping[str, int], assembly: str) -> str | None:
    """Say why a genome is not of the assembly that is named; of an assembly that is not known, nothing can be said."""
    expected = ASSEMBLIES.get(assembly, {})
    named = {name if name.startswith("chr") else f"chr{name}": length for name, length in lengths.items()}
    wrong = next((name for name, length in named.items() if expected.get(name, length) != length), None)
    if wrong is None:
        return None
    found = assembly_of(named)
    remedy = f"It is {found}: name that." if found else f"Give {assembly}, or name the assembly that it is."
    return f"The genome is not {assembly}: its {wrong} has {named[wrong]:,} bp instead of {expected[wrong]:,}. {remedy}"


def unpacked(path: Path, *, folder: Path, on_bytes: Callable[[int], None]) -> Path:
    """Return a plain copy of a gzip file in `folder`, or the file itself where it is plain.

    Parameters
    ----------
    path, folder : Path
    on_bytes : callable
        Told how many bytes of the packed file have been read.

    Raises
    ------
    InvalidTextError
        If the file is damaged, or larger than `MAX_GENOME_BYTES` when unpacked.
    """
    with path.open("rb") as file, opened(file, max_bytes=MAX_GENOME_BYTES, ratio_from=_RATIO_FROM) as stream:
        if stream is file:
            return path
        with (folder / "genome.fa").open("wb") as out:
            try:
                _copy(stream, out, lambda: on_bytes(file.tell()))
            except GzipError as error:
                raise _refused(error.code, f"The genome: {error}") from error
    return folder / "genome.fa"


def _copy(stream: BinaryIO, out: BinaryIO, on_chunk: Callable[[], None]) -> None:
    while chunk := stream.read(_COPIED_AT_A_TIME):
        out.write(chunk)
        on_chunk()


def _refused(code: str, message: str) -> InvalidTextError:
    return InvalidTextError((TextProblem(code, message),))
