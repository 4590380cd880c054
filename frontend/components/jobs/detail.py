"""One job: its head, timeline, files and everything else there is to know of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import html

from backend.schemas.jobs import FINISHED, Job, JobFailure, JobFile, JobState
from backend.schemas.problem import ProblemItem
from frontend.components.jobs.buttons import action, link_button, sharing, stop_or_delete
from frontend.components.jobs.schema import FormField, asked_for, in_words
from frontend.components.jobs.state import progress_box, reason_words, state_badge
from frontend.components.jobs.words import STATE_WORDS, duration, moment
from frontend.components.notices import note, problem_items
from frontend.components.reading import definitions
from frontend.components.uploader import size_words

NOT_MINE = "Shared with you: someone else's job; you can look, take its files, and run it again as your own"
SHARED = "Shared: who may use this Regulens and has the link can look at it; only you can change it"
SHOWN_TEXT = 400
PAGES = {"sequence": "DNA page", "chromatin": "histone page"}


class Home(NamedTuple):
    """Where a checkpoint is used."""

    task: str
    href: str


def head(job: Job) -> Any:
    """Show title, state with its reason, timeline, and how far it is; why it failed stands below."""
    reason = None if job.failure else reason_words(job)
    return html.Div(
        [
            dmc.Group(
                [dmc.Title(job.title, order=1, size="h3", className="break-anywhere"), state_badge(job.state)], gap="sm"
            ),
            note(" · ".join(_about(job))),
            dmc.Text(reason, size="sm", mt=4) if reason else None,
            _timeline(job),
            html.Div(progress_box(job), style={"marginTop": 8}),
        ]
    )


def no_such_job() -> Any:
    """Stand in for a job that is not there, and lead on."""
    return html.Div(
        [
            dmc.Title("There is no such job", order=1, size="h3"),
            dmc.Text(
                "It may have been deleted, the address may not be complete, or it is someone else's and not shared.",
                size="sm",
                mt=4,
                mb="sm",
            ),
            dmc.Group([link_button("All jobs", "/jobs"), link_button("New job", "/jobs/new")], gap="xs"),
        ]
    )


def _about(job: Job) -> list[str]:
    kind = [] if job.title == job.kind_title else [job.kind_title]
    if not job.is_mine:
        return [*kind, NOT_MINE]
    return [*kind, SHARED] if job.shared else kind


def _timeline(job: Job) -> Any:
    """Draw what has happened and what is still to come, in words and times."""
    over = job.state in FINISHED
    steps = [("Submitted", moment(job.created), True), ("Started", _started(job), job.started is not None)]
    last = "Finished" if job.state is JobState.SUCCEEDED or not over else "Ended"
    steps.append((last, moment(job.finished) if job.finished else "", over))
    if job.expires:
        steps.append(("Files expired" if job.expired else "Files expire", moment(job.expires), job.expired))
    items = [
        html.Li([html.Strong(name), html.Span(when)], className="done" if done else "") for name, when, done in steps
    ]
    return html.Ol(items, className="job-timeline", **{"aria-label": "What has happened"})


def _started(job: Job) -> str:
    if job.started is None:
        return ""
    return moment(job.started) if job.attempt <= 1 else f"{moment(job.started)}, attempt {job.attempt}"


def actions(job: Job) -> Any:
    """Offer what can be done; others than the owner may look, copy and run it as their own."""
    over = job.state in FINISHED
    ending = stop_or_delete(job)
    rest = [
        action("rerun", "Re-run" if job.is_mine else "Re-run as mine", job),
        link_button("Change and re-run", f"/jobs/new?from={job.id}"),
        *sharing(job),
        None if over else action("notify", "Notify me", job),
    ]
    return dmc.Group([*rest, *ending] if over else [*ending, *rest], gap="xs")


def outcome(job: Job, *, homes: Mapping[str, Home]) -> Any:
    """Say how it ended: why it failed, that its files are gone, the networks it has made."""
    parts = [_failure(job.failure) if job.failure else None, _expired(job) if job.expired else None]
    if job.state is JobState.TIMED_OUT:
        remedy = "Ask for less with 'Change and re-run', or divide it into several jobs."
        parts.append(dmc.Alert(remedy, title=STATE_WORDS[job.state], color="orange"))
    parts += [_new_checkpoint(job, name, homes.get(name)) for name in job.checkpoints]
    return html.Div([part for part in parts if part is not None], className="column")


def result(job: Job) -> Any:
    """List the figures of the result."""
    return (
        dmc.Paper(_section("Result", definitions(_texts(job.summary))), withBorder=True, p="md")
        if job.summary
        else None
    )


def _failure(failure: JobFailure) -> Any:
    places = [ProblemItem.model_validate(item) for item in failure.errors]
    return dmc.Alert(
        [dmc.Text(failure.detail, size="sm"), problem_items([p for p in places if p.message != failure.detail])],
        title=failure.title,
        color="red",
    )


def _expired(job: Job) -> Any:
    when = moment(job.expires) if job.expires else "some time ago"
    return dmc.Alert(
        dmc.Group([dmc.Text(f"The files of this job were removed on {when}. Its parameters are kept: running it again "
                            "gives the same files.", size="sm", flex=1), action("rerun", "Re-run", job)]),
        title="The files have expired", color="yellow",
    )  # fmt: skip


def _new_checkpoint(job: Job, name: str, home: Home | None) -> Any:
    if home is None:
        return note(f"{name} was trained by this job; it is no longer in the catalog.")
    buttons = [
        link_button(f"Use it on the {PAGES[home.task]}", home.href, main=True),
        link_button("Export (zip)", f"/checkpoint-archives/{home.task}/{quote(name, safe='')}", download=True),
    ]
    if job.is_mine:
        buttons.append(
            action(f"remove-{home.task}", "Remove from the catalog", job, name=name, color="red", variant="subtle")
        )
    return dmc.Alert(dmc.Group(buttons, gap="xs"), title=f"{name} is in the catalog", color="green")


def files(job: Job) -> Any:
    """List the files with their sizes; those of a running job are pieces."""
    if job.expired or not job.files:
        return None
    rows = [_file_row(job, file) for file in job.files]
    archive = link_button("Everything as zip", f"/job-archives/{job.id}", download=True)
    title = dmc.Group([dmc.Title("Files", order=2, size="h4"), archive], justify="space-between", mb="xs")
    return dmc.Paper([title, html.Ul(rows, className="job-files")], withBorder=True, p="md")


def _file_row(job: Job, file: JobFile) -> Any:
    href = f"/job-files/{job.id}/{quote(file.name)}"
    partial = dmc.Badge("partial", size="xs", variant="light", color="gray", ml=6) if file.partial else None
    return html.Li(
        [
            html.Div([dmc.Text([file.name, partial], size="sm", fw=500, className="break-anywhere"),
                      dmc.Text(f"{file.description} · {size_words(file.n_bytes)}", size="xs", c="dimmed")]),
            dmc.Anchor("Download", href=href, refresh=True, className="button-link", underline="never",
                       **{"aria-label": f"Download {file.name}"}),
        ]
    )  # fmt: skip


def facts(job: Job, *, fields: Mapping[str, FormField]) -> Any:
    """Spell out what was asked, what it read, what it took, and with which versions."""
    names = {file.upload: file.name for file in job.inputs}
    titles = {name: field.title for name, field in fields.items()}
    asked = definitions(_texts(in_words(fields, asked_for(fields, job.parameters)), titles=titles, names=names))
    inputs = definitions({i.name: f"{size_words(i.n_bytes)}, sha256 {i.sha256}" for i in job.inputs})
    own = {
        "Estimated": duration(job.estimate_s),
        "Took": duration((job.finished - job.started).total_seconds()) if job.finished and job.started else "not over",
        "Ended at the latest after": duration(job.deadline_s),
        "Digest of all files (sha256)": job.digest or "",
        "Job": job.id,
        "Re-run of": _job_link(job.rerun_of) if job.rerun_of else "",
    } | {f"Version of {name}": version for name, version in job.versions.items()}
    parts = [_section("Parameters", asked), _section("Inputs", inputs) if job.inputs else None]
    return dmc.Paper(
        html.Div([*parts, _section("About this run", definitions({k: v for k, v in own.items() if v}))],
                 className="column"),
        withBorder=True, p="md",
    )  # fmt: skip


def _job_link(job: str) -> Any:
    return dmc.Anchor(job, href=f"/jobs/{job}", inherit=True)


def log(job: Job) -> Any:
    """Show the end of the log."""
    if not job.log:
        return None
    several = job.attempt > 1
    lines = [
        f"{event.at:%H:%M:%S}  {f'[attempt {event.attempt}] ' if several else ''}{event.message}" for event in job.log
    ]
    return dmc.Paper(
        _section("Log", html.Pre("\n".join(lines), className="job-log", tabIndex=0)), withBorder=True, p="md"
    )


def _section(title: str, content: Any) -> Any:
    return html.Div([dmc.Title(title, order=2, size="h4", mb=4), content])


def _texts(
    values: Mapping[str, Any], *, titles: Mapping[str, str] | None = None, names: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Write values for a person, under the titles of the form and with the names of files."""
    known = titles or {}
    told = {known.get(name, _heading(name)): _text(value, names or {}, name) for name, value in values.items()}
    return {name: text for name, text in told.items() if text}


def _heading(name: str) -> str:
    """Turn a name into words; what has spaces is in words already, and may hold the name of a model."""
    if " " in name:
        return f"{name[:1].upper()}{name[1:]}"
    words = re.sub(r"\b(auroc|auprc|gc)\b", lambda found: found[0].upper(), name.replace("_", " "))
    words = re.sub(r"^n (?=\w)", "number of ", words)
    return f"{words[:1].upper()}{words[1:]}"


def _text(value: Any, names: Mapping[str, str], name: str = "") -> str:
    if value is None:
        return "automatic"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        whole = str(value) if name == "seed" else f"{value:,}"
        return f"{value:.4g}" if isinstance(value, float) else whole
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_text(item, names)}" for name, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(item, names) for item in value)
    text = names.get(value, str(value))
    return text if len(text) <= SHOWN_TEXT else f"{text[:SHOWN_TEXT]} ..."
