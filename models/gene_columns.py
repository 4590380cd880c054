"""Which column of a BED file or gene table holds what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from models.errors import TextProblem
from models.genomes import ASSEMBLIES
from models.start_site_problems import Fault, problem

BED_WITH_STRAND: Final = 6

_ROLES: Final = {
    "gene": ("gene", "gene_id", "geneid", "id", "ensembl", "ensembl_id", "ensembl_gene_id", "gene_stable_id", "name"),
    "symbol": ("symbol", "gene_symbol", "gene_name", "genename", "hgnc_symbol", "name2"),
    "chromosome": ("chrom", "chr", "chromosome", "seqname", "seqnames", "chromosome_name", "chromosome/scaffold_name"),
    "tss_1based": ("tss_1based", "transcription_start_site", "transcription_start_site_(tss)"),
    "tss": ("tss", "tss_0based", "start_site", "position", *(f"tss_{name}" for name in ASSEMBLIES)),
    "start": ("start", "chromstart", "txstart"),
    "end": ("end", "chromend", "txend"),
    "strand": ("strand",),
}
_ROLE_OF: Final = {name: role for role, names in _ROLES.items() for name in names}
_ENOUGH_TO_BE_A_HEADER: Final = 2


@dataclass(frozen=True)
class Columns:
    """Where things stand in a line, as indices from 0.

    Attributes
    ----------
    chromosome, start, strand : int
        `start` is the start site itself where there is no `end`.
    gene, symbol, end : int or None
    one_based : bool
        Whether `start` counts from 1.
    header : str
        Name of the column of start sites, where a header gives one.
    """

    chromosome: int
    start: int
    strand: int
    gene: int | None
    symbol: int | None = None
    end: int | None = None
    one_based: bool = False
    header: str = ""

    @property
    def last(self) -> int:
        """The last column that every line must have."""
        return max(self.chromosome, self.start, self.strand, self.gene or 0, self.end or 0)

    def name(self, fields: Sequence[str]) -> str:
        """Return the gene's identifier; empty where it has none."""
        written = fields[self.gene] if self.gene is not None and self.gene < len(fields) else ""
        return "" if written == "." else written

    def symbol_of(self, fields: Sequence[str]) -> str:
        """Return the gene's symbol; empty where it has none."""
        written = fields[self.symbol] if self.symbol is not None and self.symbol < len(fields) else ""
        return "" if written in {".", "NA", "nan"} else written

    def position(self, fields: Sequence[str], strand: str) -> int:
        """Return the 0-based start site."""
        start = _whole_number(fields[self.start], self.start + 1)
        if self.end is None:
            if self.one_based and start == 0:
                raise Fault("position_zero", self.start + 1)
            return start - self.one_based
        end = _whole_number(fields[self.end], self.end + 1)
        if start > end:
            raise Fault("start_after_end", self.start + 1, start=start, end=end)
        if start == end:
            raise Fault("empty_interval", self.end + 1, start=start, end=start + 1)
        return start if strand == "+" else end - 1

    def length(self, fields: Sequence[str]) -> int:
        """Return how long the interval is; a site is one base."""
        return 1 if self.end is None else int(fields[self.end]) - int(fields[self.start])

    def notes(self, lengths: Collection[int]) -> list[TextProblem]:
        """Say from where the sites of a table are counted, and that intervals of one length are hardly genes."""
        notes = []
        if self.header:
            notes.append(problem("counts_from_1" if self.one_based else "counts_from_0", text=self.header))
        if len(lengths) == 1 and max(lengths) > 1:
            notes.append(problem("equal_lengths", length=max(lengths)))
        return notes


def is_header(fields: Sequence[str]) -> bool:
    """Return whether a line names columns."""
    return len({_role(field) for field in fields} - {None}) >= _ENOUGH_TO_BE_A_HEADER


def bed_columns(fields: Sequence[str]) -> Columns:
    """Return the columns of BED; less than six have no strand."""
    if len(fields) < 3 or not (_is_number(fields[1]) and _is_number(fields[2])):
        raise Fault("not_start_sites")
    if len(fields) < BED_WITH_STRAND:
        raise Fault("no_strand", len(fields))
    return Columns(chromosome=0, start=1, end=2, gene=3, strand=5)


def table_columns(names: Sequence[str], *, assembly: str) -> Columns:
    """Return the columns that a header names."""
    roles = [_role(name) for name in names]
    for column, role in enumerate(roles):
        if role and role in roles[:column] and role not in {"gene", "symbol"}:
            raise Fault("repeated_column", column + 1, name=role)
    place = {role: roles.index(role) for role in _ROLES if role in roles}
    if "strand" not in place:
        raise Fault("no_strand")
    site = next((role for role in ("tss_1based", "tss", "start") if role in place), "tss")
    needed = ("chromosome", site, *(("end",) if site == "start" else ()))
    missing = next((role for role in needed if role not in place), None)
    if missing or not {"gene", "symbol"} & set(place):
        raise Fault("missing_column", name=_ROLES[missing or "gene"][0])
    _refuse_other_assembly(names[place[site]], place[site], assembly)
    return Columns(
        chromosome=place["chromosome"],
        start=place[site],
        strand=place["strand"],
        gene=place.get("gene", place.get("symbol")),
        symbol=place.get("symbol"),
        end=place["end"] if site == "start" else None,
        one_based=site == "tss_1based",
        header=names[place[site]],
    )


def _role(name: str) -> str | None:
    return _ROLE_OF.get("_".join(name.strip("# ").casefold().split()))


def _refuse_other_assembly(name: str, column: int, assembly: str) -> None:
    found = next((known for known in ASSEMBLIES if known in name.casefold()), assembly)
    if found != assembly:
        raise Fault("other_assembly", column + 1, text=name, found=found, assembly=assembly)


def _is_number(text: str) -> bool:
    return text.lstrip("+-").isascii() and text.lstrip("+-").isdigit()


def _whole_number(text: str, column: int) -> int:
    if not _is_number(text):
        raise Fault("not_a_position", column, text=text)
    if (number := int(text[:20])) < 0:
        raise Fault("negative", column, text=text)
    return number
