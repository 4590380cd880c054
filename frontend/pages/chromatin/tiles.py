"""One gene across checkpoints and files: the tiles of mark attention."""

import asyncio
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import GeneExplanation, GeneExplanationRequest
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.components.chromatin import answers
from frontend.components.delimited import file_name, provenance
from frontend.figures.chromatin_beta import BetaColumn, beta_figure
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture
from frontend.pages.chromatin.catalogs import CatalogCache
from frontend.pages.chromatin.failures import report
from frontend.pages.chromatin.look import LOOK_INPUTS, Look, drawn, look_of

OUTPUTS = {
    "tiles": Output(Ids.TILES, "data"),
    "figure": Output(Picture.TILES, "figure"),
    "notes": Output(Ids.TILES_NOTES, "children"),
}


def register(app: Dash, client: BackendClient, catalogs: CatalogCache) -> None:
    """Compare mark attention when the panel is open and its question changes."""
    _register_files(app)

    @app.callback(
        output=OUTPUTS,
        inputs={
            "tab": Input(Ids.TABS, "value"),
            "gene": Input(Ids.TILES_GENE, "value"),
            "checkpoints": Input(Ids.TILES_CHECKPOINTS, "value"),
            "chosen": Input(Ids.TILES_FILES, "value"),
            "look": LOOK_INPUTS,
            "files": State(Ids.SESSION_FILES, "data"),
            "tiles": State(Ids.TILES, "data"),
        },
        running=[(Output(Ids.TILES_BUSY, "visible"), True, False)],
        prevent_initial_call=True,
    )
    async def compare(
        *, tab: str, gene: str | None, checkpoints: list[str], chosen: list[str], look: Any, files: Any, tiles: Any
    ) -> dict[str, Any]:
        if tab != "tiles":
            raise PreventUpdate
        if not (gene and checkpoints and chosen):
            missing = "Name a gene, and choose a checkpoint with mark attention (LSTM-α,β, CNN-α,β) and a file."
            return {"tiles": None, "figure": {}, "notes": answers.warnings([missing])}
        key = [gene, checkpoints, chosen]
        if tiles and tiles["key"] == key:
            return dict.fromkeys(OUTPUTS, no_update) | {"figure": figure_of(tiles, look=look_of(look))}
        asked = {key: files[key] for key in chosen if key in files}
        try:
            catalog = await catalogs.get()
            shown = await ask(client, gene, checkpoints[: catalog.limits.explained_checkpoints], files=asked)
        except BackendError as error:
            return {"tiles": None, "figure": {}, "notes": report(error)}
        titles = {card.name: card.title for card in catalog.checkpoints}
        kept = {"key": key, **tiles_of(shown, titles=titles, gene=gene)}
        figure = figure_of(kept, look=look_of(look)) if kept["columns"] else {}
        return {"tiles": kept, "figure": figure, "notes": answers.warnings(kept["notes"])}


async def ask(
    client: BackendClient, gene: str, checkpoints: list[str], *, files: dict[str, Any]
) -> list[tuple[str, GeneExplanation | str]]:
    """Explain the gene in every file; a file that has no such gene gives the reason instead."""

    async def one(file: Any) -> tuple[str, GeneExplanation | str]:
        request = GeneExplanationRequest(file=file["file"], gene=gene, checkpoints=checkpoints, methods=["attention"])
        try:
            return file["name"], await client.explain_gene(request)
        except BackendProblem as error:
            return file["name"], error.problem.detail

    return list(await asyncio.gather(*(one(file) for file in files.values())))


def tiles_of(shown: list[tuple[str, GeneExplanation | str]], *, titles: dict[str, str], gene: str) -> dict[str, Any]:
    """Make one column per file and checkpoint, and one note per answer that is missing."""
    columns: list[dict[str, Any]] = []
    notes, comments, marks = list[str](), list[str](), list[str]()
    for name, answer in shown:
        if isinstance(answer, str):
            notes.append(f"{name}: {answer}")
            continue
        marks, comments = answer.marks, [*comments, f"file {name}", *provenance(answer, weights={})]
        notes += [f"{name}, {titles.get(c, c)}: {reason}" for c, reason in answer.refused.items()]
        columns += [
            {
                "title": titles.get(e.checkpoint, e.checkpoint) + (f", {name}" if len(shown) > 1 else ""),
                "on": bool(answer.label) if answer.label is not None else e.probability >= 0.5,
                "said_by": "label" if answer.label is not None else f"P {e.probability:.2f}",
                "beta": e.mark_attention,
                "probability": e.probability,
                "checkpoint": e.checkpoint,
                "file": name,
            }
            for e in answer.explanations
            if e.mark_attention is not None
        ]
    return {"gene": gene, "columns": columns, "notes": notes, "comments": comments, "marks": marks}


def figure_of(tiles: dict[str, Any], *, look: Look) -> Any:
    """Draw the tiles."""
    columns = [BetaColumn(c["title"], c["on"], c["said_by"], c["beta"]) for c in tiles["columns"]]
    figure = beta_figure(tiles["gene"], columns, marks=tiles["marks"], palette=look.palette, dark=look.dark)
    return drawn(figure, file_name("beta", tiles["gene"]))


def _register_files(app: Dash) -> None:
    @app.callback(
        Output(Ids.TILES_FILES, "data"),
        Output(Ids.TILES_FILES, "value"),
        Input(Ids.SESSION_FILES, "data"),
        State(Ids.TILES_FILES, "value"),
        prevent_initial_call=True,
    )
    async def offer(files: Any, chosen: list[str]) -> tuple[Any, Any]:
        known = files or {}
        data = [{"value": key, "label": file["name"]} for key, file in known.items()]
        newest = list(known)[-1:]
        return data, list(dict.fromkeys([*(c for c in chosen if c in known), *newest]))
