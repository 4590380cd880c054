"""One gene: asked once per question; a change of colours only draws anew."""

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import CheckpointExplanation, GeneExplanation, GeneExplanationRequest
from frontend.client import BackendClient, BackendError
from frontend.components.chromatin import answers
from frontend.components.delimited import file_name
from frontend.components.reading import definitions
from frontend.components.trust_badges import Badge, trust_badges
from frontend.figures.chromatin_gene import gene_figure
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture
from frontend.pages.chromatin.failures import report
from frontend.pages.chromatin.look import LOOK_INPUTS, Look, drawn, look_of

INTEGRATED = "signal_integrated_gradients"
OUTPUTS = {
    "explanation": Output(Ids.EXPLANATION, "data"),
    "figure": Output(Picture.GENE, "figure"),
    "trust": Output(Ids.GENE_TRUST, "children"),
    "verdict": Output(Ids.GENE_VERDICT, "children"),
    "notes": Output(Ids.GENE_NOTES, "children"),
    "conventions": Output(Ids.GENE_CONVENTIONS, "children"),
    "tiles_gene": Output(Ids.TILES_GENE, "value"),
    "error": Output(Ids.ERROR, "children", allow_duplicate=True),
}


def register(app: Dash, client: BackendClient) -> None:
    """Explain the chosen row, as edited."""

    @app.callback(
        output=OUTPUTS,
        inputs={
            "selected": Input(Ids.TABLE, "selectedRows"),
            "checkpoint": Input(Ids.GENE_CHECKPOINT, "value"),
            "width": Input(Ids.GENE_WIDTH, "value"),
            "methods": Input(Ids.GENE_METHODS, "value"),
            "settled": Input(Ids.SETTLED, "data"),
            "look": LOOK_INPUTS,
            "run": State(Ids.RUN, "data"),
            "explanation": State(Ids.EXPLANATION, "data"),
        },
        running=[(Output(Ids.GENE_BUSY, "visible"), True, False)],
        prevent_initial_call=True,
    )
    async def explain(
        *, selected: Any, checkpoint: str | None, width: str, methods: Sequence[str], settled: Any, look: Any, run: Any,
        explanation: Any,
    ) -> dict[str, Any]:  # fmt: skip
        row = selected[0] if isinstance(selected, list) and selected else None
        if row is None or run is None or checkpoint is None or row["run"] != run["id"]:
            raise PreventUpdate
        edits = edits_of(settled, [run["id"], row["gene"]])
        key = [run["id"], row["gene"], checkpoint, width, sorted(methods), edits]
        unchanged = dict.fromkeys(OUTPUTS, no_update)
        if explanation and explanation["key"] == key:
            answer = GeneExplanation.model_validate(explanation["answer"])
            return unchanged | {"figure": figure_of(answer, checkpoint, run=run, look=look_of(look))}
        asked = request_of(row["gene"], checkpoint, run=run, width=width, methods=methods, edits=edits)
        try:
            answer = await client.explain_gene(asked)
        except BackendError as error:
            return unchanged | {"error": report(error)}
        return unchanged | shown(answer, checkpoint, run=run, look=look_of(look)) | {
            "explanation": {"key": key, "answer": answer.model_dump(mode="json"), "weights": _weights(run)},
            "tiles_gene": row["gene"],
            "error": None,
        }  # fmt: skip


def edits_of(settled: dict[str, Any] | None, key: Sequence[str]) -> list[Any]:
    """Return the edits of a gene; those of another gene are none."""
    return list(settled["edits"]) if settled and settled["key"] == list(key) else []


def request_of(
    gene: str, checkpoint: str, *, run: Any, width: str, methods: Sequence[str], edits: Sequence[Any]
) -> GeneExplanationRequest:
    """Ask for the maps to be shown; contributions are held against those of the other networks of the run."""
    others = [c["name"] for c in run["checkpoints"] if c["kind"] == "network" and c["name"] != checkpoint]
    return GeneExplanationRequest.model_validate(
        {
            "file": run["file"],
            "gene": gene,
            "checkpoints": [checkpoint],
            "knock_out_width": int(width),
            "methods": list(methods) or ["attention"],
            "edits": list(edits),
            "peers": others[:20] if INTEGRATED in methods else [],
        }
    )


def shown(answer: GeneExplanation, checkpoint: str, *, run: Any, look: Look) -> dict[str, Any]:
    """Draw an answer and put the words to it; a checkpoint that cannot answer says why."""
    explained = next((e for e in answer.explanations if e.checkpoint == checkpoint), None)
    if explained is None:
        reason = answer.refused.get(checkpoint, "It gave no answer.")
        notes = answers.warnings([reason])
        return {"figure": {}, "trust": None, "verdict": None, "notes": notes, "conventions": None}
    return {
        "figure": figure_of(answer, checkpoint, run=run, look=look),
        "trust": badges_of(explained, title=titles_of(run)[checkpoint]),
        "verdict": answers.verdict(explained.agreement, has_attention="bin_attention" not in explained.refused),
        "notes": answers.warnings(refusals(explained)),
        "conventions": definitions(_conventions(answer, explained)),
    }


def badges_of(explained: CheckpointExplanation, *, title: str) -> list[Any]:
    """Say beside the contributions whether they may be believed, or why there are none."""
    refusal = explained.refused.get(INTEGRATED, "")
    if explained.trust is None and not refusal:
        return []
    return trust_badges([Badge(title, "integrated gradients", explained.trust, "not valid" if refusal else "")])


def refusals(explained: CheckpointExplanation) -> list[str]:
    """Say why a map that was asked for is not drawn."""
    titles = {"attention_rollout": "Attention rollout", INTEGRATED: "Integrated gradients"}
    return [
        f"{title} is not shown: {explained.refused[name]}."
        for name, title in titles.items()
        if name in explained.refused
    ]


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
    """Spell out every number, what stands for a signal that is taken away, and what is not drawn."""
    entries = {name.replace("_", " "): text for name, text in answer.conventions.items()}
    if explained.knock_out:
        entries["knocked out"] = f"{explained.knock_out.width} bins together, set to {explained.knock_out.reference}"
    if explained.contributions:
        found = explained.contributions
        entries["held against"] = (
            f"{found.reference}; {found.n_steps} steps, completeness gap {found.completeness_gap:.2%}"
        )
    return entries | {f"not drawn: {name.replace('_', ' ')}": reason for name, reason in explained.refused.items()}
