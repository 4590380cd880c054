"""What can be asked of histone marks."""

import math
from collections.abc import Iterable
from typing import Final

from backend.config import Settings
from backend.schemas.catalog import Architecture
from backend.schemas.chromatin_catalog import ChromatinCatalog, ChromatinLimits, HistoneExample, HistoneLayout
from backend.services.catalog import wire_architecture
from backend.services.context import ServiceContext
from models.annotation import gene_table
from models.cell_types import ROADMAP
from models.checkpoints import ChromatinCheckpoint, chromatin_architecture_names
from models.genomes import ASSEMBLIES
from models.histone import MARK_ROLES, MARKS
from models.histone_examples import EXAMPLES
from models.histone_file import LAYOUTS

EXPLAINED_CHECKPOINTS: Final = 20  # as the schema of GeneExplanationRequest says, which a test holds it to


def chromatin_catalog(context: ServiceContext) -> ChromatinCatalog:
    """List marks, checkpoints as of now, layouts, examples and limits."""
    context.chromatin.refresh()
    checkpoints = context.chromatin.loaded.values()
    return ChromatinCatalog(
        marks=list(MARKS),
        mark_roles=dict(MARK_ROLES),
        checkpoints=context.chromatin.wire_cards(),
        architectures=_architectures(checkpoints),
        layouts=[HistoneLayout(name=name, **layout._asdict()) for name, layout in LAYOUTS.items()],
        examples=[
            HistoneExample(name=one.name, title=one.title, description=one.description, synthetic=True)
            for one in EXAMPLES
        ],
        limits=_limits(context.settings),
        cell_types=dict(ROADMAP),
        unavailable=dict(context.chromatin.damaged),
        gene_tables={assembly: gene_table(assembly).source for assembly in ASSEMBLIES},
    )


def _limits(settings: Settings) -> ChromatinLimits:
    return ChromatinLimits(
        genes=settings.max_genes,
        rows=settings.max_rows,
        bytes=settings.max_histone_bytes,
        bigwig_bytes=settings.max_bigwig_bytes,
        checkpoint_bytes=settings.max_checkpoint_bytes,
        kept_hours=math.floor(settings.kept_hours),
        explained_checkpoints=EXPLAINED_CHECKPOINTS,
    )


def _architectures(checkpoints: Iterable[ChromatinCheckpoint]) -> list[Architecture]:
    cards = {checkpoint.card.architecture: checkpoint.card for checkpoint in checkpoints}
    return [wire_architecture(cards[name]) for name in chromatin_architecture_names() if name in cards]
