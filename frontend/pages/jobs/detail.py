"""The page of one job: ask by ETag, send what has changed."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from dash import Dash, Input, Output, State, no_update

from backend.schemas.job_live import DesignLive, JobLive, OptimisationLive
from backend.schemas.jobs import FINISHED, Job
from frontend.askers import PerAsker
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.components.jobs import detail
from frontend.components.jobs.detail import Home
from frontend.components.jobs.schema import FormField, form_fields
from frontend.components.jobs.words import STATE_WORDS
from frontend.ids import Jobs as Ids
from frontend.ids import Shell
from frontend.pages.jobs.changes import only_changed
from frontend.pages.jobs.failures import banner, report
from frontend.pages.jobs.live import LiveCache
from frontend.transport import Fresh

PLACES = {
    "said": Ids.SAID,
    "head": Ids.HEAD,
    "actions": Ids.ACTIONS,
    "outcome": Ids.OUTCOME,
    "result": Ids.RESULT,
    "files": Ids.FILE_LIST,
    "facts": Ids.FACTS,
    "log": Ids.LOG,
}
KEPT = 64


class KindCache:
    """Remember for each asker the parameters of each kind; a kind that is not known asks again."""

    def __init__(self, client: BackendClient) -> None:
        self._client = client
        self._known: PerAsker[dict[str, dict[str, FormField]]] = PerAsker(kept=KEPT)

    async def fields(self, kind: str) -> dict[str, FormField]:
        """Return the fields by name."""
        known = self._known.get()
        if known is None or kind not in known:
            kinds = await self._client.job_kinds()
            known = self._known.put({k.name: {f.name: f for f in form_fields(k.parameters)} for k in kinds})
        return known.get(kind, {})


def register(app: Dash, client: BackendClient, lives: LiveCache) -> None:
    """Keep the page up to date."""
    kinds = KindCache(client)

    @app.callback(
        output={
            "parts": {name: Output(place, "children") for name, place in PLACES.items()},
            "live": Output(Ids.LIVE, "data"),
            "seen": Output(Ids.DETAIL_SEEN, "data"),
        },
        inputs={
            "tick": Input(Ids.DETAIL_TICK, "data"),
            "path": State(Shell.URL, "pathname"),
            "seen": State(Ids.DETAIL_SEEN, "data"),
        },
    )
    async def refresh(*, tick: int | None, path: str, seen: Any) -> dict[str, Any]:
        name = path.rpartition("/")[2]
        known: dict[str, Any] = seen if seen and seen["job"] == name else {"job": name, "parts": {}, "moving": True}
        known |= {"tick": tick}
        try:
            fresh = await client.job_if_changed(name, known.get("etag"))
            job = fresh.document if fresh else None
            live = await lives.refresh(name) if (job.has_live if job else known["has_live"]) else None
            parts, known = await _parts(client, fresh, known, kinds=kinds) if fresh else (_unchanged(), known)
        except BackendError as error:
            known |= {"moving": not isinstance(error, BackendProblem)}  # what is refused is not asked for every second
            return {**_refused(error), "seen": known}
        banner(None)
        picture = _picture(name, live) if live else None
        changed = picture is not None and picture != known.get("live")
        if changed:
            known |= {"live": picture}
        return {"parts": parts, "live": picture if changed else no_update, "seen": known}


def _refused(error: BackendError) -> dict[str, Any]:
    """Say what went wrong; of a job that is not there nothing is left but the ways on."""
    if isinstance(error, BackendProblem) and error.problem.status == HTTPStatus.NOT_FOUND:
        report(None)
        return {"parts": dict.fromkeys(PLACES) | {"head": detail.no_such_job()}, "live": None}
    report(error)
    return {"parts": _unchanged(), "live": no_update}


def _unchanged() -> dict[str, Any]:
    return dict.fromkeys(PLACES, no_update)


async def _parts(
    client: BackendClient, fresh: Fresh[Job], known: dict[str, Any], *, kinds: KindCache
) -> tuple[dict[str, Any], dict[str, Any]]:
    job = fresh.document
    homes = {name: home for name in job.checkpoints if (home := await home_of(client, name))}
    drawn = {
        "said": said(job),
        "head": detail.head(job),
        "actions": detail.actions(job),
        "outcome": detail.outcome(job, homes=homes),
        "result": detail.result(job),
        "files": detail.files(job),
        "facts": detail.facts(job, fields=await kinds.fields(job.kind)),
        "log": detail.log(job),
    }
    parts, digests = only_changed(drawn, known["parts"])
    seen = {"etag": fresh.etag, "has_live": job.has_live, "moving": job.state not in FINISHED, "parts": digests,
            "title": job.title, "state": job.state}  # fmt: skip
    return parts, known | seen


def said(job: Job) -> str:
    """Tell a screen reader the state, and nothing that changes every second."""
    return f"{job.title}: {STATE_WORDS[job.state]}. {job.reason or ''}".strip()


async def home_of(client: BackendClient, checkpoint: str) -> Home | None:
    """Find out which page a trained checkpoint is for; None if it has been removed."""
    with suppress(BackendProblem):
        card = await client.checkpoint(checkpoint)
        return Home("sequence", f"/?factor={quote(card.factor)}")
    with suppress(BackendProblem):
        await client.chromatin_checkpoint(checkpoint)
        return Home("chromatin", f"/chromatin?checkpoint={quote(checkpoint, safe='')}")
    return None


def _picture(job: str, live: JobLive) -> dict[str, Any]:
    """Say what there is to draw; the numbers themselves stay on the page's server."""
    frames = live.live.frames if isinstance(live.live, OptimisationLive | DesignLive) else []
    steps = [frame.step for frame in frames]
    return {"job": job, "revision": live.revision, "steps": steps, "of": getattr(live.live, "n_steps", 0)}
