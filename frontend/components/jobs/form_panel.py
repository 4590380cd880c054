"""Where a job is asked for: the kinds to choose from, the form, what it will cost, the button."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.jobs import Job, JobEstimate, JobKindInfo, JobLimits
from frontend.components.jobs.words import duration
from frontend.components.notices import note
from frontend.ids import Jobs as Ids

CHOOSE = "Choose what the job is to do; its form and its limits then stand here."
QUEUES = {"fast": "Usually under a minute", "heavy": "Seconds to hours"}


def kind_cards(kinds: Sequence[JobKindInfo], *, chosen: str | None) -> Any:
    """Offer the kinds of job; each is a link, so that it can be opened in another tab."""
    return html.Nav(
        [_kind_card(kind, chosen=kind.name == chosen) for kind in kinds], className="kind-cards",
        **{"aria-label": "Kinds of job"},
    )  # fmt: skip


def _kind_card(kind: JobKindInfo, *, chosen: bool) -> Any:
    content = [
        dmc.Text(kind.title, fw=600),
        dmc.Text(kind.summary, size="sm"),
        dmc.Text(f"{QUEUES[kind.queue]}, at most {duration(kind.time_limit_s)}.", size="xs", c="dimmed", mt=4),
    ]
    current = {"aria-current": "true"} if chosen else {}
    look = "kind-card kind-card-chosen" if chosen else "kind-card"
    return dmc.Anchor(content, href=f"/jobs/new?kind={kind.name}", className=look, underline="never", c="inherit",
                      **current)  # fmt: skip


def limits(kind: JobKindInfo, shared: JobLimits) -> Any:
    """Say before asking what one job and one user may have."""
    lines = [
        kind.limits,
        f"It may take {duration(kind.time_limit_s)}; you may have {shared.running_per_user:,} running and "
        f"{shared.waiting_per_user:,} waiting jobs. Results are kept {shared.kept_days:g} days.",
    ]
    return html.Ul([html.Li(line) for line in lines if line])


def estimate_line(estimate: JobEstimate) -> Any:
    """Say what the job will cost and what to think of before."""
    time, limit = duration(estimate.seconds), duration(estimate.time_limit_s)
    about = f"About {time}" if estimate.seconds >= 1 else time.capitalize()
    words = [html.Strong(about), f": {estimate.words.rstrip('.')}; limit {limit}."]
    warnings = html.Ul([html.Li(text) for text in estimate.warnings], className="problems")
    alert = (
        dmc.Alert(warnings, title="Before you start", color="yellow", p="xs", mt="xs") if estimate.warnings else None
    )
    return html.Div([dmc.Text(words, size="sm"), alert])


def form_panel() -> Any:
    """Lay out the form's place; what stands in it comes with the kind."""
    return dmc.Paper(
        [
            html.Div(id=Ids.CHOICE),
            html.Div(id=Ids.FORM, className="job-form"),
            html.Div(
                [
                    dmc.TextInput(
                        id=Ids.TITLE,
                        label="Name of this job",
                        description="Shown in your list; made from the kind if left empty.",
                        inputProps={"maxLength": 120},
                        debounce=300,
                    ),
                    html.Div(id=Ids.ESTIMATE, **{"aria-live": "polite"}, className="job-estimate"),
                    html.Div(id=Ids.FORM_ERROR, role="alert"),
                    dmc.Button("Submit the job", id=Ids.SUBMIT, disabled=True, size="md", mt="xs"),
                    dmc.Text("Choose a kind first.", id=Ids.REASON, size="sm", c="dimmed", mt=4, mih=22),
                ],
                className="job-submit",
            ),
        ],
        withBorder=True,
        p="md",
    )


def chosen_kind(kind: JobKindInfo, shared: JobLimits, *, origin: Job | None) -> Any:
    """Head the form: what the kind does, its limits, and which job it is filled from."""
    return html.Div(
        [
            dmc.Title(kind.title, order=2, size="h3"),
            dmc.Text(kind.summary, size="sm", mt=4),
            html.Div(limits(kind, shared), className="rules", style={"marginTop": 8}),
            _filled_from(origin) if origin else None,
        ]
    )


def _filled_from(job: Job) -> Any:
    files = "; its files are used again unless you choose others" if job.inputs else ""
    return note(f"Filled from '{job.title}'{files}.")


def file_chips(names: Sequence[str], *, kept: bool) -> Any:
    """Name the files that a field has."""
    told = " (from the earlier job)" if kept else ""
    return [dmc.Text(f"{name}{told}", size="sm", className="file-chip break-anywhere") for name in names]
