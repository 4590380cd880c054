"""Which start sites a matrix is to be made of: from the user's file or the table that comes with Regulens."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from backend.schemas.chromatin_matrices import MatrixRequest
from backend.services.context import ServiceContext
from backend.services.errors import UploadTooLargeError, refused_field
from backend.services.names import shown
from models.annotation import gene_table, other_assembly
from models.errors import TextProblem
from models.genes import StartSite, read_start_sites


class MatrixGenes(NamedTuple):
    """The start sites, the asked genes that are not among them, and what was decided while reading."""

    sites: tuple[StartSite, ...]
    missing: tuple[TextProblem, ...]
    repairs: tuple[TextProblem, ...]


async def matrix_genes(request: MatrixRequest, *, context: ServiceContext) -> MatrixGenes:
    """Read the start sites off the event loop, and take those that are asked for."""
    sites, repairs = await asyncio.to_thread(_read, request, context)
    chosen, missing = choose(sites, request.genes)
    if not chosen:
        raise refused_field("genes", "no_gene", missing[0].message)
    limit = context.settings.max_rows // request.n_bins
    if len(chosen) > min(limit, context.settings.max_genes):
        message = (
            f"{len(chosen):,} genes in {request.n_bins} bins each are more than the {context.settings.max_genes:,} "
            f"genes and {context.settings.max_rows:,} rows that one file may hold. Ask for fewer genes or bins."
        )
        raise refused_field("genes" if request.genes or not request.starts else "starts", "too_many_genes", message)
    return MatrixGenes(chosen, missing, repairs)


def choose(sites: Sequence[StartSite], names: Sequence[str]) -> tuple[tuple[StartSite, ...], tuple[TextProblem, ...]]:
    """Return the sites with these identifiers or symbols in the order of `sites`, all of them without names."""
    if not names:
        return tuple(sites), ()
    wanted = {_key(name): name for name in names}
    chosen = tuple(site for site in sites if _key(site.gene) in wanted or _key(site.symbol) in wanted)
    found = {_key(name) for site in chosen for name in (site.gene, site.symbol)}
    missing = tuple(_missing(name) for key, name in wanted.items() if key not in found)
    return chosen, missing


def _key(name: str) -> str:
    """Compare names without capitals, and Ensembl ids without version."""
    bare = name.strip().casefold()
    return bare.partition(".")[0] if bare.startswith("ensg") else bare


def _missing(name: str) -> TextProblem:
    message = f"There is no start site for {shown(name)}. Check the name, or give a file with its start site."
    return TextProblem("unknown_gene", message, name)


def _read(request: MatrixRequest, context: ServiceContext) -> tuple[tuple[StartSite, ...], tuple[TextProblem, ...]]:
    if request.starts is None:
        return gene_table(request.assembly).sites, ()
    try:
        path = context.uploads.path(request.starts, max_bytes=context.settings.max_histone_bytes)
    except UploadTooLargeError as error:
        raise refused_field("starts", "too_large", str(error)) from None
    found = read_start_sites(path, assembly=request.assembly, max_genes=context.settings.max_genes)
    other = other_assembly(found.sites, request.assembly)
    if other:
        message = (
            f"Most of these genes start elsewhere on {request.assembly}; on {other} they start where the file says. "
            f"Choose {other}, or give start sites of {request.assembly}."
        )
        raise refused_field("starts", "other_assembly", message)
    return found.sites, found.repairs
