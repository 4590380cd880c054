"""How good the checkpoints are on the labels of the file, and how their answers are spread."""

from typing import Any

from dash import Dash, Input, Output
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import ChromatinCheckpointReference, Evaluation, GenePrediction
from frontend.components.chromatin import answers
from frontend.components.delimited import file_name
from frontend.figures import chromatin_evaluation as figures
from frontend.figures.chromatin_distribution import distribution_figure
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture
from frontend.pages.chromatin.analysis import STEPS
from frontend.pages.chromatin.look import LOOK_INPUTS, Look, drawn, look_of

NO_LABELS = (
    "The file has no labels, so it cannot be said how good the answers are on it. Add a last column with 1 for ON and "
    "0 for OFF and analyse again; the model cards below say how good the checkpoints were on their own genes."
)
ONE_CLASS = (
    "All labels are the same, so AUROC and AUPRC are not defined. A file with ON and OFF genes is needed to measure."
)


def register(app: Dash) -> None:
    """Draw the evaluation when the panel is open."""

    @app.callback(
        output={
            "box": Output(Ids.EVALUATION_BOX, "style"),
            "notes": Output(Ids.EVALUATION_NOTES, "children"),
            "scores": Output(Picture.ACCURACY, "figure"),
            "reliability": Output(Picture.RELIABILITY, "figure"),
            "confusion": Output(Picture.CONFUSION, "figure"),
            "distribution": Output(Ids.DISTRIBUTION, "figure"),
        },
        inputs={
            "tab": Input(Ids.TABS, "value"),
            "run": Input(Ids.RUN, "data"),
            "checkpoint": Input(Ids.EVALUATION_CHECKPOINT, "value"),
            "look": LOOK_INPUTS,
        },
        prevent_initial_call=True,
    )
    async def evaluate(*, tab: str, run: Any, checkpoint: str | None, look: Any) -> dict[str, Any]:
        if tab != "labels" or run is None:
            raise PreventUpdate
        shown = look_of(look)
        evaluated = evaluation_pictures(run, checkpoint, look=shown)
        return evaluated | {"distribution": _distribution(run, look=shown)}


def evaluation_pictures(run: Any, checkpoint: str | None, *, look: Look) -> dict[str, Any]:
    """Draw scores, reliability and confusion, or say why that cannot be done."""
    evaluations = {e["checkpoint"]: Evaluation.model_validate(e) for e in run["evaluations"]}
    if not evaluations:
        reason = ONE_CLASS if run["labelled"] else NO_LABELS
        hidden = {"box": {"display": "none"}, "notes": answers.warnings([reason])}
        return hidden | {"scores": {}, "reliability": {}, "confusion": {}}
    references = [ChromatinCheckpointReference.model_validate(c) for c in run["checkpoints"]]
    one = evaluations.get(checkpoint or "") or next(iter(evaluations.values()))
    colors: dict[str, Any] = {"palette": look.palette, "dark": look.dark}
    scores = figures.scores_figure(
        figures.scores_of(list(evaluations.values()), references), prevalence=one.prevalence, **colors
    )
    return {
        "box": {"display": "block"},
        "notes": None,
        "scores": drawn(scores, file_name("scores", run["name"])),
        "reliability": drawn(
            figures.gene_reliability_figure(one.reliability, **colors), file_name("reliability", one.checkpoint)
        ),
        "confusion": drawn(figures.confusion_figure(one.confusion, **colors), file_name("confusion", one.checkpoint)),
    }


def _distribution(run: Any, *, look: Look) -> Any:
    """Draw the spread of P(ON) from counts per step: each gene stands at the middle of its step."""
    predictions = [
        GenePrediction(
            checkpoint=name, probability=[(int(s) + 0.5) / STEPS for s, n in steps.items() for _ in range(n)]
        )
        for name, steps in run["steps"].items()
    ]
    references = [ChromatinCheckpointReference.model_validate(c) for c in run["checkpoints"]]
    figure = distribution_figure(predictions, references, palette=look.palette, dark=look.dark)
    return drawn(figure, file_name("p_on", run["name"]))
