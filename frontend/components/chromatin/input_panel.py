"""The form: a file of binned signals or five bigWigs, the checkpoints that are to answer, and the limits."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.chromatin_catalog import ChromatinLimits, HistoneLayout
from frontend.components.submission import submit
from frontend.components.uploader import uploader
from frontend.ids import Chromatin as Ids
from frontend.ids import Uploader

DETECT = "detect"
BIN_SIZES = {"100": "100 bp (DeepChrome, AttentiveChrome, DeepDiff)", "10000": "10,000 bp (GC-MERGE)"}


def input_panel(wizard: Any) -> Any:
    """Lay out the form; `wizard` is the panel that makes a matrix from bigWigs."""
    tabs = dmc.Tabs(
        [
            dmc.TabsList(
                [dmc.TabsTab("Bin file", value="bins"), dmc.TabsTab("bigWig files", value="bigwigs")], grow=True
            ),
            dmc.TabsPanel(_bin_file(), value="bins", pt="sm"),
            dmc.TabsPanel(wizard, value="bigwigs", pt="sm"),
        ],
        id=Ids.SOURCE,
        value="bins",
    )  # fmt: skip
    return dmc.Paper(withBorder=True, p="md", children=dmc.Stack([tabs, _rules()], gap="sm"))


def _bin_file() -> Any:
    chip = dmc.Group(
        [
            dmc.Text(id=Ids.FILE_LABEL, size="sm", flex=1, className="break-anywhere"),
            dmc.Button("Remove", id=Ids.FILE_REMOVE, size="compact-sm", variant="subtle"),
        ],
        id=Ids.FILE_CHIP,
        className="file-chip",
        style={"display": "none"},
    )
    label = "Drop a file of binned signals or choose one (.csv, .tsv, .txt, plain or .gz)"
    return dmc.Stack(
        [
            html.Div([uploader(Uploader.BINS, label), chip, html.Div(id=Ids.FILE_ERROR, role="alert")]),
            html.Div(
                [
                    dmc.Text("Or try an example", size="sm", fw=500, mb=4),
                    dmc.Group(id=Ids.EXAMPLES, gap="xs", mih=30, className="examples"),
                ]
            ),
            _feedback(),
            _reading(),
            _checkpoints(),
            submit(Ids.ANALYSE, Ids.REASON, first="Choose a file or try an example first."),
        ],
        gap="sm",
    )


def _feedback() -> Any:
    overlay = dmc.LoadingOverlay(
        id=Ids.FEEDBACK_BUSY, visible=False, zIndex=5, overlayProps={"blur": 0, "backgroundOpacity": 0.5}
    )
    box = html.Div(id=Ids.FEEDBACK, className="feedback", **{"aria-live": "polite"})
    return html.Div([overlay, box], style={"position": "relative"})


def _reading() -> Any:
    """Let the user correct how the file is read."""
    fields = dmc.Stack(
        [
            dmc.Select(id=Ids.LAYOUT, label="Layout", data=[], value=DETECT, allowDeselect=False),
            html.Div(id=Ids.LAYOUT_HELP),
            html.Div(id=Ids.COLUMNS),
            dmc.Select(
                id=Ids.BIN_SIZE,
                label="Bin size",
                description="No file says it. It decides which checkpoints can answer.",
                data=[{"value": value, "label": label} for value, label in BIN_SIZES.items()],
                value="100",
                allowDeselect=False,
            ),
        ],
        gap="xs",
    )
    item = dmc.AccordionItem(
        [dmc.AccordionControl("Correct how it is read"), dmc.AccordionPanel(fields)], value="reading"
    )
    return html.Div(dmc.Accordion(item, variant="separated"), id=Ids.READING_BOX, style={"display": "none"})


def layout_options(layouts: list[HistoneLayout]) -> list[dict[str, str]]:
    """Offer detection and every layout by name."""
    return [
        {"value": DETECT, "label": "As detected"},
        *({"value": layout.name, "label": layout.title} for layout in layouts),
    ]


def layout_help(layouts: list[HistoneLayout]) -> Any:
    """Explain every layout with two literal lines."""
    return html.Details(
        [
            html.Summary("What the layouts look like"),
            *(
                html.Div([dmc.Text(f"{layout.title}: {layout.summary}", size="xs"), html.Pre(layout.example)])
                for layout in layouts
            ),
        ],
        className="details",
    )


def column_selects(signals: list[str], *, marks: list[str]) -> Any:
    """Offer, for every signal column of the file, the mark that it holds."""
    names = sorted({*marks, *signals})
    return [
        dmc.Text("Signal columns, from left to right", size="sm", fw=500),
        dmc.SimpleGrid(
            [
                dmc.Select(
                    id={"type": Ids.COLUMN.value, "index": index},
                    data=names,
                    value=signal,
                    allowDeselect=False,
                    size="xs",
                    **{"aria-label": f"Mark in signal column {index + 1}"},
                )
                for index, signal in enumerate(signals)
            ],
            cols=2,
            spacing=6,
            verticalSpacing=6,
        ),
    ]


def _checkpoints() -> Any:
    return dmc.MultiSelect(
        id=Ids.CHECKPOINTS,
        label="Checkpoints that answer",
        description="Trained networks and baselines, by cell type. Each scale answers only files of its own bin size.",
        data=[],
        value=[],
        searchable=True,
        hidePickedOptions=True,
        maxDropdownHeight=340,
        comboboxProps={"shadow": "md"},
        nothingFoundMessage="No checkpoint of that name",
    )


def _rules() -> Any:
    return html.Div(id=Ids.LIMITS, className="rules", style={"minHeight": 130})


def rules(limits: ChromatinLimits) -> Any:
    """Say before anything is sent what is accepted and what happens to it."""
    lines = [
        f"Bin files up to {limits.bytes / 1e6:,.0f} MB, {limits.genes:,} genes, {limits.rows:,} rows; bigWigs up to "
        f"{limits.bigwig_bytes / 1e6:,.0f} MB each; checkpoints up to {limits.checkpoint_bytes / 1e6:,.0f} MB.",
        "Bins run 5' to 3' of the gene around its start site (TSS): bin 1 of 100 is 5,000 to 4,900 bp upstream.",
        "Marks go by name, never by position: check the names above before you run.",
        f"Files stay on this server and are deleted {limits.kept_hours} hours after their last use. Nothing leaves "
        "the lab.",
    ]
    return html.Ul([html.Li(line) for line in lines])
