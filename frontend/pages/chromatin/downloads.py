"""Files to take away; pictures are saved by the browser itself."""

from collections.abc import Callable, Iterator
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import (
    AttentionAverage,
    ChromatinAnalysis,
    Evaluation,
    GeneExplanation,
)
from backend.schemas.provenance import Provenance
from frontend.components.chromatin import exports
from frontend.components.delimited import file_name, provenance
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture
from frontend.pages.chromatin.catalogs import CatalogCache

CSV, TSV, JSON = "text/csv", "text/tab-separated-values", "application/json"
File = tuple[str, str, str]  # name, content, media type


def register(app: Dash, catalogs: CatalogCache) -> None:
    """Write a file when it is asked for; each callback sends only the store that it needs."""
    _register(app, {Ids.TABLE_CSV: _table_csv, Ids.TABLE_TSV: _table_tsv, Ids.ANALYSIS_JSON: _analysis}, Ids.ANALYSIS)
    _register(app, {Picture.GENE.csv: _gene, Ids.EXPLANATION_JSON: _gene_json}, Ids.EXPLANATION)
    _register(app, {Picture.AVERAGE.csv: _average}, Ids.AVERAGE)
    _register(app, {Picture.TILES.csv: _tiles}, Ids.TILES)
    labels = (Picture.ACCURACY, Picture.RELIABILITY, Picture.CONFUSION)
    _register(app, {picture.csv: _evaluations for picture in labels}, Ids.RUN)
    _register_cards(app, catalogs)


def _register(app: Dash, files: dict[str, Callable[[Any], File]], store: Ids) -> None:
    @app.callback(
        output=Output(Ids.DOWNLOAD, "data", allow_duplicate=True),
        inputs={"clicks": [Input(item, "n_clicks") for item in files], "data": State(store, "data")},
        prevent_initial_call=True,
    )
    async def download(*, clicks: list[int | None], data: Any) -> Any:
        if not data or not any(clicks):
            raise PreventUpdate
        return _send(files[ctx.triggered_id](data))


def _register_cards(app: Dash, catalogs: CatalogCache) -> None:
    @app.callback(
        Output(Ids.DOWNLOAD, "data", allow_duplicate=True),
        Input(Picture.CARD.csv, "n_clicks"),
        Input(Picture.PATTERN.csv, "n_clicks"),
        State(Ids.CARD_CHECKPOINT, "value"),
        State(Ids.PATTERN_SPACE, "value"),
        prevent_initial_call=True,
    )
    async def download(_card: int | None, _pattern: int | None, name: str | None, space: str) -> Any:
        cards = await catalogs.cards([name] if name else [])
        if not cards or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        (card,) = cards.values()
        if ctx.triggered_id == Picture.CARD.csv:
            return _send((file_name("scores", f"{card.name}.csv"), exports.card_text(card), CSV))
        maps = [m for m in card.pattern_maps if m.space == space]
        return _send((file_name("pattern", space, f"{card.name}.csv"), exports.pattern_text(card, maps), CSV))


def _send(file: File) -> Any:
    name, content, kind = file
    return dcc.send_string(content, filename=name, type=kind)


def _analysis_of(data: Any) -> ChromatinAnalysis:
    return ChromatinAnalysis.model_validate(data)


def _table_csv(data: Any) -> File:
    return file_name("genes.csv"), exports.genes_text(_analysis_of(data), separator=","), CSV


def _table_tsv(data: Any) -> File:
    return file_name("genes.tsv"), exports.genes_text(_analysis_of(data), separator="\t"), TSV


def _analysis(data: Any) -> File:
    return file_name("chromatin-analysis.json"), _analysis_of(data).model_dump_json(indent=2), JSON


def _gene(data: Any) -> File:
    answer = GeneExplanation.model_validate(data["answer"])
    return file_name(f"{answer.symbol or answer.gene}.csv"), exports.gene_text(answer, weights=data["weights"]), CSV


def _gene_json(data: Any) -> File:
    answer = GeneExplanation.model_validate(data["answer"])
    return file_name(f"{answer.symbol or answer.gene}.json"), answer.model_dump_json(indent=2), JSON


def _average(data: Any) -> File:
    average = AttentionAverage.model_validate(data["answer"])
    return file_name("attention", f"{average.checkpoint}.csv"), exports.average_text(average), CSV


def _tiles(data: Any) -> File:
    return file_name("beta", f"{data['gene']}.csv"), exports.tiles_text(data), CSV


def _evaluations(data: Any) -> File:
    evaluations = [Evaluation.model_validate(e) for e in data["evaluations"]]
    return file_name("evaluation.csv"), exports.evaluations_text(evaluations, comments=_comments(data)), CSV


def _comments(run: Any) -> Iterator[str]:
    weights = {c["name"]: c["sha256"] for c in run["checkpoints"]}
    return provenance(Provenance.model_validate(run["provenance"]), weights=weights)
