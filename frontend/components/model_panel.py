"""What the networks of the chosen factor are, and how well they did on held-out sequences."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc

from backend.schemas.catalog import CheckpointCard
from frontend.components.reading import definitions, estimate, how_to_read
from frontend.ids import Sequence as Ids


def model_panel(*, graph_config: Mapping[str, Any], accuracy_help: str, learnt: Any) -> Any:
    """Lay out the accuracy figure, the model cards and what the networks have learnt."""
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            dmc.Title("The models", order=2, size="h4"),
            dmc.Text(id=Ids.MODEL_TITLE, size="sm", c="dimmed", mih=22),
            dcc.Graph(id=Ids.ACCURACY, config={**graph_config, "displayModeBar": False}, style={"minHeight": 240}),
            how_to_read(accuracy_help),
            dmc.Accordion(id=Ids.CARDS, mt="sm", variant="separated", children=[], chevronPosition="left"),
            learnt,
        ],
    )


def card_items(
    cards: Sequence[CheckpointCard], curves: Sequence[Any], *, graph_config: Mapping[str, Any], help_text: str
) -> list[Any]:
    """Fold each model card, with its reliability curve, into one entry."""
    return [_item(card, curve, graph_config, help_text) for card, curve in zip(cards, curves, strict=True)]


def unavailable_items(reasons: Mapping[str, str]) -> list[Any]:
    """Keep the place of models that cannot be used, and say why they cannot."""
    return [
        dmc.AccordionItem(
            dmc.AccordionControl(
                [dmc.Text(f"{name} cannot be used now", size="sm", fw=600), dmc.Text(reason, size="xs")], disabled=True
            ),
            value=name,
        )
        for name, reason in reasons.items()
    ]


def _item(card: CheckpointCard, curve: Any, graph_config: Mapping[str, Any], help_text: str) -> Any:
    graph = dcc.Graph(figure=curve, config={**graph_config, "displayModeBar": False})
    panel = [_facts(card), graph, how_to_read(help_text)]
    control = dmc.AccordionControl(
        [dmc.Text(card.title, size="sm", fw=600), dmc.Text(_summary(card), size="xs", c="dimmed")]
    )
    return dmc.AccordionItem([control, dmc.AccordionPanel(panel)], value=card.name)


def _summary(card: CheckpointCard) -> str:
    m = card.metrics
    return f"AUROC {m.auroc.value:.3f}, AUPRC {m.auprc.value:.3f}, {card.n_parameters:,} parameters"


def _facts(card: CheckpointCard) -> Any:
    data, metrics = card.training_data, card.metrics
    facts = {
        "Test AUROC (95 % CI)": estimate(metrics.auroc),
        "Test AUPRC (95 % CI)": estimate(metrics.auprc),
        "Accuracy at 0.5": estimate(metrics.accuracy),
        "Brier score": estimate(metrics.brier),
        "Test set": f"{metrics.n_positive:,} bound, {metrics.n_negative:,} not bound",
        "Training data": f"{data.source}: {', '.join(f'{role} {name}' for role, name in data.files.items())}",
        "Negatives": data.negatives,
        "Split": f"{data.split} ({data.n_train:,} train, {data.n_validation:,} validation, {data.n_test:,} test; "
        f"{data.n_removed_as_duplicates:,} duplicates removed)",
        "GC content seen": f"{card.gc_range[0]:.0%} to {card.gc_range[1]:.0%}",
        "Lengths seen": f"{card.length_range[0]} to {card.length_range[1]} bp",
        "Seed": str(card.seed),
        "Licence": f"weights {card.licence}; data {data.licence}",
        "Citation": card.citation,
        "SHA-256 of the weights": card.sha256,
        "Training command": card.training_command,
    }
    return definitions(facts)
