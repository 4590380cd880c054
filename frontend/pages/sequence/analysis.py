"""Asking the API: the first answer, further slices of a long file, a ranking."""

import asyncio
import uuid
from typing import Any, NamedTuple

from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog
from backend.schemas.sequence_analyses import SequenceAnalysis
from frontend.client import BackendClient, BackendError
from frontend.components.grid import table_height
from frontend.components.method_select import BEST
from frontend.components.results_table import table_columns
from frontend.components.rows import row_id, table_rows
from frontend.ids import Sequence as Ids
from frontend.pages.sequence import requests
from frontend.pages.sequence.cards import CardCache
from frontend.pages.sequence.explained_rows import Question, draw_row
from frontend.pages.sequence.failures import report
from frontend.pages.sequence.form import input_text
from frontend.pages.sequence.pictures import (
    LOOK_STATES,
    Look,
    look_of,
    picture_outputs,
    ranking_outputs,
    ranking_picture,
)

START_OUTPUTS = {
    "slice": Output(Ids.SLICE, "data"),
    "run": Output(Ids.RUN, "data"),
    "run_text": Output(Ids.RUN_TEXT, "data"),
    "explanation": Output(Ids.EXPLANATION, "data"),
    "picture": picture_outputs(),
    "columns": Output(Ids.TABLE, "columnDefs"),
    "height": Output(Ids.TABLE, "style"),
    "summary": Output(Ids.TABLE_SUMMARY, "children"),
    "ranking": Output(Ids.RANKING, "data"),
    "ranking_picture": ranking_outputs(),
    "ranking_columns": Output(Ids.RANKING_TABLE, "columnDefs"),
    "ranking_height": Output(Ids.RANKING_TABLE, "style"),
    "ranking_selection": Output(Ids.RANKING_TABLE, "selectedRows"),
    "view": Output(Ids.VIEW, "data", allow_duplicate=True),
    "error": Output(Ids.ERROR, "children", allow_duplicate=True),
}
Answer = dict[str, Any]
FIRST_SLICE = 50  # records; small, so that the first picture does not wait for a long file


def _unchanged(outputs: dict[str, Any]) -> Answer:
    return {name: _unchanged(o) if isinstance(o, dict) else no_update for name, o in outputs.items()}


class Asker(NamedTuple):
    """Who asks, and how many records at a time."""

    client: BackendClient
    cards: CardCache
    slice_records: int


def register(app: Dash, client: BackendClient, cards: CardCache, *, slice_records: int) -> None:
    """Register the callbacks that ask for analyses."""
    asker = Asker(client, cards, slice_records)
    _register_start(app, asker)
    _register_next_slice(app, asker)
    _register_open(app)


def _register_start(app: Dash, asker: Asker) -> None:
    @app.callback(
        output=START_OUTPUTS,
        inputs={
            "_clicks": Input(Ids.ANALYSE, "n_clicks"),
            "opened": Input(Ids.OPEN, "data"),
            "form": {
                "text": State(Ids.TEXT, "value"),
                "file": State(Ids.FILE, "data"),
                "factor": State(Ids.FACTOR, "value"),
                "mode": State(Ids.MODE, "value"),
                "choice": State(Ids.METHOD, "value"),
                "record": State(Ids.RECORD, "value"),
            },
            "run_text": State(Ids.RUN_TEXT, "data"),
            "view": State(Ids.VIEW, "data"),
            "catalog": State(Ids.CATALOG, "data"),
            "look": LOOK_STATES,
        },
        running=[(Output(Ids.ANALYSE, "loading"), True, False)],
        prevent_initial_call=True,
    )
    async def start(*, opened: Answer | None, form: Answer, run_text: str, view: str, **others: Any) -> Answer:
        chosen = opened if ctx.triggered_id == Ids.OPEN else None
        question = _opened_question(chosen, run_text, form) if chosen else _asked_question(form)
        answer_to = _rank if form["mode"] == "rank" and not chosen else _explain
        catalog, look = Catalog.model_validate(others["catalog"]), look_of(others["look"])
        try:
            answer = await answer_to(asker, question, look=look, catalog=catalog)
        except BackendError as error:
            back = "empty" if view == "busy" else view
            return _unchanged(START_OUTPUTS) | {"error": report(error), "view": back}
        return _unchanged(START_OUTPUTS) | {"error": None} | answer


def _opened_question(opened: Answer, text: str, form: Answer) -> Question:
    return Question(text, opened["factor"], opened["record"], opened["strand"], form["choice"])


def _asked_question(form: Answer) -> Question:
    ranks = form["mode"] == "rank"
    record = (form["record"] or 1) - 1 if ranks else 0
    return Question(input_text(form["text"], form["file"]), form["factor"], record, "forward", form["choice"])


async def _explain(asker: Asker, question: Question, *, look: Look, catalog: Catalog) -> Answer:
    """Score the first slice and draw one row at the same time.

    The best methods are fast; attributions by another one come when that row is chosen, which the page does by itself.
    """
    factor, stop, run = question.factor, min(FIRST_SLICE, asker.slice_records), uuid.uuid4().hex
    scores, drawn = await asyncio.gather(
        asker.client.analyse_sequences(requests.scores_request(question.text, factor, start=0, stop=stop)),
        draw_row(
            asker.client,
            question,
            run=run,
            look=look,
            cards=asker.cards,
            catalog=catalog,
            attributions=question.choice == BEST,
        ),
    )
    quiet = scores.n_records <= asker.slice_records
    first = {"first": True, "selected": [row_id(question.record, question.strand)]}
    return {
        "slice": _slice(scores, run, start=0, stop=stop, catalog=catalog) | first | {"quiet": quiet},
        "run": {"id": run, "factor": factor},
        "run_text": question.text,
        "explanation": drawn.shown.data(),
        "picture": drawn.picture,
        "columns": table_columns(catalog.architectures),
        "height": {"height": table_height(2 * scores.n_records)},
        "summary": _summary(scores),
        "view": "explain",
    }


async def _rank(asker: Asker, question: Question, *, look: Look, catalog: Catalog) -> Answer:
    """Score one record for every factor."""
    analysis = await asker.client.analyse_sequences(
        requests.ranking_request(question.text, record=question.record, catalog=catalog)
    )
    return {
        "run_text": question.text,
        "ranking": analysis.model_dump(mode="json"),
        "ranking_picture": ranking_picture(analysis, look=look, catalog=catalog),
        "ranking_columns": table_columns(catalog.architectures, ranking=True),
        "ranking_height": {"height": table_height(len(catalog.factors))},
        "ranking_selection": [],
        "view": "rank",
    }


def _slice(scores: SequenceAnalysis, run: str, *, start: int, stop: int, catalog: Catalog) -> Answer:
    return {
        "run": run,
        "first": False,
        "start": start,
        "stop": stop,
        "total": scores.n_records,
        "analysis": scores.model_dump(mode="json"),
        "rows": table_rows(scores, scores.factors[0], architectures=catalog.architectures),
    }


def _summary(scores: SequenceAnalysis) -> str:
    return f"{scores.n_records:,} record{'' if scores.n_records == 1 else 's'}, both strands"


def _register_next_slice(app: Dash, asker: Asker) -> None:
    @app.callback(
        Output(Ids.SLICE, "data", allow_duplicate=True),
        Output(Ids.PROGRESS, "data", allow_duplicate=True),
        Output(Ids.ERROR, "children", allow_duplicate=True),
        Input(Ids.NEXT_SLICE, "data"),
        State(Ids.RUN, "data"),
        State(Ids.RUN_TEXT, "data"),
        State(Ids.PROGRESS, "data"),
        State(Ids.CATALOG, "data"),
        prevent_initial_call=True,
    )
    async def next_slice(
        asked: Answer, run: Answer | None, text: str, progress: Answer, catalog: Any
    ) -> tuple[Any, ...]:
        if run is None or asked["run"] != run["id"]:
            raise PreventUpdate
        known, start, total = Catalog.model_validate(catalog), asked["start"], asked["total"]
        size = requests.slice_size(text, total, slice_records=asker.slice_records, limits=known.limits)
        stop = min(start + size, total)
        try:
            scores = await asker.client.analyse_sequences(
                requests.scores_request(text, run["factor"], start=start, stop=stop)
            )
        except BackendError as error:
            return no_update, progress | {"status": "failed"}, report(error)
        return _slice(scores, run["id"], start=start, stop=stop, catalog=known), no_update, no_update


def _register_open(app: Dash) -> None:
    @app.callback(
        Output(Ids.OPEN, "data"),
        Output(Ids.FACTOR, "value", allow_duplicate=True),
        Output(Ids.MODE, "value"),
        Input(Ids.RANKING_TABLE, "selectedRows"),
        prevent_initial_call=True,
    )
    async def open_factor(selected: Any) -> tuple[Any, ...]:
        if not isinstance(selected, list) or not selected:  # nothing, or the echo of what the page selected
            raise PreventUpdate
        row = selected[0]
        return {key: row[key] for key in ("factor", "record", "strand")}, row["factor"], "explain"
