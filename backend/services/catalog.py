"""What can be asked."""

from functools import cache
from typing import Any

from pydantic import BaseModel

from backend.config import Settings
from backend.schemas.catalog import Architecture, Catalog, Example, ExplanationMethod, Factor, Limits
from backend.services.checkpoints import WINDOW_LENGTH, Checkpoints, SequenceCheckpoints, by_factor, networks
from models.card import ModelCard
from models.checkpoints import Checkpoint, architecture_names, architecture_spec
from models.examples import EXAMPLES
from models.explanations import EXPLANATIONS, best_method


def build_catalog(store: SequenceCheckpoints, *, settings: Settings) -> Catalog:
    """List factors, architectures, explanations, limits and examples, and which checkpoints cannot be used."""
    checkpoints = store.loaded
    factors = _factors(checkpoints)
    asked = {factor.name for factor in factors}
    samples = _one_checkpoint_per_architecture(checkpoints)
    return Catalog(
        factors=factors,
        architectures=[
            wire_architecture(one.card).model_copy(update={"best_method": best_method(one.network)}) for one in samples
        ],
        explanations=[_explanation(name, samples) for name in EXPLANATIONS],
        limits=limits(settings),
        examples=[Example(**example._asdict()) for example in EXAMPLES if example.factor in asked],
        unavailable=dict(store.damaged),
    )


def limits(settings: Settings) -> Limits:
    """Return what one request may hold."""
    return Limits(
        records=settings.max_records,
        bases=settings.max_bases,
        bytes=settings.max_request_bytes,
        explained_rows=settings.explained_rows,
        window_length=WINDOW_LENGTH,
        tile_step=settings.tile_step,
    )


def _factors(checkpoints: Checkpoints) -> list[Factor]:
    return [
        Factor(
            name=name,
            title=cards[0].factor_title,
            cell_type=cards[0].cell_type,
            checkpoints=[card.name for card in cards],
            best_auroc=max(card.metrics.auroc.value for card in networks(cards) or cards),
        )
        for name, cards in by_factor(checkpoints).items()
    ]


def _one_checkpoint_per_architecture(checkpoints: Checkpoints) -> list[Checkpoint]:
    sample = {checkpoint.card.architecture: checkpoint for checkpoint in checkpoints.values()}
    return [sample[name] for name in architecture_names() if name in sample]


def wire_architecture(card: ModelCard) -> Architecture:
    """Describe the architecture of a checkpoint."""
    spec = architecture_spec(card.architecture)
    return Architecture(
        name=card.architecture, title=spec.title, summary=spec.summary, kind=card.kind, n_parameters=card.n_parameters
    )


def _explanation(name: str, samples: list[Checkpoint]) -> ExplanationMethod:
    method = EXPLANATIONS.get(name)
    reasons = {sample.card.architecture: method.refusal(sample.network) for sample in samples}
    return ExplanationMethod(
        name=method.name,
        title=method.title,
        summary=method.summary,
        how_to_read=method.how_to_read,
        convention=method.convention,
        parameters=_schema(method.parameters),
        refused={architecture: reason for architecture, reason in reasons.items() if reason},
        attributes=method.attributes,
    )


@cache
def _schema(parameters: type[BaseModel]) -> dict[str, Any]:
    """Describe parameters, once: they are part of the program, and describing them is most of what a catalog costs."""
    return parameters.model_json_schema()
