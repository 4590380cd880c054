"""The four questions about an analysed file, each a panel with its controls and its figure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import dcc, html

from backend.schemas.chromatin_analyses import Agreement
from frontend.components.chromatin.edit_panel import edit_panel
from frontend.components.figure_card import busy, figure_block
from frontend.components.notices import note
from frontend.components.reading import folded, how_to_read
from frontend.components.uploader import uploader
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture, Uploader

WIDTHS = [{"value": str(n), "label": "1 bin" if n == 1 else f"{n} bins"} for n in (1, 3, 5, 9, 15, 25)]
METHODS = {
    "attention": "Attention (alpha, beta)",
    "attention_rollout": "Attention rollout",
    "signal_integrated_gradients": "Integrated gradients",
    "knock_out": "Knock-out",
}
SETS = [
    {"value": "predicted_on", "label": "Predicted ON"},
    {"value": "predicted_off", "label": "Predicted OFF"},
    {"value": "list", "label": "My list"},
]
SCALES = [{"value": "unscaled", "label": "As it is"}, {"value": "scaled", "label": "Scaled 0 to 1"}]
VERDICT_COLORS = {"agree": "teal", "partly": "yellow", "disagree": "orange", "undefined": "gray"}
VERDICT_TITLES = {
    "agree": "Attention and knock-out agree",
    "partly": "Attention and knock-out agree in part",
    "disagree": "Attention and knock-out disagree",
    "undefined": "Agreement cannot be judged",
}


class Texts(NamedTuple):
    """How each figure is read."""

    gene: str
    edit: str
    average: str
    tiles: str
    scores: str
    reliability: str
    confusion: str
    distribution: str


def answers(*, graph_config: Mapping[str, Any], texts: Texts, downloads: Any) -> Any:
    """Lay out the questions as tabs."""
    panels = {
        "gene": ("One gene", _gene(graph_config, texts, downloads)),
        "set": ("Set of genes", _gene_set(graph_config, texts)),
        "tiles": ("Across cell types", _tiles(graph_config, texts)),
        "labels": ("How good on my labels", _labels(graph_config, texts)),
    }
    tabs = dmc.Tabs(
        [
            dmc.TabsList([dmc.TabsTab(title, value=name) for name, (title, _) in panels.items()]),
            *(dmc.TabsPanel(panel, value=name, pt="sm") for name, (_, panel) in panels.items()),
        ],
        id=Ids.TABS,
        value="gene",
    )
    return dmc.Paper(tabs, withBorder=True, p="md")


def _panel(place: str, *children: Any) -> Any:
    return html.Div([busy(place), *children], style={"position": "relative"})


def _select(place: str, label: str, *, width: int = 250, **options: Any) -> Any:
    own: dict[str, Any] = {"data": [], "size": "xs", "w": width, "allowDeselect": False}
    return dmc.Select(id=place, label=label, **(own | options))


def _gene(graph_config: Mapping[str, Any], texts: Texts, downloads: Any) -> Any:
    controls = [
        _select(Ids.GENE_CHECKPOINT, "Checkpoint", width=320),
        _select(Ids.GENE_WIDTH, "Knock out together", width=130, data=WIDTHS, value="1"),
        downloads,
    ]
    figure = figure_block(
        Picture.GENE,
        graph_config=graph_config,
        help_text=texts.gene,
        min_height=640,
        controls=controls,
        notes=html.Div(
            [
                _methods(),
                html.Ul(id=Ids.GENE_TRUST, className="gene-trust", **{"aria-label": "May it be believed?"}),
                html.Div(id=Ids.GENE_VERDICT, **{"aria-live": "polite"}),
                html.Div(id=Ids.GENE_NOTES),
                edit_panel(graph_config, help_text=texts.edit),
            ],
            style={"minHeight": 150},
        ),
    )
    return _panel(
        Ids.GENE_BUSY,
        html.Div(figure, style={"minHeight": 760}),
        folded("What exactly the numbers are", html.Div(id=Ids.GENE_CONVENTIONS)),
    )


def _methods() -> Any:
    return html.Div(
        [
            dmc.Text("Show", size="xs", fw=500, mb=4),
            dmc.ChipGroup(
                html.Div(
                    [dmc.Chip(title, value=name, size="xs") for name, title in METHODS.items()], className="chips"
                ),
                id=Ids.GENE_METHODS,
                multiple=True,
                value=list(METHODS),
            ),
        ],
        role="group",
        **{"aria-label": "Maps to show"},
    )


def verdict(agreement: Agreement | None, *, has_attention: bool) -> Any:
    """Say in a biologist's words whether attention may be believed for this gene."""
    if agreement is None:
        held_against = "Attention is not held against knock-out: show both."
        text = held_against if has_attention else "This checkpoint has no attention: read the other maps."
        return dmc.Alert(text, color="gray", p="xs", my="xs")
    return dmc.Alert(
        agreement.sentence,
        title=VERDICT_TITLES[agreement.verdict],
        color=VERDICT_COLORS[agreement.verdict],
        p="xs",
        my="xs",
    )


def _gene_set(graph_config: Mapping[str, Any], texts: Texts) -> Any:
    controls = [
        _select(Ids.AVERAGE_CHECKPOINT, "Checkpoint", width=320),
        dmc.SegmentedControl(id=Ids.AVERAGE_SET, data=SETS, value="predicted_on", size="xs"),
        dmc.SegmentedControl(id=Ids.AVERAGE_SCALED, data=SCALES, value="unscaled", size="xs"),
    ]
    figure = figure_block(
        Picture.AVERAGE,
        graph_config=graph_config,
        help_text=texts.average,
        min_height=420,
        controls=controls,
        notes=html.Div(id=Ids.AVERAGE_NOTES),
    )
    gene_list = dmc.Textarea(
        id=Ids.AVERAGE_LIST,
        label="Genes",
        description="Identifiers or symbols, separated by spaces, commas or new lines.",
        autosize=True,
        minRows=2,
        maxRows=8,
        debounce=500,
    )
    return _panel(
        Ids.AVERAGE_BUSY,
        html.Div(gene_list, id=Ids.AVERAGE_LIST_BOX, style={"display": "none"}),
        figure,
        folded("Hold attention against another signal, such as H3K27ac", _extra()),
    )


def _extra() -> Any:
    return dmc.Stack(
        [
            note("A bin file of the same genes and bins with one more signal, which no network has seen."),
            uploader(Uploader.EXTRA, "Drop a bin file with the extra signal here or choose one"),
            html.Div(id=Ids.EXTRA_CHIP),
            html.Div(id=Ids.EXTRA_ERROR, role="alert"),
            dmc.Select(id=Ids.EXTRA_SIGNAL, label="Signal", data=[], clearable=True, size="xs", w=200),
        ],
        gap="xs",
    )


def _tiles(graph_config: Mapping[str, Any], texts: Texts) -> Any:
    choices = dmc.SimpleGrid(
        [
            dmc.TextInput(id=Ids.TILES_GENE, label="Gene", description="Id or symbol", size="xs", debounce=500),
            dmc.MultiSelect(
                id=Ids.TILES_CHECKPOINTS, label="Checkpoints", description="Those with mark attention", data=[],
                value=[], size="xs", hidePickedOptions=True,
            ),
            dmc.MultiSelect(
                id=Ids.TILES_FILES, label="Files", description="Those that you analysed in this session", data=[],
                value=[], size="xs", hidePickedOptions=True,
            ),
        ],
        cols={"base": 1, "md": 3},
        spacing="sm",
    )  # fmt: skip
    figure = figure_block(
        Picture.TILES,
        graph_config=graph_config,
        help_text=texts.tiles,
        min_height=340,
        notes=html.Div(id=Ids.TILES_NOTES),
    )
    return _panel(Ids.TILES_BUSY, choices, figure)


def _labels(graph_config: Mapping[str, Any], texts: Texts) -> Any:
    small = {**graph_config, "displayModeBar": False}
    pair = dmc.SimpleGrid(
        [
            figure_block(Picture.RELIABILITY, graph_config=small, help_text=texts.reliability, min_height=340),
            figure_block(Picture.CONFUSION, graph_config=small, help_text=texts.confusion, min_height=340),
        ],
        cols={"base": 1, "lg": 2},
        style={"alignItems": "start"},
    )
    return html.Div(
        [
            html.Div(id=Ids.EVALUATION_NOTES),
            html.Div(
                [
                    figure_block(Picture.ACCURACY, graph_config=small, help_text=texts.scores, min_height=120),
                    _select(Ids.EVALUATION_CHECKPOINT, "Checkpoint", width=320, mt="md"),
                    pair,
                ],
                id=Ids.EVALUATION_BOX,
                style={"display": "none"},
            ),
            dmc.Title("P(ON) of all genes", order=3, size="h5", mt="md"),
            dcc.Graph(id=Ids.DISTRIBUTION, config=small, style={"minHeight": 160}),
            how_to_read(texts.distribution),
        ]
    )


def options(titles: Mapping[str, str]) -> list[dict[str, str]]:
    """Offer checkpoints by title."""
    return [{"value": name, "label": title} for name, title in titles.items()]


def warnings(lines: Sequence[str]) -> Any:
    """List what to keep in mind."""
    return dmc.Alert([html.Div(line) for line in lines], color="yellow", p="xs", my="xs") if lines else None
