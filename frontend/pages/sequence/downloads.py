"""Files to take away; pictures are saved by the browser itself."""

from collections.abc import Callable
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog
from backend.schemas.sequence_analyses import SequenceAnalysis
from frontend.components import delimited
from frontend.components.exports import analysis_text, table_text, tracks_text
from frontend.ids import Sequence as Ids

Slices = list[SequenceAnalysis]
FILES: dict[str, tuple[str, str, Callable[[Slices, SequenceAnalysis, Catalog], str]]] = {
    Ids.TABLE_CSV: (
        "scores.csv", "text/csv", lambda s, _e, c: table_text(s, architectures=c.architectures, separator=","),
    ),
    Ids.TABLE_TSV: (
        "scores.tsv", "text/tab-separated-values",
        lambda s, _e, c: table_text(s, architectures=c.architectures, separator="\t"),
    ),
    Ids.ANALYSIS_JSON: ("analysis.json", "application/json", lambda s, e, _c: analysis_text(s, e)),
    Ids.TRACKS_CSV: ("tracks.csv", "text/csv", lambda _s, e, _c: tracks_text(e)),
}  # fmt: skip


def register(app: Dash) -> None:
    """Write a file when it is asked for."""

    @app.callback(
        output=Output(Ids.DOWNLOAD, "data"),
        inputs={
            "_clicks": [Input(item, "n_clicks") for item in FILES],
            "slices": State(Ids.ANALYSES, "data"),
            "explanation": State(Ids.EXPLANATION, "data"),
            "catalog": State(Ids.CATALOG, "data"),
        },
        prevent_initial_call=True,
    )
    async def download(
        *, slices: list[Any] | None, explanation: dict[str, Any] | None, catalog: Any, **_clicks: Any
    ) -> Any:
        if not slices or explanation is None:
            raise PreventUpdate
        name, kind, write = FILES[ctx.triggered_id]
        explained = SequenceAnalysis.model_validate(explanation["analysis"])
        content = write(
            [SequenceAnalysis.model_validate(s) for s in slices], explained, Catalog.model_validate(catalog)
        )
        return dcc.send_string(content, filename=file_name(explained, name), type=kind)


def file_name(explained: SequenceAnalysis, name: str) -> str:
    """Name a file after the factor and, where it holds one row only, after that row."""
    window = explained.explanations[0]
    row = [window.name, window.strand] if name == "tracks.csv" else []
    return delimited.file_name(window.factor, *row, name)
