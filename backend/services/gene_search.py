"""Genes by identifier or symbol, from the tables that come with Regulens."""

from typing import Final

from backend.schemas.chromatin_matrices import Assembly, Gene, GeneSearch
from models.annotation import gene_table
from models.genes import StartSite

N_SHOWN: Final = 20


def search_genes(query: str, *, assembly: Assembly) -> GeneSearch:
    """Return genes that are called so, then genes whose name begins so; capitals and versions of ids do not matter."""
    table = gene_table(assembly)
    asked = query.strip().casefold()
    bare = asked.partition(".")[0] if asked.startswith("ensg") else asked
    ranked = sorted((rank, site) for site in table.sites if (rank := _rank(site, bare)) is not None)
    return GeneSearch(
        assembly=assembly,
        source=table.source,
        n_found=len(ranked),
        genes=[wire_gene(site) for _, site in ranked[:N_SHOWN]],
    )


def wire_gene(site: StartSite) -> Gene:
    """Return a start site as it goes over the wire."""
    return Gene.model_validate(
        {
            "gene": site.gene,
            "symbol": site.symbol,
            "chromosome": site.chromosome,
            "start_site": site.position,
            "strand": site.strand,
        }
    )


def _rank(site: StartSite, asked: str) -> tuple[bool, int, str] | None:
    """Order by exact before begun, short before long; None where the gene is not meant."""
    names = [name.casefold() for name in (site.symbol, site.gene)]
    begun = [name for name in names if name and name.startswith(asked)]
    return min((name != asked, len(name), name) for name in begun) if asked and begun else None
