"""Whether Regulens is still as fast as it was: ``make bench`` measures every goal and compares with ratios.json.

``python -m benchmarks.guard`` measures all, ``... G3 G4`` those whose id begins so, ``--update`` writes what was
measured to ratios.json. A figure that moved by more than 20 % is named, and so is a goal that is missed; the exit code
is 1 where a figure became worse by more than that.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.goals import Goal, Measured
from benchmarks.tables import markdown

MODULES: Final = (
    "networks",
    "explanations",
    "class_optimization",
    "chromatin",
    "serving_peers",
    "footprint",
    "page",
    "edits",
)
RATIOS: Final = Path(__file__).with_name("ratios.json")
MOVED: Final = 0.2


class Outcome(NamedTuple):
    """A goal, what was measured now, and what was written down before."""

    goal: Goal
    measured: Measured
    before: float | None

    @property
    def moved(self) -> float:
        """Return by which share the figure is better (above 0) or worse (below 0) than before."""
        if not self.before:
            return 0.0
        change = self.measured.figure / self.before
        return (change if self.goal.better == "higher" else 1 / change) - 1

    @property
    def verdict(self) -> str:
        """Say what a reader has to know."""
        reached = "met" if self.goal.is_met_by(self.measured.figure) else "MISSED"
        if abs(self.moved) <= MOVED:
            return reached
        return f"{reached}, {'better' if self.moved > 0 else 'WORSE'} than before by {abs(self.moved):.0%}"


def goals() -> tuple[Goal, ...]:
    """Return all goals, in order; two with one id are a mistake."""
    found = tuple(chain.from_iterable(import_module(f"benchmarks.{name}").GOALS for name in MODULES))
    ids = [goal.id for goal in found]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise ValueError(f"goals with one id: {', '.join(sorted(twice))}")
    return found


def known() -> dict[str, dict[str, object]]:
    """Return what was written down, by id."""
    if not RATIOS.exists():
        return {}
    return {str(entry["id"]): entry for entry in json.loads(RATIOS.read_text(encoding="utf-8"))}


def entry(goal: Goal, measured: Measured) -> dict[str, object]:
    """Return what is written down of one goal."""
    return {
        "id": goal.id,
        "text": goal.text,
        "figure": float(f"{measured.figure:.4g}"),
        "unit": goal.unit,
        "goal": f"{'>=' if goal.better == 'higher' else '<='} {goal.target:g}",
        "met": goal.is_met_by(measured.figure),
        "reference": goal.reference,
        "detail": measured.detail,
        "command": f"python -m benchmarks.guard {goal.id}",
    }


def update(outcome: Outcome) -> None:
    """Write what was measured; the other goals keep what they have."""
    entries = known() | {outcome.goal.id: entry(outcome.goal, outcome.measured)}
    RATIOS.write_text(json.dumps(list(entries.values()), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(chosen: Iterable[Goal], *, write: bool) -> list[Outcome]:
    """Measure each goal; say at once on standard error what came out, and write it down if asked to."""
    outcomes, before = [], known()
    for goal in chosen:
        started = time.perf_counter()
        figure = before.get(goal.id, {}).get("figure")
        outcome = Outcome(goal, goal.measure(), float(str(figure)) if figure is not None else None)
        outcomes.append(outcome)
        seconds = time.perf_counter() - started
        shown = f"{outcome.measured.figure:.3g} {goal.unit}, {outcome.verdict}; {outcome.measured.detail}"
        print(f"{goal.id}: {shown} ({seconds:.0f} s)", file=sys.stderr, flush=True)
        if write:
            update(outcome)
    return outcomes


def table(outcomes: Iterable[Outcome]) -> str:
    """Return what was measured."""
    rows = [
        [
            goal.id,
            goal.text,
            measured.figure,
            f"{'>=' if goal.better == 'higher' else '<='} {goal.target:g} {goal.unit}",
            "" if before is None else before,
            outcome.verdict,
            goal.reference,
            measured.detail,
        ]
        for outcome in outcomes
        for goal, measured, before in [outcome]
    ]
    return markdown("Goals", ["goal", "what", "now", "target", "before", "verdict", "reference", "detail"], rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("ids", nargs="*", help="goals whose id begins so; all when none is named")
    parser.add_argument("--update", action="store_true", help="write what was measured to ratios.json")
    options = parser.parse_args(arguments)
    chosen = [goal for goal in goals() if not options.ids or goal.id.startswith(tuple(options.ids))]
    if not chosen:
        parser.error(f"no goal begins with {' or '.join(options.ids)}: there are {', '.join(g.id for g in goals())}")
    outcomes = measure(chosen, write=options.update)
    print(table(outcomes))
    return int(any(one.moved < -MOVED for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
