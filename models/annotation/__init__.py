"""Start sites of protein-coding genes that come with Regulens, one table per assembly, each naming its source.

``python -m models.annotation build DATA`` makes them again from the files that the table's source names.
"""

import gzip
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from models.errors import UnknownNameError
from models.genes import StartSite
from models.genomes import ASSEMBLIES
from models.histone import HistoneMatrices

NEAR_BP: Final = 10_000
ENOUGH_GENES: Final = 3
DIGITS_KEPT: Final = 6
COLUMNS: Final = ("gene", "symbol", "chromosome", "start_site", "strand")


class GeneTable(NamedTuple):
    """Genes of one assembly.

    Attributes
    ----------
    source : str
        Where the table comes from, what a start site is, how it was made, under which licence.
    sites : tuple of StartSite
        By chromosome and position; every gene once.
    """

    source: str
    sites: tuple[StartSite, ...]


def file_name(assembly: str) -> str:
    """Return the name of a table's file in this package."""
    return f"genes_{assembly}.tsv.gz"


@cache
def gene_table(assembly: str) -> GeneTable:
    """Return the table of an assembly.

    Raises
    ------
    UnknownNameError
        If there is no such assembly.
    """
    if assembly not in ASSEMBLIES:
        raise UnknownNameError("assembly", assembly, tuple(ASSEMBLIES))
    text = gzip.decompress((files(__package__) / file_name(assembly)).read_bytes()).decode()
    source, _, *rows = text.splitlines()
    return GeneTable(source.removeprefix("# "), tuple(_site(*row.split("\t")) for row in rows))


def other_assembly(sites: Iterable[StartSite], assembly: str) -> str | None:
    """Return the assembly whose genes start near these sites, where those of the assembly they are said to be do not.

    Genes that no table knows say nothing; without three known ones nothing is said.
    """
    by_gene = {site.gene.partition(".")[0]: site for site in sites}
    near = {
        name: [
            by_gene[known.gene].chromosome == known.chromosome
            and abs(by_gene[known.gene].position - known.position) < NEAR_BP
            for known in gene_table(name).sites
            if known.gene in by_gene
        ]
        for name in ASSEMBLIES
    }
    shares = {name: sum(each) / len(each) for name, each in near.items() if len(each) >= ENOUGH_GENES}
    best = max(shares, key=lambda name: (shares[name], name == assembly), default=assembly)
    return best if best != assembly and shares[best] > 0.5 > shares.get(assembly, 0.0) else None


def with_symbols(matrices: HistoneMatrices) -> HistoneMatrices:
    """Name genes by their Ensembl id where the file holds no symbol at all.

    DeepChrome's files keep the last six digits of the id: ``000003`` is ENSG00000000003.
    """
    if any(matrices.symbols):
        return matrices
    known = _symbols()
    symbols = tuple(known.get(_ensembl_id(gene), "") for gene in matrices.genes)
    return replace(matrices, symbols=symbols)


@cache
def _symbols() -> dict[str, str]:
    return {site.gene: site.symbol for name in ASSEMBLIES for site in gene_table(name).sites if site.symbol}


def _ensembl_id(gene: str) -> str:
    short = len(gene) == DIGITS_KEPT and gene.isascii() and gene.isdecimal()
    return f"ENSG00000{gene}" if short else gene.partition(".")[0]


def _site(gene: str, symbol: str, chromosome: str, position: str, strand: str) -> StartSite:
    return StartSite(gene, symbol, chromosome, int(position), strand)
