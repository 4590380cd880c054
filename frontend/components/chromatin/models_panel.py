"""What the chromatin checkpoints are: scores beside baselines, cards, and the patterns they like best."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.chromatin_catalog import ChromatinCard
from frontend.components.chromatin.check_feedback import value_kind
from frontend.components.figure_card import figure_block
from frontend.components.reading import definitions, estimate, folded
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture

SPACES = [
    {"value": "published", "label": "As published (0 to 1)"},
    {"value": "log1p", "label": "log(1 + reads), ours"},
]


def models_panel(*, graph_config: Mapping[str, Any], scores_help: str, pattern_help: str) -> Any:
    """Lay out cards and pattern maps as tabs over one choice of checkpoint."""
    small = {**graph_config, "displayModeBar": False}
    cards = html.Div(
        [
            figure_block(Picture.CARD, graph_config=small, help_text=scores_help, min_height=120),
            html.Div(id=Ids.CARDS),
        ]
    )
    space = dmc.SegmentedControl(id=Ids.PATTERN_SPACE, data=SPACES, value="published", size="xs")
    patterns = html.Div(
        [
            figure_block(
                Picture.PATTERN,
                graph_config=graph_config,
                help_text=pattern_help,
                min_height=380,
                controls=[space],
                notes=html.Div(id=Ids.PATTERN_NOTES),
            ),
        ]
    )
    tabs = dmc.Tabs(
        [
            dmc.TabsList(
                [dmc.TabsTab("Model card", value="card"), dmc.TabsTab("Pattern maps", value="patterns")]
            ),
            dmc.TabsPanel(cards, value="card", pt="sm"),
            dmc.TabsPanel(patterns, value="patterns", pt="sm"),
        ],
        id=Ids.MODEL_TABS,
        value="card",
    )  # fmt: skip
    choice = dmc.Select(
        id=Ids.CARD_CHECKPOINT, data=[], allowDeselect=False, size="xs", w=420, **{"aria-label": "Checkpoint"}
    )
    head = dmc.Group([dmc.Title("The models", order=2, size="h4"), choice], mb="xs")
    return dmc.Paper([head, tabs], withBorder=True, p="md")


def grouped_options(
    cards: list[ChromatinCard], *, unavailable: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Offer checkpoints by scale and cell type, own scale first, imported ones last; name those that cannot be used."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for card in sorted(cards, key=lambda c: (c.bin_size_bp, c.origin == "imported", -len(c.cell_types))):
        groups.setdefault(_group(card), []).append({"value": card.name, "label": card.title})
    if unavailable:
        groups["Cannot be used now"] = [
            {"value": name, "label": f"{name}: {reason}", "disabled": True} for name, reason in unavailable.items()
        ]
    return [{"group": group, "items": items} for group, items in groups.items()]


def _group(card: ChromatinCard) -> str:
    scale = "100-bp bins" if card.bin_size_bp == 100 else f"{card.bin_size_bp:,}-bp bins, another scale"
    imported = ", imported" if card.origin == "imported" else ""
    return f"{card.cell_type} · {scale}{imported}"


def card_facts(card: ChromatinCard) -> Any:
    """Spell out a card: data, scores, baselines, what its training values looked like."""
    return html.Div(
        [
            dmc.Text(card.summary, size="sm", mb="xs"),
            _baselines(card),
            _ranges(card),
            folded("Training data, licence, citation and everything else of the card", definitions(_facts(card))),
        ]
    )


def _facts(card: ChromatinCard) -> dict[str, str]:
    length = (
        f"{card.n_bins} bins of {card.bin_size_bp:,} bp{', other numbers of bins too' if card.other_lengths else ''}"
    )
    facts = {
        "Cell type": f"{card.cell_type} ({', '.join(card.cell_types)})",
        "Input": f"{', '.join(card.marks)}; {length}",
        "Parameters": f"{card.n_parameters:,}",
        "Attention": _attention(card),
        "A knocked-out bin is set to": card.reference,
        **{name.replace("_", " ").capitalize(): text for name, text in card.training_data.items()},
        "Seed": "not known" if card.seed is None else str(card.seed),
        "Licence": card.licence,
        "Citation": card.citation,
        "SHA-256 of the weights": card.sha256,
        "Training command": card.training_command,
    }
    if card.metrics:
        facts = {
            "Accuracy at 0.5": estimate(card.metrics.accuracy),
            "Brier score": estimate(card.metrics.brier),
        } | facts
    return {name: text for name, text in facts.items() if text}


def _attention(card: ChromatinCard) -> str:
    kinds = [("bins (alpha)", card.has_bin_attention), ("marks (beta)", card.has_mark_attention)]
    return " and ".join(name for name, has in kinds if has) or "none"


def _baselines(card: ChromatinCard) -> Any:
    if card.metrics is None:
        return dmc.Text("No scores are known for imported weights: bring labels to measure them.", size="sm", mb="xs")
    own = [card.title, estimate(card.metrics.auroc), estimate(card.metrics.auprc)]
    rows = [own, *([b.title, estimate(b.auroc), estimate(b.auprc)] for b in card.baselines)]
    head = ["On the same genes and folds", "AUROC (95 % CI)", "AUPRC (95 % CI)"]
    return _table(head, rows)


def _ranges(card: ChromatinCard) -> Any:
    if not card.signal_ranges:
        return None
    rows = [
        [r.mark, f"{r.maximum:,.6g}", f"{r.percentile_99:,.4g}", f"{r.zero_share:.0%}", value_kind(r.whole_numbers)]
        for r in card.signal_ranges
    ]
    return _table(["Seen in training", "Maximum", "99th percentile", "Empty bins", "Values"], rows)


def _table(head: list[str], rows: list[list[str]]) -> Any:
    return dmc.Table(
        data={"head": head, "body": rows}, className="small-table", verticalSpacing=3, horizontalSpacing=8, mb="sm"
    )
