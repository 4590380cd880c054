"""The form's callbacks: the kinds, the form of one, what it will cost, the submission."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.jobs import JobKindInfo, JobRequest
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.components.jobs import form_panel
from frontend.components.notices import note, problem_alert
from frontend.ids import Jobs as Ids
from frontend.ids import Shell
from frontend.pages.jobs.failures import banner, report
from frontend.pages.jobs.filled_form import FilledForm, fill, filled, which
from frontend.pages.jobs.form_errors import sort_errors

PARTS = ("kinds", "choice", "form", "spec", "title")


def register(app: Dash, client: BackendClient) -> None:
    """Bring the form to life."""
    _register_form(app, client)
    _register_files(app)
    _register_estimate(app, client)
    _register_submission(app, client)


def _register_form(app: Dash, client: BackendClient) -> None:
    @app.callback(
        output={
            "kinds": Output(Ids.KINDS, "children"),
            "choice": Output(Ids.CHOICE, "children"),
            "form": Output(Ids.FORM, "children"),
            "spec": Output(Ids.SPEC, "data"),
            "title": Output(Ids.TITLE, "value"),
        },
        inputs={
            "search": Input(Shell.URL, "search"),
            "_tick": Input(Ids.FORM_TICK, "data"),
            "spec": State(Ids.SPEC, "data"),
        },
    )
    async def show_form(*, search: str | None, spec: Any, **_: Any) -> dict[str, Any]:
        if spec and ctx.triggered_id == Ids.FORM_TICK:  # the service is back; what has been typed stays
            raise PreventUpdate
        try:
            kinds, limits = await asyncio.gather(client.job_kinds(), client.job_limits())
            form, refused = await _form_of(client, kinds, search or "")
        except BackendError as error:
            report(error)
            return dict.fromkeys(PARTS, no_update)
        report(refused)
        chosen = form.kind.name if form else None
        parts = (
            _drawn(form, limits)
            if form
            else {"choice": note(form_panel.CHOOSE), "form": None, "spec": None, "title": ""}
        )
        return {"kinds": form_panel.kind_cards(kinds, chosen=chosen), **parts}


async def _form_of(
    client: BackendClient, kinds: Sequence[JobKindInfo], search: str
) -> tuple[FilledForm | None, BackendProblem | None]:
    """Fill the form that the address asks for; a job that is not there any more leaves the kinds to choose from."""
    kind, origin = which(search)
    try:
        return await fill(client, kinds, kind=kind, origin=origin), None
    except BackendProblem as problem:
        return None, problem


def _drawn(form: FilledForm, limits: Any) -> dict[str, Any]:
    return {
        "choice": form_panel.chosen_kind(form.kind, limits, origin=form.origin),
        "form": filled(form),
        "spec": form.spec,
        "title": form.origin.title if form.origin else "",
    }


def _register_files(app: Dash) -> None:
    @app.callback(
        Output({"type": Ids.FILES.value, "name": MATCH}, "children"),
        Input({"type": Ids.ARRIVED.value, "name": MATCH}, "data"),
    )
    async def show_files(arrived: Any) -> Any:
        if not arrived:
            raise PreventUpdate
        return form_panel.file_chips([u["name"] for u in arrived["uploads"]], kept=bool(arrived.get("kept")))


def _register_estimate(app: Dash, client: BackendClient) -> None:
    @app.callback(
        output={
            "estimate": Output(Ids.ESTIMATE, "children"),
            "fields": Output({"type": Ids.FIELD_ERROR.value, "name": ALL}, "children"),
            "error": Output(Ids.FORM_ERROR, "children"),
            "estimated": Output(Ids.ESTIMATED, "data"),
        },
        inputs={"asked": Input(Ids.REQUEST, "data"), "_tick": Input(Ids.FORM_TICK, "data")},
        prevent_initial_call=True,
    )
    async def estimate(*, asked: Any, **_: Any) -> dict[str, Any]:
        names = [place["id"]["name"] for place in ctx.outputs_grouping["fields"]]
        clear = {"fields": [None] * len(names), "error": None}
        if not asked:
            return {**clear, "estimate": None, "estimated": None}
        verdict = {"request": asked, "key": str(uuid.uuid4()), "ok": False}
        if asked["missing"]:
            reason = f"Still needed: {', '.join(asked['missing'])}."
            return {**clear, "estimate": None, "estimated": verdict | {"reason": reason}}
        try:
            answer = await client.estimate_job(request_of(asked))
        except BackendProblem as error:
            beside = sort_errors(error.problem, asked, names)
            refused = {"fields": beside.fields, "error": beside.rest}
            return {**clear, **refused, "estimate": None, "estimated": verdict | {"reason": beside.reason}}
        except BackendError as error:
            reason = "The service does not answer; this page asks again."
            banner(error)
            return {**clear, "estimate": None, "estimated": verdict | {"reason": reason}}
        banner(None)
        reason = "Ready. You can close the page once it is submitted."
        accepted = verdict | {"ok": True, "reason": reason}
        return {**clear, "estimate": form_panel.estimate_line(answer), "estimated": accepted}


def request_of(asked: dict[str, Any]) -> JobRequest:
    """Make the request of what assets/jobs.js has collected."""
    return JobRequest.model_validate({name: asked[name] for name in ("kind", "parameters", "title", "rerun_of")})


def _register_submission(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Shell.URL, "href"),
        Output(Ids.FORM_ERROR, "children", allow_duplicate=True),
        Input(Ids.SUBMIT, "n_clicks"),
        State(Ids.ESTIMATED, "data"),
        running=[(Output(Ids.SUBMIT, "loading"), True, False)],
        prevent_initial_call=True,
    )
    async def submit(clicks: int | None, estimated: Any) -> tuple[Any, ...]:
        if not clicks or not estimated or not estimated["ok"]:
            raise PreventUpdate
        try:
            job = await client.submit_job(request_of(estimated["request"]), key=estimated["key"])
        except BackendError as error:
            banner(error)
            return no_update, problem_alert(error.problem) if isinstance(error, BackendProblem) else None
        return f"/jobs/{job.id}", None
