"""The form of a comparison: one sequence, two to four models, one method."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.catalog import CheckpointCard, ExplanationMethod
from backend.schemas.comparisons import FEWEST_MODELS, MOST_MODELS
from frontend.ids import Compare as Ids

BEST_OF_EACH = "best_of_each"
RULES = (
    "Every model reads the same window, forward as given; shorter sequences are padded with zeros on the right.",
    "Methods with references use the same 20 shuffles of your sequence, from one seed, for every model.",
    "Contributions are divided by the sum of their absolute values, model by model: only shares can be compared.",
    "Models of one factor say most about each other. Of different factors, the question is what they share.",
)


def form_panel() -> Any:
    """Lay out the form."""
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=dmc.Stack([_sequence(), _models(), _method(), _start(), _rules()], gap="sm"),
    )


def _sequence() -> Any:
    text = dmc.Textarea(
        id=Ids.TEXT,
        label="Sequence",
        description="One window of DNA: A, C, G, T and N; a FASTA header is left out.",
        placeholder="TGCTCGCATCCTATTGGCCACTAGGGGGCGCTAT...",
        autosize=True,
        minRows=3,
        maxRows=6,
        spellCheck=False,
        classNames={"input": "compare-input"},
    )
    examples = html.Div(
        [
            dmc.Text("Or try an example", size="sm", fw=500, mb=4),
            dmc.Group(id=Ids.EXAMPLES, gap="xs", mih=30, className="examples"),
        ]
    )
    return dmc.Stack([text, examples], gap="sm")


def _models() -> Any:
    return dmc.MultiSelect(
        id=Ids.MODELS,
        label="Models",
        description=f"{FEWEST_MODELS} to {MOST_MODELS}, of any factor, your own trained ones too.",
        data=[],
        value=[],
        maxValues=MOST_MODELS,
        searchable=True,
        clearable=True,
        hidePickedOptions=True,
        nothingFoundMessage="No model of that name",
        maxDropdownHeight=380,
        comboboxProps={"shadow": "md"},
    )


def _method() -> Any:
    return html.Div(
        [
            dmc.Select(
                id=Ids.METHOD,
                label="Method",
                description="One for all models, so that only the models differ.",
                data=[],
                allowDeselect=False,
                comboboxProps={"shadow": "md"},
            ),
            dmc.Text(id=Ids.METHOD_NOTE, size="sm", c="dimmed", mt=4, mih=22),
        ]
    )


def _start() -> Any:
    return dmc.Button("Compare", id=Ids.START, fullWidth=True, size="md")


def _rules() -> Any:
    return html.Div(html.Ul([html.Li(line) for line in RULES]), className="rules")


def model_options(cards: Sequence[Mapping[str, Any]], *, factors: Mapping[str, str]) -> list[dict[str, Any]]:
    """Offer the models by factor, trained ones marked."""
    return [
        {
            "group": title,
            "items": [{"value": c["name"], "label": _label(c)} for c in cards if c["factor"] == factor],
        }
        for factor, title in factors.items()
    ]


def slim(card: CheckpointCard) -> dict[str, Any]:
    """Keep what the form needs of a card."""
    kept = card.model_dump(include={"name", "title", "factor", "architecture", "kind", "source"})
    return kept | {"auroc": card.metrics.auroc.value}


def _label(card: Mapping[str, Any]) -> str:
    trained = "" if card["source"] == "shipped" else ", trained here"
    return f"{card['title']} ({card['auroc']:.3f}{trained})"


def method_options(methods: Sequence[ExplanationMethod], *, architectures: Sequence[str]) -> list[dict[str, Any]]:
    """Offer the methods that are valid for all chosen models; the others are there, greyed out."""
    offers = [
        {"value": m.name, "label": m.title, "disabled": any(a in m.refused for a in architectures)}
        for m in methods
        if m.attributes
    ]
    return [*offers, {"value": BEST_OF_EACH, "label": "The best of each model (methods may differ)"}]


def method_reasons(methods: Sequence[ExplanationMethod], *, architectures: Mapping[str, str]) -> str:
    """Say which methods are greyed out and why; `architectures` maps names to titles."""
    refused: dict[tuple[str, str], list[str]] = {}
    for method in methods:
        for name in architectures:
            if method.attributes and name in method.refused:
                refused.setdefault((architectures[name], method.refused[name]), []).append(method.title)
    return " ".join(f"Not valid for {who}: {', '.join(titles)} ({why})." for (who, why), titles in refused.items())
