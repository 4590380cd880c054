"""What a file holds, how it was read, and what is wrong with it."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.histone_files import HistoneCheck, Shift, SignalSummary
from frontend.components.notices import errors_box, note, problem_items

SHOWN_SHIFTS = 6


def check_feedback(check: HistoneCheck) -> Any:
    """Say what was detected; errors come first, each with line and column."""
    parts = [errors_box(check.errors)] if check.errors else []
    if check.n_genes:
        parts.append(dmc.Text(_counts(check), size="sm", fw=500))
    parts.append(note(check.layout_summary))
    if check.signals and not check.errors:
        parts.append(summary_table(check.summaries) if check.summaries else note(", ".join(check.signals)))
    if check.first_lines:
        parts.append(_first_lines(check))
    if check.repairs:
        parts += [note("Read with these repairs:"), problem_items(check.repairs)]
    parts.append(shift_alert(check.shifts))
    return html.Div(parts)


def _counts(check: HistoneCheck) -> str:
    genes = f"{check.n_genes:,} gene{'' if check.n_genes == 1 else 's'} x {check.n_bins} bins"
    if check.n_labelled_on is None:
        return f"{genes}, no labels ({check.n_rows:,} rows)"
    off = check.n_genes - check.n_labelled_on
    return f"{genes}, labels: {check.n_labelled_on:,} ON, {off:,} OFF ({check.n_rows:,} rows)"


def summary_table(summaries: Sequence[SignalSummary]) -> Any:
    """List the signals in the file's order with what their values look like."""
    rows = [
        [s.signal, f"{s.maximum:,.6g}", f"{s.mean:,.3g}", f"{s.zero_share:.0%}", value_kind(s.whole_numbers)]
        for s in summaries
    ]
    return dmc.Table(
        data={"head": ["Signal", "Max", "Mean", "Empty bins", "Values"], "body": rows},
        className="small-table",
        withRowBorders=False,
        verticalSpacing=2,
        horizontalSpacing=6,
    )


def value_kind(whole_numbers: bool, /) -> str:
    """Name what values look like."""
    return "counts" if whole_numbers else "real"


def _first_lines(check: HistoneCheck) -> Any:
    genes = (
        f" Genes: {', '.join(check.first_genes[:5])}{' ...' if check.n_genes > 5 else ''}" if check.first_genes else ""
    )
    return html.Details(
        [html.Summary("First lines of the file"), html.Pre("\n".join(check.first_lines)), note(genes.strip())],
        className="details",
        open=bool(check.errors),
    )


def shift_alert(shifts: Sequence[Shift]) -> Any:
    """Warn where the values differ from what checkpoints saw in training; what holds for several is said once."""
    if not shifts:
        return None
    groups: dict[tuple[str, str | None], dict[str, Shift]] = {}
    for shift in shifts:
        groups.setdefault((shift.code, shift.signal), {})[shift.message] = shift
    entries = [html.Li(_shift(list(group.values()))) for group in list(groups.values())[:SHOWN_SHIFTS]]
    if len(groups) > SHOWN_SHIFTS:
        entries.append(html.Li(f"and {len(groups) - SHOWN_SHIFTS} more"))
    return dmc.Alert(
        html.Ul(entries, className="problems"),
        title="Differs from what the networks were trained on",
        color="yellow",
        p="xs",
        mt="xs",
    )


def _shift(group: Sequence[Shift]) -> list[Any]:
    """Say what differs from one set of training data, and how many others it differs from in the same way."""
    signal, n_others = group[0].signal, len(group) - 1
    badge = dmc.Badge(signal, size="xs", variant="light", color="yellow", mr=6) if signal else None
    others = f" The same holds for {n_others} more of the trained data sets." if n_others else ""
    return [badge, f"{group[0].message}{others}"]
