"""The form: sequences, factor, mode, and the rules that will be applied to them."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.schemas.catalog import Catalog, Factor, Limits
from frontend.components.submission import submit
from frontend.ids import Sequence as Ids

MODES = [{"value": "explain", "label": "Explain one factor"}, {"value": "rank", "label": "Rank factors"}]
PLACEHOLDER = ">my_peak\nTGCTCGCATCCTATTGGCCACTAGGGGGCGCTAT...\n\nFASTA with many records, or one raw sequence per line"


def input_panel() -> Any:
    """Lay out the form."""
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=dmc.Stack(
            [
                _text_field(),
                _file_field(),
                _examples(),
                _feedback(),
                _choices(),
                submit(Ids.ANALYSE, Ids.REASON, first="Paste, choose or try a sequence first."),
                _rules(),
            ],
            gap="sm",
        ),
    )


def _text_field() -> Any:
    return html.Div(
        dmc.Textarea(
            id=Ids.TEXT,
            label="Sequences",
            description="DNA as raw sequence or FASTA. Lower case, U and IUPAC codes are read and reported.",
            placeholder=PLACEHOLDER,
            debounce=300,
            resize="vertical",
            spellCheck=False,
            classNames={"input": "sequence-input"},
            **{"aria-describedby": Ids.FEEDBACK.value},
        ),
        id=Ids.TEXT_BOX,
    )


def _file_field() -> Any:
    drop = dcc.Upload(
        id=Ids.UPLOAD,
        className="drop-zone",
        className_active="drop-zone drop-zone-active",
        children=html.Button("Drop a file here or choose one (FASTA or text, plain or .gz)", type="button"),
    )
    chip = dmc.Group(
        [
            dmc.Text(id=Ids.FILE_LABEL, size="sm", flex=1, className="break-anywhere"),
            dmc.Button("Remove", id=Ids.FILE_REMOVE, size="compact-sm", variant="subtle"),
        ],
        id=Ids.FILE_CHIP,
        className="file-chip",
        style={"display": "none"},
    )
    return html.Div([drop, chip, html.Div(id=Ids.FILE_ERROR, role="alert", className="field-errors")])


def _examples() -> Any:
    return html.Div(
        [
            dmc.Text("Or try an example", size="sm", fw=500, mb=4),
            dmc.Group(id=Ids.EXAMPLES, gap="xs", mih=30, className="examples"),
        ]
    )


def _feedback() -> Any:
    return html.Div(id=Ids.FEEDBACK, className="feedback", **{"aria-live": "polite"})


def _choices() -> Any:
    return dmc.Stack(
        [
            html.Div(
                [
                    dmc.Text("Question", size="sm", fw=500, mb=4, id="sequence-mode-label"),
                    dmc.SegmentedControl(id=Ids.MODE, data=MODES, value="explain", fullWidth=True),
                ]
            ),
            dmc.Select(
                id=Ids.FACTOR,
                label="Factor",
                description="The protein and cell type whose networks answer; best test AUROC in brackets.",
                data=[],
                searchable=True,
                allowDeselect=False,
                nothingFoundMessage="No factor of that name",
                comboboxProps={"shadow": "md"},
            ),
            html.Div(
                dmc.NumberInput(
                    id=Ids.RECORD,
                    label="Record to rank",
                    description="Its number in the input, counted from 1.",
                    value=1,
                    min=1,
                    allowDecimal=False,
                    clampBehavior="strict",
                ),
                id=Ids.RECORD_BOX,
                style={"display": "none"},
            ),
        ],
        gap="sm",
    )


def factor_options(factors: Sequence[Factor]) -> list[dict[str, str]]:
    """List the factors with cell type and best test AUROC."""
    return [{"value": f.name, "label": _factor_label(f)} for f in factors]


def _factor_label(factor: Factor) -> str:
    known = not factor.cell_type.endswith("not stated")
    cell = "" if factor.cell_type in factor.title or not known else f", {factor.cell_type}"
    return f"{factor.title}{cell} ({factor.best_auroc:.3f})"


def _rules() -> Any:
    return html.Div(id=Ids.LIMITS, className="rules", style={"minHeight": 150})


def rules(limits: Limits) -> Any:
    """Say before running what is accepted and what will happen to it."""
    lines = [
        f"Up to {limits.records:,} records, {limits.bases:,} bases, {limits.bytes / 1e6:g} MB.",
        f"The networks read {limits.window_length} bp. Shorter records are padded with zeros on the right and marked, "
        f"as training had none; longer ones are scanned in tiles every {limits.tile_step} bp and the best window is "
        "shown. Nothing is cropped.",
        "Both strands are scored. Positions count from 0 on the strand shown, 5' to 3'.",
        "Nothing leaves the lab: everything is computed by this server and no file is kept.",
    ]
    return html.Ul([html.Li(line) for line in lines])


def default_factor(catalog: Catalog) -> str | None:
    """Name the factor chosen at first: the first one listed."""
    return catalog.factors[0].name if catalog.factors else None
