"""One gene: asked once per gene, checkpoint and width; a change of colours only draws anew."""

from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import CheckpointExplanation, GeneExplanation, GeneExplanationRequest
from frontend.client import BackendClient, BackendError
from frontend.components.chromatin import answers
from frontend.components.delimited import file_name
from frontend.components.reading import definitions
from frontend.figures.chromatin_gene import gene_figure
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture
from frontend.pages.chromatin.failures import report
from frontend.pages.chromatin.look import LOOK_INPUTS, Look, drawn, look_of

OUTPUTS = {
    "explanation": Output(Ids.EXPLANATION, "data"),
    "figure": Output(Picture.GENE, "figure"),
    "verdict": Output(Ids.GENE_VERDICT, "children"),
    "notes": Output(Ids.GENE_NOTES, "children"),
    "conventions": Output(Ids.GENE_CONVENTIONS, "children"),
    "tiles_gene": Output(Ids.TILES_GENE, "value"),
    "error": Output(Ids.ERROR, "children", allow_duplicate=True),
}


def register(app: Dash, client: BackendClient) -> None:
    """Explain the chosen row."""

    @app.callback(
        output=OUTPUTS,
        inputs={
            "selected": Input(Ids.TABLE, "selectedRows"),
            "checkpoint": Input(Ids.GENE_CHECKPOINT, "value"),
            "width": Input(Ids.GENE_WIDTH, "value"),
            "look": LOOK_INPUTS,
            "run": State(Ids.RUN, "data"),
            "explanation": State(Ids.EXPLANATION, "data"),
        },
        running=[(Output(Ids.GENE_BUSY, "visible"), True, False)],
        prevent_initial_call=True,
    )
    async def explain(
        *, selected: Any, checkpoint: str | None, width: str, look: Any, run: Any, explanation: Any
    ) -> dict[str, Any]:
        row = selected[0] if isinstance(selected, list) and selected else None
        if row is None or run is None or checkpoint is None or row["run"] != run["id"]:
            raise PreventUpdate
        key = [run["id"], row["gene"], checkpoint, width]
        unchanged = dict.fromkeys(OUTPUTS, no_update)
        if explanation and explanation["key"] == key:
            answer = GeneExplanation.model_validate(explanation["answer"])
            return unchanged | {"figure": figure_of(answer, checkpoint, run=run, look=look_of(look))}
        request = GeneExplanationRequest(
            file=run["file"], gene=row["gene"], checkpoints=[checkpoint], knock_out_width=int(width)
        )
        try:
            answer = await client.explain_gene(request)
        except BackendError as error:
            return unchanged | {"error": report(error)}
        return unchanged | shown(answer, checkpoint, run=run, look=look_of(look)) | {
            "explanation": {"key": key, "answer": answer.model_dump(mode="json"), "weights": _weights(run)},
            "tiles_gene": row["gene"],
            "error": None,
        }  # fmt: skip


def shown(answer: GeneExplanation, checkpoint: str, *, run: Any, look: Look) -> dict[str, Any]:
    """Draw an answer and put the words to it; a checkpoint that cannot answer says why."""
    explained = next((e for e in answer.explanations if e.checkpoint == checkpoint), None)
    if explained is None:
        reason = answer.refused.get(checkpoint, "It gave no answer.")
        return {"figure": {}, "verdict": None, "notes": answers.warnings([reason]), "conventions": None}
    return {
        "figure": figure_of(answer, checkpoint, run=run, look=look),
        "verdict": answers.verdict(explained.agreement),
        "notes": None,
        "conventions": definitions(_conventions(answer, explained)),
    }


def figure_of(answer: GeneExplanation, checkpoint: str, *, run: Any, look: Look) -> Any:
    """Draw one gene for one checkpoint."""
    if all(e.checkpoint != checkpoint for e in answer.explanations):
        return {}
    figure = gene_figure(answer, checkpoint, title=titles_of(run)[checkpoint], palette=look.palette, dark=look.dark)
    return drawn(figure, file_name(answer.symbol or answer.gene, checkpoint))


def titles_of(run: Any) -> dict[str, str]:
    """Map the checkpoints of a run to the names that a person reads."""
    return {c["name"]: c["title"] for c in run["checkpoints"]}


def _weights(run: Any) -> dict[str, str]:
    return {c["name"]: c["sha256"] for c in run["checkpoints"]}


def _conventions(answer: GeneExplanation, explained: CheckpointExplanation) -> dict[str, str]:
    return {
        **{name.replace("_", " "): text for name, text in answer.conventions.items()},
        "knocked out": f"{explained.knock_out.width} bins together, set to {explained.knock_out.reference}",
        **{f"not drawn: {name.replace('_', ' ')}": reason for name, reason in explained.refused.items()},
    }
