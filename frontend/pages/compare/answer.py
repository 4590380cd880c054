"""From the form to the answer; a change of colours never asks the API."""

from collections.abc import Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.comparisons import FEWEST_MODELS, Comparison, ComparisonRequest
from backend.schemas.window import Attribution
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.components.compare import answer as parts
from frontend.components.compare.exports import comparison_text
from frontend.components.compare.form_panel import BEST_OF_EACH
from frontend.components.delimited import file_name
from frontend.components.reading import definitions
from frontend.figures.comparison import comparison_figure
from frontend.figures.palettes import PALETTES
from frontend.ids import Compare as Ids
from frontend.ids import Shell
from frontend.pages.compare.failures import report
from frontend.pages.compare.form import plain_sequence

OUTPUTS = {
    "comparison": Output(Ids.COMPARISON, "data"),
    "verdict": Output(Ids.VERDICT, "children"),
    "facts": Output(Ids.FACTS, "children"),
    "figure": Output(Ids.FIGURE, "figure"),
    "spans": Output(Ids.SPANS, "children"),
    "pairs": Output(Ids.PAIRS, "children"),
    "conventions": Output(Ids.CONVENTIONS, "children"),
    "view": Output(Ids.VIEW, "data"),
    "error": Output(Ids.ERROR, "children"),
    "text_error": Output(Ids.TEXT, "error"),
    "models_error": Output(Ids.MODELS, "error"),
}
FIELDS = {"sequence": "text_error", "attributions": "models_error"}


def register(app: Dash, client: BackendClient) -> None:
    """Compare, draw, and write files."""
    _register_comparison(app, client)
    _register_figure(app)
    _register_browser(app)
    _register_files(app)


def _register_comparison(app: Dash, client: BackendClient) -> None:
    @app.callback(
        output=OUTPUTS,
        inputs={
            "_clicks": Input(Ids.START, "n_clicks"),
            "nudge": Input(Ids.NUDGE, "data"),
            "text": State(Ids.TEXT, "value"),
            "models": State(Ids.MODELS, "value"),
            "method": State(Ids.METHOD, "value"),
            "shown": State(Ids.COMPARISON, "data"),
            "palette": State(Ids.PALETTE, "value"),
            "paper": State(Shell.PAPER, "data"),
        },
        running=[(Output(Ids.START, "loading"), True, False)],
        prevent_initial_call=True,
    )
    async def compare(
        *, nudge: Any, text: str | None, models: Sequence[str], method: str | None, shown: Any, palette: str,
        paper: str | None, **_: Any,
    ) -> dict[str, Any]:  # fmt: skip
        unchanged = dict.fromkeys(OUTPUTS, no_update) | {"error": None, "text_error": None, "models_error": None}
        if ctx.triggered_id == Ids.NUDGE:  # the form is being filled with the same, method and all
            text, models, method = nudge["sequence"], nudge["models"], nudge["method"]
        unchanged["view"] = "result" if shown else "empty"
        sequence = plain_sequence(text or "")
        if not sequence:
            return unchanged | {"text_error": "Paste a sequence or press an example first."}
        if len(models or []) < FEWEST_MODELS:
            return unchanged | {"models_error": f"Choose at least {FEWEST_MODELS} models."}
        try:
            answer = await client.compare_models(request_of(sequence, models, method=method))
        except BackendProblem as error:
            return unchanged | beside(error)
        except BackendError as error:
            return unchanged | {"error": report(error)}
        return unchanged | drawn(answer) | {"figure": figure_of(answer, palette=palette, paper=paper)}


def request_of(sequence: str, models: Sequence[str], *, method: str | None) -> ComparisonRequest:
    """Ask for one method for all, or for the best of each; what the schema refuses, the API is to say."""
    name = None if method == BEST_OF_EACH else method
    attributions = [Attribution(checkpoint=model, method=name) for model in models]
    return ComparisonRequest.model_construct(sequence=sequence, attributions=attributions)


def beside(error: BackendProblem) -> dict[str, Any]:
    """Put what is wrong beside its field, and what concerns none above the answer."""
    found: dict[str, Any] = {}
    for item in error.problem.errors:
        place = FIELDS.get((item.field or "").split(".")[0], "error")
        found[place] = f"{found[place]} {item.message}" if place in found else item.message
    return found if found and "error" not in found else {"error": report(error)}


def drawn(answer: Comparison) -> dict[str, Any]:
    """Put the words to an answer."""
    return {
        "comparison": answer.model_dump(mode="json"),
        "verdict": parts.verdict(answer),
        "facts": parts.facts(answer),
        "spans": parts.spans(answer),
        "pairs": parts.pairs(answer),
        "conventions": definitions({name.replace("_", " "): text for name, text in answer.conventions.items()}),
        "view": "result",
    }


def figure_of(answer: Comparison, *, palette: str, paper: str | None) -> Any:
    """Draw an answer in the colours that are chosen."""
    figure = comparison_figure(answer, palette=PALETTES[palette], dark=paper == "dark")
    return figure.update_layout(meta=file_name("comparison"))


def _register_figure(app: Dash) -> None:
    @app.callback(
        Output(Ids.FIGURE, "figure", allow_duplicate=True),
        Input(Ids.PALETTE, "value"),
        Input(Shell.PAPER, "data"),
        State(Ids.COMPARISON, "data"),
        prevent_initial_call=True,
    )
    async def redraw(palette: str, paper: str | None, comparison: Any) -> Any:
        if comparison is None:
            raise PreventUpdate
        return figure_of(Comparison.model_validate(comparison), palette=palette, paper=paper)


def _register_browser(app: Dash) -> None:
    """Show and hide, and save pictures, without a round trip (assets/regulens.js)."""
    app.clientside_callback(
        ClientsideFunction("regulens", "showChromatin"),
        *(Output(box, "style") for box in (Ids.EMPTY, Ids.BUSY, Ids.RESULT)),
        Input(Ids.VIEW, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("regulens", "savePicture"),
        Output(Ids.PNG, "data-saved"),
        Input(Ids.SVG, "n_clicks"),
        Input(Ids.PNG, "n_clicks"),
        State(Ids.FIGURE, "id"),
        prevent_initial_call=True,
    )


def _register_files(app: Dash) -> None:
    @app.callback(
        Output(Ids.DOWNLOAD, "data"),
        Input(Ids.CSV, "n_clicks"),
        Input(Ids.JSON, "n_clicks"),
        State(Ids.COMPARISON, "data"),
        prevent_initial_call=True,
    )
    async def download(_csv: int | None, _json: int | None, comparison: Any) -> Any:
        if comparison is None:
            raise PreventUpdate
        answer = Comparison.model_validate(comparison)
        if ctx.triggered_id == Ids.JSON:
            return dcc.send_string(answer.model_dump_json(indent=2), file_name("comparison.json"))
        return dcc.send_string(comparison_text(answer), file_name("comparison.csv"), type="text/csv")
