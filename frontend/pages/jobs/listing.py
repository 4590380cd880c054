"""The list's callback: ask, compare with what is shown, send what has changed."""

import math
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update

from backend.schemas.jobs import FINISHED, JobList
from frontend.client import BackendClient, BackendError
from frontend.components.jobs import table
from frontend.ids import Jobs as Ids
from frontend.pages.jobs.changes import only_changed
from frontend.pages.jobs.failures import HIDDEN, SHOWN, banner, report
from frontend.pages.jobs.filters import STATE_FILTERS, filter_options

PAGE_JOBS = 50
_KEPT = dict.fromkeys(("list", "summary", "filters", "pages", "pages_style"), no_update)


def register(app: Dash, client: BackendClient) -> None:
    """Keep the list up to date."""

    @app.callback(
        output={
            "list": Output(Ids.LIST, "children"),
            "summary": Output(Ids.LIST_SUMMARY, "children"),
            "filters": Output(Ids.LIST_STATE, "data"),
            "pages": Output(Ids.LIST_PAGE, "total"),
            "pages_style": Output(Ids.LIST_PAGE_BOX, "style"),
            "seen": Output(Ids.SEEN, "data"),
        },
        inputs={
            "tick": Input(Ids.TICK, "data"),
            "group": Input(Ids.LIST_STATE, "value"),
            "search": Input(Ids.LIST_SEARCH, "value"),
            "page": Input(Ids.LIST_PAGE, "value"),
            "seen": State(Ids.SEEN, "data"),
        },
    )
    async def refresh(*, tick: int | None, group: str, search: str | None, page: int, seen: Any) -> Any:
        first = ctx.triggered_id in (Ids.LIST_STATE, Ids.LIST_SEARCH) or not page
        offset = 0 if first else (page - 1) * PAGE_JOBS
        try:
            found = await client.jobs(
                states=STATE_FILTERS[group], search=(search or "").strip(), offset=offset, limit=PAGE_JOBS
            )
        except BackendError as error:
            report(error)
            return {**_KEPT, "seen": {"tick": tick, "moving": True, "parts": {}}}
        banner(None)
        filtered = group != "all" or bool(search)
        parts, digests = only_changed(
            shown(found, filtered=filtered, now=datetime.now(UTC)), (seen or {}).get("parts", {})
        )
        moving = any(job.state not in FINISHED for job in found.jobs)
        return {**parts, "seen": {"tick": tick, "moving": moving, "parts": digests}}


def shown(found: JobList, *, filtered: bool, now: datetime) -> dict[str, Any]:
    """Draw a page of the list; times are in minutes, so that an unchanged list is drawn once a minute."""
    rows = table.jobs_table(found.jobs, now=now.replace(second=0, microsecond=0)) if found.jobs else None
    pages = max(1, math.ceil(found.total / PAGE_JOBS))
    return {
        "list": rows or (table.no_match() if filtered else table.empty_list()),
        "summary": table.list_summary(len(found.jobs), found.total),
        "filters": filter_options(found.counts),
        "pages": pages,
        "pages_style": SHOWN if pages > 1 else HIDDEN,
    }
