"""What a click on a job's buttons does: cancel, delete, share, run again, remove a checkpoint, start the example."""

import uuid
from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from backend.schemas.jobs import Job, JobRequest
from frontend.client import BackendClient, BackendError
from frontend.ids import Jobs as Ids
from frontend.ids import Shell
from frontend.pages.jobs.failures import report

EXAMPLE_KIND = "class_optimization"


def register(app: Dash, client: BackendClient) -> None:
    """Do what was asked for; the page then asks at once how things are."""

    @app.callback(
        Output(Ids.NUDGE, "data"),
        Output(Shell.URL, "href", allow_duplicate=True),
        Input(Ids.ASKED, "data"),
        State(Shell.URL, "pathname"),
        prevent_initial_call=True,
    )
    async def act(asked: Any, path: str) -> tuple[Any, ...]:
        if not asked:
            raise PreventUpdate
        try:
            target = await perform(client, asked)
        except BackendError as error:
            report(error)
            return asked["key"], no_update
        report(None)
        if asked["action"].startswith("remove-"):
            set_props(Ids.DETAIL_SEEN, {"data": None})  # the job is as it was, its page is not
        if target and target != path:  # the page that is left does not ask again: its job may be gone
            return no_update, target
        return asked["key"], no_update


async def perform(client: BackendClient, asked: dict[str, str]) -> str | None:
    """Do one thing; return where the page goes afterwards, if anywhere."""
    verb, job, key = asked["action"], asked["job"], str(uuid.UUID(asked["key"]))
    if verb == "cancel":
        await client.cancel_job(job)
    elif verb in ("share", "unshare"):
        await client.share_job(job, shared=verb == "share")
    elif verb == "delete":
        await client.delete_job(job)
        return "/jobs"
    elif verb == "rerun":
        return _address(await client.submit_job(same_again(await client.job(job)), key=key))
    elif verb == "example":
        return _address(await client.submit_job(await example_request(client), key=key))
    elif verb.startswith("remove-"):
        await client.delete_checkpoint(asked["name"], task=verb.removeprefix("remove-"))
    return None


def same_again(job: Job) -> JobRequest:
    """Ask for a job's result once more; its uploaded files are found by `rerun_of`."""
    return JobRequest(kind=job.kind, parameters=job.parameters, title=job.title, rerun_of=job.id)


async def example_request(client: BackendClient) -> JobRequest:
    """Choose the tiny job that shows a newcomer how jobs work."""
    catalog = await client.catalog()
    networks = {a.name for a in catalog.architectures if a.kind == "network"}
    cards = await client.checkpoints()
    best = max((c for c in cards if c.architecture in networks), key=lambda c: (c.metrics.auroc.value, c.name))
    return JobRequest(
        kind=EXAMPLE_KIND, parameters={"checkpoint": best.name}, title=f"Example: what {best.title} looks for"
    )


def _address(job: Job) -> str:
    return f"/jobs/{job.id}"
