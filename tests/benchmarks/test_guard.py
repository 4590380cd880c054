import json
from pathlib import Path
from typing import Literal

import pytest

from benchmarks import guard
from benchmarks.goals import Goal, Measured


def goal(
    figure: float, *, target: float = 2.0, better: Literal["higher", "lower"] = "higher", name: str = "G0"
) -> Goal:
    return Goal(name, "a thing", target, "another", lambda: Measured(figure, "detail"), better=better)


@pytest.mark.parametrize(
    ("now", "before", "better", "verdict"),
    [
        (2.5, None, "higher", "met"),
        (1.9, 2.0, "higher", "MISSED"),
        (2.5, 3.0, "higher", "met"),
        (2.1, 3.0, "higher", "met, WORSE than before by 30%"),
        (3.0, 2.0, "higher", "met, better than before by 50%"),
        (1.5, 1.0, "lower", "met, WORSE than before by 33%"),
        (2.1, 4.2, "lower", "MISSED, better than before by 100%"),
    ],
)
def test_what_moved_and_what_is_missed_is_named(
    now: float, before: float | None, better: Literal["higher", "lower"], verdict: str
) -> None:
    outcome = guard.Outcome(goal(now, better=better), Measured(now), before)

    assert outcome.verdict == verdict


def test_what_is_written_is_compared_with_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guard, "RATIOS", tmp_path / "ratios.json")
    monkeypatch.setattr(guard, "goals", lambda: (goal(4.0), goal(1.0, name="G1")))

    assert guard.main(["--update"]) == 0
    monkeypatch.setattr(guard, "goals", lambda: (goal(2.0), goal(1.0, name="G1")))
    assert guard.main(["G0"]) == 1
    assert "WORSE than before by 50%" in capsys.readouterr().out
    assert guard.main(["G0", "--update"]) == 1
    assert [each["figure"] for each in json.loads((tmp_path / "ratios.json").read_text())] == [2.0, 1.0]


def test_a_goal_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        guard.main(["G999"])
    assert "no goal begins with G999" in capsys.readouterr().err


def test_what_is_written_down_is_of_goals_that_are_measured() -> None:
    written, measured = guard.known(), {each.id: each for each in guard.goals()}

    assert written
    assert set(written) <= set(measured)
    for name, entry in written.items():
        now = guard.entry(measured[name], Measured(float(str(entry["figure"])), str(entry["detail"])))
        assert now == entry
