"""What the page says when something is wrong, and what to do about it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.access import Access
from backend.schemas.problem import Problem, ProblemItem
from backend.schemas.sequence_analyses import SequenceCheck

SHOWN_ITEMS = 6
SIGN_IN_AGAIN = (
    "Open Regulens in another tab, sign in there if it asks you to, then go on here; what you have typed stays."
)


def backend_down(banner: str, *, retry: str) -> Any:
    """Say that the API does not answer, and that the page will recover by itself."""
    return dmc.Alert(
        id=banner,
        title="The analysis service does not answer",
        color="orange",
        style={"display": "none"},
        children=dmc.Group(
            [
                dmc.Text(
                    "Nothing you typed is lost. The page asks again every few seconds and goes on by itself. "
                    "If this lasts, look at the terminal in which Regulens was started.",
                    size="sm",
                    flex=1,
                ),
                dmc.Button("Try again now", id=retry, variant="white", color="orange", size="xs"),
            ]
        ),
    )


def for_the_page(problem: Problem) -> Problem:
    """Say of a session that has ended what the page's reader can do; the API speaks to scripts as well."""
    if problem.status != HTTPStatus.UNAUTHORIZED:
        return problem
    return problem.model_copy(update={"title": "Your session has ended", "detail": SIGN_IN_AGAIN})


def problem_alert(problem: Problem) -> Any:
    """Show what the API refused, where, and the number under which its log has it."""
    problem = for_the_page(problem)
    return dmc.Alert(
        title=problem.title,
        color="red",
        children=[
            dmc.Text(problem.detail, size="sm"),
            problem_items([item for item in problem.errors if item.message != problem.detail]),
            dmc.Text(f"Request {problem.request_id}", size="xs", c="dimmed", mt=4),
        ],
    )


def failure_alert(message: str) -> Any:
    """Show a failure that has no problem document."""
    return dmc.Alert(message, title="This did not work", color="red")


def signed_out(access: Access) -> Any:
    """Say that the session has ended, and lead to a new one without leaving the page."""
    label, href = ("Sign in again", "/sign-in") if access == "password" else ("Open Regulens once more", "/")
    link = dmc.Anchor(label, href=href, target="_blank", inherit=True, fw=600)
    words = [link, " (opens in a new tab), then go on here; what you have typed stays."]
    return dmc.Alert(words, title="Your session has ended", color="orange", mb="md", withCloseButton=True)


def too_often(seconds: int | None) -> Any:
    """Say that others must have their turn."""
    when = "in a few seconds" if seconds is None else f"in {seconds} s"
    return dmc.Alert(
        f"This page has asked more often than one user may. Try again {when}; what you have typed stays.",
        title="Too many requests",
        color="orange",
        mb="md",
        withCloseButton=True,
    )


def page_failure() -> Any:
    """Admit a fault of the page itself."""
    return dmc.Alert(
        "The page itself made a mistake; its server has written it down. Reload the page and try again.",
        title="This did not work",
        color="red",
        mb="md",
        withCloseButton=True,
    )


def check_feedback(check: SequenceCheck, *, window_length: int, tile_step: int) -> Any:
    """Say what the text holds, what will be mended and what must be mended first."""
    if check.errors:
        return errors_box(check.errors)
    lines = [dmc.Text(_counts(check), size="sm", fw=500)]
    if check.n_padded:
        lines.append(note(f"{_records(check.n_padded)} shorter than {window_length} bp: padded on the right."))
    if check.n_tiled:
        lines.append(
            note(
                f"{_records(check.n_tiled)} longer than {window_length} bp: scanned in tiles of {window_length} bp "
                f"every {tile_step} bp, best window shown."
            )
        )
    if check.warnings:
        lines.append(note("Read with these repairs:"))
        lines.append(problem_items(check.warnings))
    return html.Div(lines)


def errors_box(errors: Sequence[ProblemItem]) -> Any:
    """Show what must be mended first, beside the field."""
    return html.Div([problem_items(errors)], className="field-errors", role="alert")


def note(text: str) -> Any:
    """Write a quiet line."""
    return dmc.Text(text, size="sm", c="dimmed")


def _records(n: int) -> str:
    return f"{n:,} record{'' if n == 1 else 's'}"


def _counts(check: SequenceCheck) -> str:
    return f"{_records(check.n_records)}, {check.n_bases:,} bases"


def place(item: ProblemItem) -> str:
    """Say where a problem is: record, line, column."""
    parts = [("record", item.record), ("line", item.line), ("column", item.column)]
    return ", ".join(f"{name} {value}" for name, value in parts if value is not None)


def problem_items(items: Sequence[ProblemItem]) -> Any:
    """List the first problems, each with its place."""
    entries = [_item(item) for item in items[:SHOWN_ITEMS]]
    if len(items) > SHOWN_ITEMS:
        entries.append(html.Li(f"and {len(items) - SHOWN_ITEMS} more of this list"))
    return html.Ul(entries, className="problems")


def _item(item: ProblemItem) -> Any:
    said = item.line is not None and f"line {item.line}" in item.message
    where = "" if said else place(item)
    return html.Li([html.Strong(f"{where[:1].upper()}{where[1:]}: ") if where else None, item.message])
