"""Whether an explanation may be believed: a badge per network, with every number behind it."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import html

from backend.schemas.trust import Trust, Verdict
from frontend.ids import Sequence as Ids
from frontend.verdicts import NO_VERDICT, VERDICTS


class Badge(NamedTuple):
    """What stands beside one explanation; without a verdict a word in its place, and why."""

    network: str
    method: str
    trust: Trust | None
    note: str
    reason: str = ""


def badge_place() -> Any:
    """Keep the room of the badges, so that nothing moves when they come."""
    return html.Ul(
        id=Ids.BADGES, className="trust-badges", **{"aria-label": "May it be believed?", "aria-live": "polite"}
    )


def trust_badges(badges: Sequence[Badge]) -> list[Any]:
    """List one badge per network."""
    return [_row(badge) for badge in badges]


def _row(badge: Badge) -> Any:
    name = html.Strong(f"{badge.network}, {badge.method}")
    if badge.trust is None:
        pill: list[Any] = [html.Span(badge.note or NO_VERDICT, className="trust-badge trust-none")]
        words: list[Any] = [name, f": {badge.reason}" if badge.reason else None]
    else:
        look = VERDICTS[badge.trust.verdict]
        pill = [
            html.Button(
                [_symbol(badge.trust.verdict), f" {look.word}"],
                className=f"trust-badge trust-{badge.trust.verdict}",
                type="button",
                title="",
                **{"aria-label": f"{badge.network}: {look.word}. {_spoken(badge.trust)}"},
            ),
            html.Div(className="trust-panel", role="group", tabIndex=0, **_panel(badge, badge.trust)),
        ]
        words = [name, f": {badge.trust.sentence}"]
    return html.Li(
        [html.Div(pill, className="trust-pill"), html.Div(words, className="trust-words")], className="trust-row"
    )


def _symbol(verdict: Verdict) -> Any:
    return html.Span(VERDICTS[verdict].symbol, **{"aria-hidden": "true"})


def _spoken(trust: Trust) -> str:
    """Say the numbers to those who do not see the panel."""
    return " ".join(f"{measure.title}: {measure.text}" for measure in trust.measures)


def _panel(badge: Badge, trust: Trust) -> dict[str, str]:
    """Hand the numbers to assets/explanations.js, which writes the table when it is looked at.

    As components of Dash, three tables of tests took the browser a second to draw.
    """
    tests = [[m.title, m.meaning, m.text, m.verdict or "", _words(m.verdict), m.thresholds] for m in trust.measures]
    title = f"{badge.network}, {badge.method}: the worst of these decides"
    told = {"title": title, "sentence": trust.sentence, "tests": tests}
    return {"data-told": json.dumps(told, ensure_ascii=False), "aria-label": "Tests"}


def _words(verdict: Verdict | None) -> str:
    return f"{VERDICTS[verdict].symbol} {VERDICTS[verdict].word}" if verdict else NO_VERDICT
