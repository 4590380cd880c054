"""Explaining a row: the first one of an answer, another one, or the same one by another method."""

import asyncio
from typing import Any, NamedTuple

from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog
from backend.schemas.sequence_analyses import ExplanationRequest, Strand
from frontend.client import BackendClient, BackendError
from frontend.components.rows import row_id
from frontend.ids import Sequence as Ids
from frontend.pages.sequence import requests
from frontend.pages.sequence.cards import CardCache
from frontend.pages.sequence.failures import report
from frontend.pages.sequence.methods import TEMPORAL, method_requests, methods_of, with_temporal_outputs
from frontend.pages.sequence.pictures import LOOK_STATES, Look, checkpoint_names, look_of, picture
from frontend.pages.sequence.shown import PENDING, Data, Found, Shown, read_shown, shown_key


class Question(NamedTuple):
    """What is asked: sequences, factor, the row, and by which choice of method."""

    text: str
    factor: str
    record: int
    strand: Strand
    choice: str


class Drawn(NamedTuple):
    """An explained row and its first picture, before trust and motifs are known."""

    shown: Shown
    picture: Data


async def draw_row(
    client: BackendClient, question: Question, *, run: str, look: Look, cards: CardCache, catalog: Catalog,
    before: Shown | None = None, attributions: bool = True,
) -> Drawn:  # fmt: skip
    """Explain and draw one row; temporal outputs are taken from what was `before` by another method, if it was.

    Without attributions, which take longer than all the rest, the picture says that they are on their way.
    """
    methods = methods_of(question.choice, question.factor, catalog=catalog)
    asked = method_requests(methods) if attributions else []
    if before is None:
        asked.append(ExplanationRequest(name=TEMPORAL, checkpoints=list(methods) or None))
    request = requests.explanation_request(
        question.text, question.factor, record=question.record, strand=question.strand, explanations=asked
    )
    explained, factor_cards = await asyncio.gather(
        client.analyse_sequences(request), cards.get(checkpoint_names(catalog, question.factor))
    )
    if before:
        window = with_temporal_outputs(explained.explanations[0], of=before.window)
        explained = explained.model_copy(update={"explanations": [window]})
    shown = Shown(run, question.choice if attributions else PENDING, methods, explained)
    return Drawn(shown, picture(shown, found=Found(), look=look, cards=factor_cards, catalog=catalog))


def register(app: Dash, client: BackendClient, cards: CardCache) -> None:
    """Draw the row or the method that is chosen; assets/explanations.js shows it unless another was chosen since."""

    @app.callback(
        output={
            "answer": Output(Ids.ROW_ANSWER, "data"),
            "error": Output(Ids.ERROR, "children", allow_duplicate=True),
        },
        inputs={
            "selected": Input(Ids.TABLE, "selectedRows"),
            "catalog": Input(Ids.CATALOG, "data"),  # comes anew when the service is back: draw what then failed
            "choice": Input(Ids.METHOD, "value"),
            "explanation": State(Ids.EXPLANATION, "data"),
            "run": State(Ids.RUN, "data"),
            "text": State(Ids.RUN_TEXT, "data"),
            "look": LOOK_STATES,
        },
        running=[(Output(Ids.EXPLANATION_BUSY, "visible"), True, False)],
        prevent_initial_call=True,
    )
    async def draw(
        *, selected: Any, choice: str, explanation: Data | None, run: Data | None, text: str, catalog: Any, look: Data
    ) -> Data:
        if ctx.triggered_id == Ids.TABLE and not isinstance(selected, list):
            raise PreventUpdate  # what the page selected, before the grid says that it is done
        row = chosen_row(selected, explanation=explanation, run=run)
        if row is None or run is None or already_shown(explanation, run["id"], row, choice):
            raise PreventUpdate
        question = Question(text, run["factor"], row["record"], row["strand"], choice)
        try:
            drawn = await draw_row(
                client, question, run=run["id"], look=look_of(look), cards=cards,
                catalog=Catalog.model_validate(catalog), before=_same_row(explanation, run["id"], row),
            )  # fmt: skip
        except BackendError as error:
            return {"answer": no_update, "error": report(error)}
        answer = {"explanation": drawn.shown.data(), "picture": list(drawn.picture.values())}
        return {"answer": answer, "error": None}


def chosen_row(selected: Any, *, explanation: Data | None, run: Data | None) -> Data | None:
    """Return the chosen row, or the row shown while the grid is still busy with the page's own choice."""
    if isinstance(selected, list) and selected:
        return selected[0]
    if explanation is None or run is None or explanation["run"] != run["id"]:
        return None
    window = read_shown(explanation).window
    return {"record": window.record, "strand": window.strand}


def already_shown(explanation: Data | None, run: str, row: Data, choice: str) -> bool:
    """Return whether this row is on the screen, explained by this choice."""
    return explanation is not None and explanation["key"] == shown_key(
        run, row_id(row["record"], row["strand"]), choice
    )


def _same_row(explanation: Data | None, run: str, row: Data) -> Shown | None:
    """Return what is shown if only the method is to change."""
    if explanation is None or not already_shown(explanation, run, row, explanation["choice"]):
        return None
    return read_shown(explanation)
