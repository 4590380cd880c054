"""From bigWigs and start sites to a matrix: nothing about assembly or unit is guessed."""

import re
from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.chromatin_matrices import ChromatinMatrix
from frontend.components.chromatin.check_feedback import shift_alert, summary_table
from frontend.components.notices import note, problem_items
from frontend.components.uploader import size_words, uploader
from frontend.ids import Chromatin as Ids
from frontend.ids import Uploader

UNITS = {
    "counts": "Read counts",
    "rpkm": "RPKM",
    "minus_log10_p": "-log10 p value",
    "fold_change": "Fold change over control",
    "unknown": "I do not know",
}
START_KINDS = [{"value": "file", "label": "Start sites from a file"}, {"value": "search", "label": "Search genes"}]
IGNORED = ""


def wizard_panel() -> Any:
    """Lay out the four steps and the result."""
    return dmc.Stack([_bigwigs(), _choices(), _starts(), _submit(), _result()], gap="sm")


def _bigwigs() -> Any:
    return html.Div(
        [
            dmc.Text("1. One bigWig per mark", size="sm", fw=500),
            note("Marks are taken from the file names; correct them where they are wrong."),
            uploader(Uploader.BIGWIGS, "Drop five bigWigs here or choose them", accept=".bw,.bigwig", multiple=True),
            html.Div(id=Ids.BIGWIG_ROWS),
        ]
    )  # fmt: skip


def _choices() -> Any:
    return dmc.SimpleGrid(
        [
            dmc.Select(
                id=Ids.ASSEMBLY,
                label="2. Assembly",
                placeholder="Choose",
                data=[{"value": name, "label": name} for name in ("hg19", "hg38")],
            ),
            dmc.Select(
                id=Ids.UNIT,
                label="3. Unit of the values",
                placeholder="Choose",
                data=[{"value": value, "label": label} for value, label in UNITS.items()],
            ),
        ],
        cols=2,
        spacing="xs",
    )


def _starts() -> Any:
    file_box = html.Div(
        [
            uploader(Uploader.STARTS, "Drop a BED or gene table here or choose one", accept=".bed,.txt,.tsv,.csv,.gz"),
            html.Div(id=Ids.START_FILE_CHIP),
            note("BED6 with strand (the start site is the 5' end), or a table with a header. BED counts from 0."),
        ],
        id=Ids.START_FILE_BOX,
    )
    search_box = html.Div(
        [
            dmc.MultiSelect(
                id=Ids.GENE_SEARCH,
                placeholder="Symbol or Ensembl id",
                data=[],
                value=[],
                searchable=True,
                hidePickedOptions=True,
                nothingFoundMessage="No gene of that name",
                **{"aria-label": "Genes by symbol or identifier"},
            ),
            html.Div(note("Choose the assembly first."), id=Ids.GENE_SEARCH_NOTE),
        ],
        id=Ids.GENE_SEARCH_BOX,
        style={"display": "none"},
    )
    return html.Div(
        [
            dmc.Text("4. Where the genes start", size="sm", fw=500, mb=4),
            dmc.SegmentedControl(id=Ids.START_KIND, data=START_KINDS, value="file", fullWidth=True, size="xs", mb="xs"),
            file_box,
            search_box,
        ]
    )


def _submit() -> Any:
    return html.Div(
        [
            dmc.Button("Make the matrix", id=Ids.BUILD, fullWidth=True, disabled=True, size="md"),
            dmc.Text("Choose the bigWigs first.", id=Ids.BUILD_REASON, size="sm", c="dimmed", mt=4, mih=22),
            html.Div(id=Ids.MATRIX_ERROR, role="alert"),
        ]
    )


def _result() -> Any:
    return html.Div(
        [html.Div(id=Ids.MATRIX_RESULT, **{"aria-live": "polite"}),
         dmc.Button("Analyse this matrix", id=Ids.MATRIX_ANALYSE, fullWidth=True, mt="xs", style={"display": "none"})],
    )  # fmt: skip


def search_note(n_found: int, *, source: str) -> Any:
    """Say how many genes were found, and fold away where the table comes from."""
    details = html.Details([html.Summary("Where the start sites come from"), note(source)], className="details")
    return [note(f"{n_found:,} found; positions count from 0."), details]


def guess_mark(name: str, marks: Sequence[str]) -> str:
    """Find the mark that a file name speaks of: H3K4me3, also written K4me3 or h3k4ME3; empty where none fits."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    found = [mark for mark in marks if re.search(mark.lower().removeprefix("h3") + r"(?!\d)", plain)]
    return found[0] if len(found) == 1 else IGNORED


def bigwig_rows(files: Sequence[dict[str, Any]], *, marks: Sequence[str]) -> list[Any]:
    """List the files that have come, each with the mark it holds."""
    return [_bigwig_row(file, marks) for file in files]


def _bigwig_row(file: dict[str, Any], marks: Sequence[str]) -> Any:
    upload = file["upload"]
    name = f"{upload['name']} ({size_words(upload['n_bytes'])})"
    return dmc.Group(
        [
            dmc.Text(name, size="xs", flex=1, className="break-anywhere"),
            dmc.Select(
                id={"type": Ids.BIGWIG_MARK.value, "upload": upload["id"]},
                data=list(marks),
                value=file["mark"] or None,
                placeholder="Which mark?",
                size="xs",
                w=118,
                allowDeselect=False,
                error=not file["mark"],
                **{"aria-label": f"Mark of {upload['name']}"},
            ),
            dmc.ActionIcon(
                html.Span("\N{MULTIPLICATION SIGN}", **{"aria-hidden": "true"}),
                id={"type": Ids.BIGWIG_REMOVE.value, "upload": upload["id"]},
                size="sm",
                variant="subtle",
                color="gray",
                **{"aria-label": f"Remove {upload['name']}"},
            ),
        ],
        gap=6,
        wrap="nowrap",
        mt=6,
    )  # fmt: skip


def matrix_result(matrix: ChromatinMatrix) -> Any:
    """Say what the matrix holds, where it differs from training, and what was left out."""
    head = f"{matrix.n_genes:,} genes x {matrix.n_bins} bins of {matrix.bin_size_bp:,} bp, {matrix.assembly}"
    parts = [dmc.Text(head, size="sm", fw=500), summary_table(matrix.summaries), shift_alert(matrix.shifts)]
    if matrix.n_skipped:
        parts += [note(f"{matrix.n_skipped:,} genes were left out:"), problem_items(matrix.skipped)]
    if matrix.repairs:
        parts += [note("Read with these repairs:"), problem_items(matrix.repairs)]
    link = dmc.Anchor(
        f"Download the matrix ({matrix.upload.name}, {size_words(matrix.upload.n_bytes)}, DeepChrome layout)",
        href=f"/uploads/{matrix.upload.id}/content",
        refresh=True,
        size="sm",
    )
    return html.Div([*parts, html.Div(link, style={"marginTop": 8})])
