"""The answer of a comparison: verdict, what each model says, agreement of pairs, and where they differ."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.schemas.comparisons import ComparedModel, Comparison, PairAgreement
from frontend.components.downloads import download_menu
from frontend.components.reading import folded, how_to_read, palette_select
from frontend.ids import Compare as Ids

FILES = {
    Ids.SVG: "Picture as SVG",
    Ids.PNG: "Picture as PNG",
    Ids.CSV: "Numbers as CSV",
    Ids.JSON: "Everything as JSON",
}
FACT_HEADS = ("Model", "P(bound)", "Call", "Method", "Completeness gap", "Scale")
PAIRS_HELP = (
    "Rank correlation (Spearman) of the contributions over all bases, from \N{MINUS SIGN}1 to 1; below "
    "it the cosine, which weighs strong bases more, and how many of the ten strongest bases the two share (Jaccard "
    "index)."
)
SPANS_HELP = "The numbered bands of the figure, the largest first: a ranking, not a test of significance."


def answer_card(
    *, graph_config: Mapping[str, Any], help_text: str, palettes: list[dict[str, str]], palette: str
) -> Any:
    """Lay out the places of the answer."""
    controls = dmc.Group(
        [
            palette_select(Ids.PALETTE, palettes=palettes, palette=palette),
            html.Div(download_menu(FILES, label="Download"), style={"marginLeft": "auto"}),
        ],
        my="xs",
    )
    figure = dmc.Paper(
        [
            controls,
            dcc.Graph(id=Ids.FIGURE, config=dict(graph_config), style={"minHeight": 560}, className="wide-figure"),
            how_to_read(help_text),
            folded("What exactly the numbers are", html.Div(id=Ids.CONVENTIONS)),
        ],
        withBorder=True,
        p="md",
    )
    words = html.Div(
        [
            _card("Where they disagree most", SPANS_HELP, Ids.SPANS),
            _card("Agreement of pairs", PAIRS_HELP, Ids.PAIRS),
        ],
        className="compare-words",
    )
    return html.Div([html.Div(id=Ids.VERDICT), html.Div(id=Ids.FACTS), figure, words], className="column")


def _card(title: str, help_text: str, place: str) -> Any:
    return dmc.Paper(
        [dmc.Title(title, order=2, size="h4"), html.Div(id=place), how_to_read(help_text)], withBorder=True, p="md"
    )


def verdict(comparison: Comparison) -> Any:
    """Say how far the models agree, and what was left out."""
    left_out = [html.Div(f"{name} is left out: {reason}.") for name, reason in comparison.refused.items()]
    return dmc.Alert([html.Div(comparison.verdict), *left_out], color="indigo", p="sm", title="What the models share")


def facts(comparison: Comparison) -> Any:
    """List what each model says, and the average of them."""
    average = comparison.average
    rows = [_fact_row(model) for model in comparison.models]
    mean = ["Average model", f"{average.probability:.3f}", _call(average.probability), "mean of contributions", "", ""]
    rows.append(html.Tr([html.Td(cell) for cell in mean], className="compare-average"))
    table = html.Table(
        [html.Thead(html.Tr([html.Th(head, scope="col") for head in FACT_HEADS])), html.Tbody(rows)],
        className="compare-table",
        **{"aria-label": "What each model says"},
    )
    note = dmc.Text(f"{average.note} {_padding(comparison)}", size="sm", c="dimmed", mt=6)
    return dmc.Paper([html.Div(table, className="scroll-x"), note], withBorder=True, p="md")


def _fact_row(model: ComparedModel) -> Any:
    gap = (
        "none: no references" if model.completeness_gap is None else f"{model.completeness_gap:.2%}".replace("%", " %")
    )
    cells = [model.title, f"{model.probability:.3f}", _call(model.probability), model.method_title, gap,
             f"{model.scale:.3g} logit"]  # fmt: skip
    return html.Tr([html.Td(cell) for cell in cells])


def _call(probability: float) -> str:
    return "bound" if probability >= 0.5 else "not bound"


def _padding(comparison: Comparison) -> str:
    if not comparison.padding:
        return ""
    return f"The window ends with {comparison.padding} positions of padding, which training had none of."


def spans(comparison: Comparison) -> Any:
    """Spell out the bands of the figure."""
    if not comparison.spans:
        return dmc.Text("Nowhere: the scaled maps are the same.", size="sm", my="xs")
    return html.Ol([html.Li(span.sentence) for span in comparison.spans], className="compare-spans")


def pairs(comparison: Comparison) -> Any:
    """Draw the agreement of every two models as a table, the strength of agreement as its tint."""
    models = comparison.models
    found = {frozenset((pair.first, pair.second)): pair for pair in comparison.pairs}
    head = html.Tr([html.Th(""), *(html.Th(str(i), scope="col") for i in range(1, len(models) + 1))])
    rows = [
        html.Tr(
            [
                html.Th([html.Strong(f"{i} "), row.title], scope="row"),
                *(_cell(found.get(frozenset((row.checkpoint, column.checkpoint)))) for column in models),
            ]
        )
        for i, row in enumerate(models, start=1)
    ]
    return html.Div(
        html.Table(
            [html.Thead(head), html.Tbody(rows)], className="compare-pairs", **{"aria-label": "Agreement of pairs"}
        ),
        className="scroll-x",
    )


def _cell(pair: PairAgreement | None) -> Any:
    if pair is None:  # a model and itself
        return html.Td("same", className="compare-self")
    share = round(100 * max(0.0, pair.spearman or 0.0) * 0.45)
    tint = f"color-mix(in srgb, var(--mantine-color-teal-6) {share}%, transparent)"
    small = html.Small([f"cosine {_two(pair.cosine)}", html.Br(), f"top 10 {_two(pair.top_positions)}"])
    return html.Td([html.Strong(_two(pair.spearman)), html.Br(), small], style={"background": tint})


def _two(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
