"""The bigWig wizard's callbacks: files with their marks, gene search, the matrix."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_matrices import Gene, MatrixRequest
from frontend.client import BackendClient, BackendError
from frontend.components.chromatin import import_panel, wizard_panel
from frontend.components.notices import note
from frontend.ids import Chromatin as Ids
from frontend.ids import Uploader
from frontend.pages.chromatin.catalogs import CatalogCache
from frontend.pages.chromatin.failures import report

OTHER_SIGNALS = ("H3K27ac", "H3K9ac", "DNase")  # no network reads them; attention can be held against them
SHORTEST_QUERY = 2
HIDDEN = {"display": "none"}


def register(app: Dash, client: BackendClient, catalogs: CatalogCache) -> None:
    """Register the wizard's callbacks."""
    _register_bigwigs(app, catalogs)
    _register_starts(app, client)
    _register_build(app, client)


def _register_bigwigs(app: Dash, catalogs: CatalogCache) -> None:
    @app.callback(
        Output(Ids.BIGWIGS, "data"),
        Output(Ids.BIGWIG_ROWS, "children"),
        Input(Uploader.BIGWIGS.arrived, "data"),
        Input({"type": Ids.BIGWIG_MARK.value, "upload": ALL}, "value"),
        Input({"type": Ids.BIGWIG_REMOVE.value, "upload": ALL}, "n_clicks"),
        State(Ids.BIGWIGS, "data"),
        prevent_initial_call=True,
    )
    async def collect(
        arrived: Any, chosen: list[str | None], removals: list[int | None], files: Any
    ) -> tuple[Any, Any]:
        if not (arrived or files):  # the page has just been drawn
            raise PreventUpdate
        marks = [*(await catalogs.get()).marks, *OTHER_SIGNALS]
        known, trigger = files or [], ctx.triggered_id
        if trigger == Uploader.BIGWIGS.arrived:
            changed = with_uploads(known, arrived["uploads"], marks=marks)
        elif isinstance(trigger, dict) and trigger["type"] == Ids.BIGWIG_REMOVE and any(removals):
            changed = [file for file in known if file["upload"]["id"] != trigger["upload"]]
        else:
            changed = [file | {"mark": mark or ""} for file, mark in zip(known, chosen, strict=True)]
        if changed == known:  # the rows have just been drawn
            raise PreventUpdate
        return changed, wizard_panel.bigwig_rows(changed, marks=marks)


def with_uploads(known: list[Any], uploads: list[Any], *, marks: list[str]) -> list[Any]:
    """Add uploads with the marks that their names speak of; the same file twice is one."""
    ids = {upload["id"] for upload in uploads}
    kept = [file for file in known if file["upload"]["id"] not in ids]
    new = [{"upload": upload, "mark": wizard_panel.guess_mark(upload["name"], marks)} for upload in uploads]
    return [*kept, *new]


def _register_starts(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.START_FILE_CHIP, "children"), Input(Uploader.STARTS.arrived, "data"), prevent_initial_call=True
    )
    async def show_starts(arrived: Any) -> Any:
        if not arrived:  # the page has just been drawn
            raise PreventUpdate
        upload = arrived["uploads"][-1]
        return import_panel.chip(upload["name"], upload["n_bytes"])

    @app.callback(
        Output(Ids.GENE_SEARCH, "data"),
        Output(Ids.GENE_SEARCH_NOTE, "children"),
        Input(Ids.GENE_SEARCH, "searchValue"),
        Input(Ids.ASSEMBLY, "value"),
        State(Ids.GENE_SEARCH, "value"),
        State(Ids.GENE_SEARCH, "data"),
        prevent_initial_call=True,
    )
    async def search(query: str | None, assembly: Any, chosen: list[str], offered: list[Any]) -> tuple[Any, Any]:
        if assembly is None:
            return no_update, note("Choose the assembly first.")
        if len(query or "") < SHORTEST_QUERY:
            return no_update, note("Type two letters of a symbol or identifier.")
        try:
            found = await client.genes(str(query), assembly=assembly)
        except BackendError as error:
            return no_update, report(error)
        kept = [option for option in offered if option["value"] in chosen]
        ids = {option["value"] for option in kept}
        new = [{"value": gene.gene, "label": gene_label(gene)} for gene in found.genes if gene.gene not in ids]
        return [*kept, *new], wizard_panel.search_note(found.n_found, source=found.source)


def gene_label(gene: Gene) -> str:
    """Name a gene with its start site."""
    return f"{gene.symbol or gene.gene} ({gene.gene}, {gene.chromosome}:{gene.start_site:,} {gene.strand})"


def _register_build(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.MATRIX, "data"),
        Output(Ids.MATRIX_RESULT, "children"),
        Output(Ids.MATRIX_ANALYSE, "style"),
        Output(Ids.MATRIX_ERROR, "children"),
        inputs={
            "_clicks": Input(Ids.BUILD, "n_clicks"),
            "files": State(Ids.BIGWIGS, "data"),
            "kind": State(Ids.START_KIND, "value"),
            "starts": State(Uploader.STARTS.arrived, "data"),
            "genes": State(Ids.GENE_SEARCH, "value"),
            "assembly": State(Ids.ASSEMBLY, "value"),
            "unit": State(Ids.UNIT, "value"),
        },
        running=[(Output(Ids.BUILD, "loading"), True, False)],
        prevent_initial_call=True,
    )
    async def build(*, files: Any, kind: str, starts: Any, genes: list[str], **asked: Any) -> tuple[Any, ...]:
        where = {"starts": starts["uploads"][-1]["id"]} if kind == "file" else {"genes": genes}
        signals = {file["mark"]: file["upload"]["id"] for file in files}
        chosen = {"assembly": asked["assembly"], "unit": asked["unit"]}
        try:
            matrix = await client.make_matrix(MatrixRequest.model_validate({"signals": signals, **chosen, **where}))
        except BackendError as error:
            return None, None, HIDDEN, report(error)
        return matrix.model_dump(mode="json"), wizard_panel.matrix_result(matrix), {}, None
