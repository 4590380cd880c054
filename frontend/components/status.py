"""What works and what does not, part by part: a symbol, a word, a sentence."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.health import Part, Ready
from backend.schemas.jobs import JobLimits
from frontend.components.notices import note
from frontend.components.reading import definitions

PART_WORDS = {
    "networks": "Networks", "checkpoints": "Models", "motifs": "Motif names", "ledger": "Job records", "queue": "Queue",
    "dispatcher": "Dispatcher of jobs", "worker-fast": "Worker for short jobs", "worker-heavy": "Worker for long jobs",
    "disk": "Disk",
}  # fmt: skip
SYMBOLS = {
    "ok": "\N{CHECK MARK}", "degraded": "\N{WHITE UP-POINTING TRIANGLE}", "down": "\N{MULTIPLICATION SIGN}"
}  # fmt: skip
STATE_WORDS = {"ok": "works", "degraded": "limited", "down": "does not work"}
VERDICTS = {
    "ready": ("Everything works", "green"),
    "degraded": ("Predictions are answered; something else is missing", "yellow"),
    "down": ("Predictions are not answered now", "red"),
}


def verdict(ready: Ready) -> Any:
    """Say in one line how it stands."""
    title, color = VERDICTS[ready.status]
    return dmc.Alert(
        f"{ready.checkpoints:,} models on {ready.device}, {ready.workers} worker{'' if ready.workers == 1 else 's'}.",
        title=title, color=color,
    )  # fmt: skip


def parts_table(ready: Ready) -> Any:
    """List the parts."""
    heads = ("Part", "State", "What it does now")
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
                html.Tbody([_row(part) for part in ready.parts]),
            ],
            className="jobs-table status-table",
            **{"aria-label": "Parts of the service"},
        ),
        className="scroll-x",
    )


def _row(part: Part) -> Any:
    state = html.Span(
        [html.Span(SYMBOLS[part.state], className="job-shape", **{"aria-hidden": "true"}), STATE_WORDS[part.state]],
        className=f"job-state status-{part.state}",
    )
    cells = [PART_WORDS.get(part.name, part.name), state, part.detail]
    return html.Tr([html.Td(cell) for cell in cells], id=f"status-part-{part.name}")


def unavailable(reasons: Mapping[str, str]) -> Any:
    """List the models that cannot be used, with the reason; nothing if there are none."""
    if not reasons:
        return None
    items = [
        html.Li([html.Strong(name), f": {reason}"], className="break-anywhere") for name, reason in reasons.items()
    ]
    return html.Div(
        [dmc.Title("Models that cannot be used", order=2, size="h4", mt="md"), html.Ul(items, className="problems")]
    )


def limits(limits: JobLimits) -> Any:
    """Say what one user may have at a time."""
    facts = {
        "Your jobs that may wait": f"{limits.waiting_per_user:,}",
        "Your jobs that may run at a time": f"{limits.running_per_user:,}",
        "Jobs of everybody that may wait": f"{limits.waiting_in_all:,}",
        "Files of a finished job are kept": f"{limits.kept_days:g} days",
    }
    rate = "Who asks faster than others can be served is told to wait a few seconds; nothing is lost."
    return dmc.Stack([definitions(facts), note(rate)], gap="sm")


def versions(ready: Ready) -> Any:
    """List the versions of what is running."""
    return definitions(ready.versions)
