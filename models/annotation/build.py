"""Make the gene tables from published files: start sites of hg38, gene bodies of hg19, symbols."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from models.annotation import COLUMNS, file_name
from models.annotation.lift import GeneBody, lift, named_by_position
from models.genes import StartSite
from models.genomes import ASSEMBLIES

PROMOTERS: Final = Path("annotation/xpresso_human_hg38_promoters.bed.gz")
BODIES: Final = Path("annotation/gencode_v28_hg19_protein_coding_genes.bed.gz")
SYMBOLS: Final = Path("hm/gcmerge_e116_10kb/genes.csv.gz")
MORE_SYMBOLS: Final = "hm/deepdiff/Cell*.csv.gz"
UPSTREAM_BP: Final = 7_000  # of the start site in Xpresso's windows of 10,500 bp
NEAR_BODY_BP: Final = 5_000
FURTHEST_SHIFT_BP: Final = 5_000_000

_LICENCES: Final = (
    "Licences: Xpresso states none; FANTOM5 CC BY 4.0; Ensembl and GENCODE without restriction; GC-MERGE MIT; "
    "DeepDiff Apache-2.0."
)
_SYMBOLS_FROM: Final = (
    "Symbols by Ensembl id from GC-MERGE and DeepDiff; {n:,} others from GENCODE v28 by position ({share:.1%} right "
    "where both are known)."
)
_SOURCES: Final = {
    "hg38": "{n_genes:,} protein-coding genes of Xpresso (Agarwal and Shendure 2020; no chrY). Start site: the "
    "strongest FANTOM5 CAGE peak of the gene, or the 5' end of its Ensembl 90 transcript. {symbols} {licences}",
    "hg19": "{n_genes:,} protein-coding genes of Xpresso and GENCODE v28. Start site: that of hg38, moved as far as "
    "the genes around it have moved, good to some ten bp; for {n_ends:,} whose neighbourhood does not tell, the "
    "outermost 5' end of the GENCODE gene body. {symbols} Ambiguous genes were left out. {licences}",
}


class Accuracy(NamedTuple):
    """How many genes were joined by position alone, and how often that is right where the symbol is known."""

    n_named: int
    n_known: int
    share_right: float


def build_tables(data: Path, folder: Path) -> dict[str, int]:
    """Write the tables of both assemblies; return how many genes each holds.

    Parameters
    ----------
    data : Path
        With ``annotation/`` and ``hm/``.
    folder : Path
        Where the tables go.
    """
    sites, bodies, known = read_promoters(data / PROMOTERS), read_bodies(data / BODIES), read_symbols(data)
    lifted = lift(sites, bodies)
    named = name_genes(sites, bodies, known, lifted)
    accuracy = position_accuracy(sites, bodies, known, lifted)
    n_by_position = sum(gene not in known for gene in named)
    symbols = {gene: body.symbol for gene, body in named.items()} | dict(known)
    tables = {
        "hg38": [site._replace(symbol=symbols.get(site.gene, "")) for site in sites],
        "hg19": [_moved(site, named[site.gene], lifted) for site in sites if site.gene in named],
    }
    n_ends = len(named.keys() - lifted.keys())
    symbol_words = _SYMBOLS_FROM.format(n=n_by_position, share=accuracy.share_right)
    for assembly, table in tables.items():
        words = {"n_genes": len(table), "n_ends": n_ends, "symbols": symbol_words, "licences": _LICENCES}
        write_table(folder / file_name(assembly), table, source=_SOURCES[assembly].format(**words))
    return {assembly: len(table) for assembly, table in tables.items()}


def _moved(site: StartSite, body: GeneBody, lifted: Mapping[str, int]) -> StartSite:
    position = lifted.get(site.gene, body.five_prime(site.strand))
    return site._replace(symbol=body.symbol, position=position)


def name_genes(
    sites: Sequence[StartSite], bodies: Sequence[GeneBody], known: Mapping[str, str], lifted: Mapping[str, int]
) -> dict[str, GeneBody]:
    """Return the gene body of each gene: by symbol where it is known, by position among the rest."""
    by_symbol = {body.symbol: body for body in bodies}
    named: dict[str, GeneBody] = {}
    for site in sites:
        body = by_symbol.get(known.get(site.gene, ""))
        if body and _belongs(site, body, lifted):
            named[site.gene] = body
    named = _unique(named)
    taken = set(known.values())
    free = [body for body in bodies if body.symbol not in taken]
    unknown = [site for site in sites if site.gene not in known]
    return named | named_by_position(unknown, free, lifted)


def position_accuracy(
    sites: Sequence[StartSite], bodies: Sequence[GeneBody], known: Mapping[str, str], lifted: Mapping[str, int]
) -> Accuracy:
    """Join all genes by position as if no symbol were known, and compare."""
    found = named_by_position(sites, bodies, lifted)
    symbols = {body.symbol for body in bodies}
    right = [body.symbol == known[gene] for gene, body in found.items() if known.get(gene) in symbols]
    return Accuracy(len(found), len(right), sum(right) / max(len(right), 1))


def read_promoters(path: Path) -> list[StartSite]:
    """Read Xpresso's windows, 7,000 bp upstream to 3,500 bp downstream of the start site."""
    sites = []
    for chromosome, start, end, gene, _, strand in _rows(path, "\t"):
        position = int(start) + UPSTREAM_BP if strand == "+" else int(end) - 1 - UPSTREAM_BP
        sites.append(StartSite(gene, "", chromosome, position, strand))
    return sites


def read_bodies(path: Path) -> list[GeneBody]:
    """Read gene bodies; a symbol that several have means none of them."""
    rows = [GeneBody(row[4], row[0], int(row[1]), int(row[2])) for row in _rows(path, "\t")]
    counts = Counter(body.symbol for body in rows)
    return [body for body in rows if counts[body.symbol] == 1]


def read_symbols(data: Path) -> dict[str, str]:
    """Return symbols by Ensembl id."""
    symbols = {row[0]: row[1] for row in _rows(data / SYMBOLS, ",") if row[1] and row[0] != "gene_id"}
    for path in sorted(data.glob(MORE_SYMBOLS)):
        for row in _rows(path, ","):
            gene, _, rest = row[0].partition("_")
            symbols.setdefault(gene, rest.rpartition("_")[0])
    return symbols


def write_table(path: Path, sites: Iterable[StartSite], *, source: str) -> None:
    """Write a table; the same sites give the same bytes."""
    places = {name: place for place, name in enumerate(ASSEMBLIES["hg38"])}
    ordered = sorted(sites, key=lambda site: (places[site.chromosome], site.position, site.gene))
    lines = ["\t".join(map(str, site)) for site in ordered]
    text = "\n".join([f"# {source}", "\t".join(COLUMNS), *lines, ""])
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _rows(path: Path, delimiter: str) -> Iterable[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.reader(file, delimiter=delimiter)


def _belongs(site: StartSite, body: GeneBody, lifted: Mapping[str, int]) -> bool:
    """Return whether the lifted site lies in or near the body; without it, whether it is on the right chromosome."""
    if body.chromosome != site.chromosome:
        return False
    if site.gene in lifted:
        return body.start - NEAR_BODY_BP <= lifted[site.gene] < body.end + NEAR_BODY_BP
    return abs(site.position - body.five_prime(site.strand)) < FURTHEST_SHIFT_BP


def _unique(named: Mapping[str, GeneBody]) -> dict[str, GeneBody]:
    counts = Counter(named.values())
    return {gene: body for gene, body in named.items() if counts[body] == 1}
