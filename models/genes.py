"""Transcription start sites: a BED file or a table of genes, read with the strand, 0-based."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from models.errors import InvalidHistoneFileError, InvalidStartSitesError, TextProblem
from models.gene_columns import Columns, bed_columns, is_header, table_columns
from models.genomes import ASSEMBLIES, chromosome_name
from models.histone_text import read_blocks
from models.start_site_problems import MAX_PROBLEMS, Fault, problem

SKIPPED_LINES: Final = ("browser", "track")

_STRANDS: Final = {"+": "+", "-": "-", "1": "+", "+1": "+", "-1": "-", "−": "-"}  # noqa: RUF001  as Excel writes it


class StartSite(NamedTuple):
    """Where a gene is first transcribed.

    Attributes
    ----------
    gene : str
        Identifier.
    symbol : str
        Empty where it is not known.
    chromosome : str
        As UCSC writes it, `chr7`, or as in the file where no assembly knows it.
    position : int
        0-based position of the first transcribed base.
    strand : str
        ``+`` or ``-``.
    """

    gene: str
    symbol: str
    chromosome: str
    position: int
    strand: str


class StartSites(NamedTuple):
    """What a file holds, and what was mended or decided while reading it."""

    sites: tuple[StartSite, ...]
    repairs: tuple[TextProblem, ...]


class _Line(NamedTuple):
    number: int
    text: str


def read_start_sites(path: Path, *, assembly: str, max_genes: int) -> StartSites:
    """Read BED with a strand (BED6, BED12, narrowPeak), or a table with a header, plain or gzip.

    On the minus strand the first transcribed base is `end` - 1. Comments, `track` and `browser` lines are skipped.
    `start`, `end` and `tss` count from 0 as in BED; a column that counts from 1 is called `tss_1based` (BioMart's
    "Transcription start site (TSS)" is one). The same site again is left out, another site of a name is numbered.

    Parameters
    ----------
    path : Path
    assembly : str
        A name of `ASSEMBLIES`: what lies beyond its chromosomes is refused.
    max_genes : int
        Refused above this.

    Raises
    ------
    InvalidStartSitesError
        With at most 20 problems, each with line, column and remedy.
    """
    try:
        lines = list(islice(_lines(path), 2 * max_genes + 1_000))
    except InvalidHistoneFileError as error:
        raise InvalidStartSitesError(error.problems) from None
    if not lines:
        raise InvalidStartSitesError((problem("empty_file"),))
    split = _splitter(lines)
    try:
        columns, rows = _columns(lines, split, assembly)
    except Fault as fault:
        raise InvalidStartSitesError((fault.at(lines[0].number),)) from None
    return _collect(rows, split, columns, assembly=assembly, max_genes=max_genes)


def _lines(path: Path) -> Iterator[_Line]:
    for block in read_blocks(path):
        for number, text in enumerate(block.data.decode().split("\n"), start=block.first_line):
            words = text.split(maxsplit=1)
            comment = text.startswith("#") and not is_header(_plain(text))
            if words and words[0] not in SKIPPED_LINES and not comment:
                yield _Line(number, text)


def _plain(text: str) -> list[str]:
    """Split a header that may be a comment as well: `#chrom  start ...`."""
    return _splitter([_Line(1, text)])(text.lstrip("# "))


def _splitter(lines: Sequence[_Line]) -> Callable[[str], list[str]]:
    """Return how to split lines: at tabs, semicolons or commas, else at white space, as BED may."""
    first = lines[0].text
    separator = next((each for each in "\t;," if each in first), None)
    return lambda text: [field.strip().strip('"') for field in (text.split(separator) if separator else text.split())]


def _columns(lines: list[_Line], split: Callable[[str], list[str]], assembly: str) -> tuple[Columns, Sequence[_Line]]:
    first = split(lines[0].text.lstrip("# "))
    if is_header(first):
        return table_columns(first, assembly=assembly), lines[1:]
    return bed_columns(first), lines


def _collect(
    rows: Sequence[_Line], split: Callable[[str], list[str]], columns: Columns, *, assembly: str, max_genes: int
) -> StartSites:
    """Read every row; all that is wrong is named, not the first mistake only."""
    names = _Names()
    problems: list[TextProblem] = []
    lengths: set[int] = set()
    for line in rows:
        fields = split(line.text)
        try:
            names.add(_site(fields, columns, assembly), line.number)
            lengths.add(columns.length(fields))
        except Fault as fault:
            problems.append(fault.at(line.number, columns.name(fields)))
        if len(problems) == MAX_PROBLEMS:
            break
        if len(names.sites) > max_genes:
            problems.append(problem("too_many_genes", line=line.number, most=max_genes))
            break
    if not rows:
        problems.append(problem("empty_file"))
    if problems:
        raise InvalidStartSitesError(tuple(problems))
    return StartSites(tuple(names.sites), (*columns.notes(lengths if len(rows) > 1 else ()), *names.repairs()))


def _site(fields: Sequence[str], columns: Columns, assembly: str) -> StartSite:
    if len(fields) <= columns.last:
        raise Fault("too_few_columns", len(fields) or None, found=len(fields), expected=columns.last + 1)
    written = fields[columns.chromosome]
    if not written:
        raise Fault("no_chromosome", columns.chromosome + 1)
    strand = _STRANDS.get(fields[columns.strand])
    if strand is None:
        raise Fault("bad_strand", columns.strand + 1, text=fields[columns.strand])
    chromosome = chromosome_name(written)
    position = columns.position(fields, strand)
    length = ASSEMBLIES[assembly].get(chromosome)
    if length is not None and position >= length:
        at = (columns.end if columns.end is not None and strand == "-" else columns.start) + 1
        raise Fault("beyond_chromosome", at, chromosome=chromosome, length=length, assembly=assembly)
    gene = columns.name(fields) or f"{chromosome}:{position}:{strand}"
    return StartSite(gene, columns.symbol_of(fields), chromosome, position, strand)


class _Names:
    """Keeps genes apart by name, and remembers what that took."""

    def __init__(self) -> None:
        self.sites: list[StartSite] = []
        self._seen: set[StartSite] = set()
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}
        self._first: dict[str, tuple[str, int]] = {}

    def add(self, site: StartSite, line: int) -> None:
        """Keep a site, under a numbered name if the name is taken."""
        if site in self._seen:
            self._note("repeated_site", site.gene, line)
            return
        self._seen.add(site)
        name, number = site.gene, 1
        while name in self._taken:
            number += 1
            name = f"{site.gene}_{number}"
        if number > 1:
            self._note("repeated_gene", site.gene, line)
        self._taken.add(name)
        self.sites.append(site._replace(gene=name))

    def repairs(self) -> tuple[TextProblem, ...]:
        """Say what was done, once per kind, with the first place."""
        return tuple(
            problem(code, line=line, gene=gene, rows=f"{count:,} {'row' if count == 1 else 'rows'}")
            for code, count in self._counts.items()
            for gene, line in [self._first[code]]
        )

    def _note(self, code: str, gene: str, line: int) -> None:
        self._counts[code] = self._counts.get(code, 0) + 1
        self._first.setdefault(code, (gene, line))
