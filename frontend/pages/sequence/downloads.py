"""Files to take away; pictures are saved by the browser itself."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dash import Dash, Input, Output, State, ctx, dcc
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog
from backend.schemas.sequence_analyses import SequenceAnalysis
from frontend.components import delimited
from frontend.components.exports import analysis_text, table_text, tracks_text
from frontend.components.finding_exports import motifs_text, trust_text
from frontend.figures.standalone import standalone_page
from frontend.ids import Sequence as Ids
from frontend.pages.sequence.shown import Data, Found, Shown, read_found, read_shown

EVERYTHING = "everything.zip"
OF_ONE_ROW = ("tracks.csv", "trust.csv", "motifs.csv")
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same answers give the same bytes


class Content(NamedTuple):
    """All that files are written from."""

    slices: list[SequenceAnalysis]
    shown: Shown
    found: Found
    catalog: Catalog


def _table(content: Content, separator: str) -> str:
    return table_text(content.slices, architectures=content.catalog.architectures, separator=separator)


def _analysis(content: Content) -> str:
    found = content.found
    return analysis_text(content.slices, content.shown.analysis, trust=found.trust, motifs=found.motifs)


def _trust(content: Content) -> str | None:
    report = content.found.trust
    return trust_text(report, explained=content.shown.analysis) if report else None


def _motifs(content: Content) -> str | None:
    report = content.found.motifs
    return motifs_text(report, explained=content.shown.analysis) if report else None


FILES: dict[str, tuple[str, str, Callable[[Content], str | None]]] = {
    Ids.TABLE_CSV: ("scores.csv", "text/csv", lambda c: _table(c, ",")),
    Ids.TABLE_TSV: ("scores.tsv", "text/tab-separated-values", lambda c: _table(c, "\t")),
    Ids.ANALYSIS_JSON: ("analysis.json", "application/json", _analysis),
    Ids.TRACKS_CSV: ("tracks.csv", "text/csv", lambda c: tracks_text(c.shown.analysis, trust=c.found.trust)),
    Ids.TRUST_CSV: ("trust.csv", "text/csv", _trust),
    Ids.MOTIFS_CSV: ("motifs.csv", "text/csv", _motifs),
}


def register(app: Dash) -> None:
    """Write a file when it is asked for; one whose answer has not come is greyed out."""
    _register_page(app)

    @app.callback(
        output=Output(Ids.DOWNLOAD, "data"),
        inputs={
            "_clicks": [Input(item, "n_clicks") for item in (*FILES, Ids.EVERYTHING_ZIP)],
            "slices": State(Ids.ANALYSES, "data"),
            "explanation": State(Ids.EXPLANATION, "data"),
            "trust": State(Ids.TRUST, "data"),
            "motifs": State(Ids.MOTIFS, "data"),
            "catalog": State(Ids.CATALOG, "data"),
        },
        prevent_initial_call=True,
    )
    async def download(
        *, slices: list[Any] | None, explanation: Data | None, catalog: Any, _clicks: Any, **found: Data | None
    ) -> Any:
        if not slices or explanation is None:
            raise PreventUpdate
        shown = read_shown(explanation)
        content = Content(
            [SequenceAnalysis.model_validate(s) for s in slices],
            shown,
            read_found(shown.key, trust=found["trust"], motifs=found["motifs"]),
            Catalog.model_validate(catalog),
        )
        if ctx.triggered_id == Ids.EVERYTHING_ZIP:
            return dcc.send_bytes(everything(content), filename=file_name(shown.analysis, EVERYTHING))
        name, kind, write = FILES[ctx.triggered_id]
        text = write(content)
        if text is None:
            raise PreventUpdate
        return dcc.send_string(text, filename=file_name(shown.analysis, name), type=kind)


def _register_page(app: Dash) -> None:
    @app.callback(
        Output(Ids.DOWNLOAD, "data", allow_duplicate=True),
        Input(Ids.PICTURE_HTML, "n_clicks"),
        State(Ids.DASHBOARD, "figure"),
        prevent_initial_call=True,
    )
    async def page(_clicks: Any, figure: Data) -> Any:
        return dcc.send_string(standalone_page(figure), filename=f"{figure['layout']['meta']}.html", type="text/html")


def everything(content: Content) -> bytes:
    """Pack all files that there are."""
    texts = {name: write(content) for name, _, write in FILES.values()}
    return _zipped({name: text for name, text in texts.items() if text is not None})


def _zipped(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def file_name(explained: SequenceAnalysis, name: str) -> str:
    """Name a file after the factor and, where it holds one row only, after that row."""
    window = explained.explanations[0]
    row = [window.name, window.strand] if name in OF_ONE_ROW else []
    return delimited.file_name(window.factor, *row, name)
