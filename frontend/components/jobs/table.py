"""The list of jobs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.jobs import FINISHED, JobRow
from frontend.components.jobs.buttons import link_button, stop_or_delete
from frontend.components.jobs.state import progress_bar, reason_words, state_badge, step_words, waiting_words
from frontend.components.jobs.words import ago, duration, moment

HEADS = ("Job", "Kind", "State", "Progress", "Submitted", "Actions")


def jobs_table(jobs: Sequence[JobRow], *, now: datetime) -> Any:
    """List jobs; each row has an id, so that focus stays with it while others come."""
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(head, scope="col") for head in HEADS])),
            html.Tbody([_row(job, now=now) for job in jobs]),
        ],
        className="jobs-table",
        **{"aria-label": "Jobs, newest first"},
    )


def _row(job: JobRow, *, now: datetime) -> Any:
    reason = reason_words(job)
    cells = [
        _title(job),
        dmc.Text(job.kind_title, size="sm"),
        [state_badge(job.state), dmc.Text(reason, size="xs", c="dimmed", mt=2) if reason else None],
        _progress(job),
        html.Span(ago(job.created, now=now), title=moment(job.created)),
        dmc.Group(stop_or_delete(job), gap=4, wrap="nowrap"),
    ]
    row = [html.Td(cell, **{"data-head": head}) for head, cell in zip(HEADS, cells, strict=True)]
    return html.Tr(row, id=f"job-row-{job.id}")


def _title(job: JobRow) -> list[Any]:
    link = dmc.Anchor(job.title, href=f"/jobs/{job.id}", size="sm", fw=500, className="break-anywhere")
    return [link, dmc.Badge("shared", size="xs", variant="light", color="gray", ml=6)] if job.shared else [link]


def _progress(job: JobRow) -> Any:
    if job.state in FINISHED:
        return dmc.Text(_outcome(job), size="sm", c="dimmed")
    if job.progress is None:
        return dmc.Text(waiting_words(job), size="sm", c="dimmed")
    left = job.progress.seconds_left
    step = step_words(job.progress)
    words = step if left is None else f"{step} · {duration(left)} left"
    return [
        dmc.Text(words, size="xs", c="dimmed", mb=4, className="tabular"),
        progress_bar(job.progress, label=job.title),
    ]


def _outcome(job: JobRow) -> str:
    if job.expired:
        return "Files have expired"
    return f"took {duration((job.finished - job.started).total_seconds())}" if job.started and job.finished else ""


def list_summary(n_shown: int, total: int) -> str:
    """Count what is listed."""
    if not total:
        return ""
    return f"{n_shown:,} of {total:,}" if n_shown < total else f"{total:,} job{'' if total == 1 else 's'}"


def empty_list() -> Any:
    """Invite a newcomer to see a job work."""
    return html.Div(
        [
            dmc.Title("No jobs yet", order=2, size="h3"),
            dmc.Text(
                "Jobs are for what takes longer than a glance: they go on when you close this page, survive restarts "
                "of the service, and have an address that you can send to a colleague.",
                mt=6, mb="md", maw=680,
            ),
            dmc.Group(
                [
                    dmc.Button("Watch an example", **{"data-action": "example", "data-job": "", "data-name": ""}),
                    link_button("Choose a kind", "/jobs/new"),
                ],
            ),
            dmc.Text(
                "The example optimises a DNA sequence until a small network is certain that it is bound. It takes "
                "seconds, and you can watch the motif form.",
                size="sm", c="dimmed", mt="xs",
            ),
        ],
        className="jobs-empty",
    )  # fmt: skip


def no_match() -> Any:
    """Say that the filter leaves nothing."""
    return dmc.Text("No job matches. Clear the search or choose another state.", c="dimmed", p="md")
