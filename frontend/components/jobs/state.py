"""The state of a job: a shape, a colour and a word, never one of them alone; and its progress."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.jobs import FINISHED, JobProgress, JobRow, JobState
from frontend.components.jobs.words import STATE_WORDS, progress_words, share

SHAPES = {
    JobState.QUEUED: "\N{WHITE CIRCLE}",
    JobState.RUNNING: "\N{BLACK RIGHT-POINTING TRIANGLE}",
    JobState.CANCELLING: "\N{WHITE SQUARE}",
    JobState.SUCCEEDED: "\N{CHECK MARK}",
    JobState.FAILED: "\N{MULTIPLICATION SIGN}",
    JobState.CANCELLED: "\N{BLACK SQUARE}",
    JobState.TIMED_OUT: "\N{WHITE UP-POINTING TRIANGLE}",
}


def state_badge(state: JobState) -> Any:
    """Name a state."""
    return html.Span(
        [html.Span(SHAPES[state], className="job-shape", **{"aria-hidden": "true"}), STATE_WORDS[state]],
        className=f"job-state job-{state.value}",
    )


def progress_bar(progress: JobProgress, *, label: str, size: str = "sm") -> Any:
    """Draw how far a job is."""
    value = round(share(progress), 1)
    return dmc.Progress(value=value, size=size, **{"aria-label": f"{label}: {value:.0f} %"})


def progress_box(row: JobRow) -> Any:
    """Show step, bar and words of a job that moves; what a queued one waits for; nothing of one that is over."""
    if row.state in FINISHED:
        return None
    if row.progress is None:
        return dmc.Text(waiting_words(row), size="sm", c="dimmed")
    return html.Div(
        [
            dmc.Group(
                [dmc.Text(step_words(row.progress), size="sm", fw=500),
                 dmc.Text(progress_words(row.progress), size="sm", c="dimmed", className="tabular")],
                justify="space-between", gap="sm", mb=4,
            ),
            progress_bar(row.progress, label=row.progress.step, size="md"),
        ]
    )  # fmt: skip


def reason_words(row: JobRow) -> str | None:
    """Say why a job is in its state, where that is more than the name of the state."""
    if not row.reason or row.reason.lower() == STATE_WORDS[row.state].lower():
        return None
    if row.state is JobState.FAILED:  # the sentences of an error, which may begin with the name of a record
        return row.reason
    return f"{row.reason[:1].upper()}{row.reason[1:]}"


def step_words(progress: JobProgress) -> str:
    """Name the step a job is at."""
    return f"{progress.step[:1].upper()}{progress.step[1:]}"


def waiting_words(row: JobRow) -> str:
    """Say what a job that has not begun waits for."""
    if row.state is JobState.QUEUED:
        return f"Waits for {row.waiting_for}." if row.waiting_for else "Waits for a worker."
    return "Starting." if row.state is JobState.RUNNING else "Stopping."
