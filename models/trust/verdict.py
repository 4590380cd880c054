"""From measures to one badge, and one sentence that says what failed."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from models.trust.measures import Measured
from models.trust.thresholds import CRITERIA, NEVER, Criterion

Verdict = Literal["green", "amber", "red"]

WORST_FIRST: Final[tuple[Verdict, ...]] = ("red", "amber", "green")
OPENING: Final[Mapping[Verdict, str]] = {
    "red": "Do not believe this explanation",
    "amber": "Read this explanation with care",
}


class Judged(NamedTuple):
    """One test, what it measured, and the verdict: None where it does not apply."""

    criterion: Criterion
    measured: Measured
    verdict: Verdict | None


class Badge(NamedTuple):
    """The worst verdict, a sentence for the reader, and all tests in their order."""

    verdict: Verdict
    sentence: str
    judged: tuple[Judged, ...]


def judge(measured: Mapping[str, Measured]) -> Badge:
    """Hold every measure against its thresholds.

    Parameters
    ----------
    measured : mapping of str to Measured
        One per name in `CRITERIA`, as `models.trust.measures.measure` returns them.
    """
    judged = held_against(CRITERIA, measured)
    verdict = worst(judged)
    return Badge(verdict, _sentence(verdict, judged), judged)


def held_against(criteria: Sequence[Criterion], measured: Mapping[str, Measured]) -> tuple[Judged, ...]:
    """Return the verdict on every measure, in the order of the criteria."""
    return tuple(Judged(one, measured[one.name], verdict_of(one, measured[one.name])) for one in criteria)


def worst(judged: Sequence[Judged]) -> Verdict:
    """Return the worst verdict of tests of which at least one applies."""
    return next(each for each in WORST_FIRST if any(one.verdict == each for one in judged))


def not_green(judged: Sequence[Judged]) -> list[Judged]:
    """Return the tests that were not passed, the worst first."""
    return [one for each in ("red", "amber") for one in judged if one.verdict == each]


def verdict_of(criterion: Criterion, measured: Measured) -> Verdict | None:
    """Return the verdict on one measure, or None where the test does not apply."""
    if measured.value is None:
        return "red" if measured.fails else None
    if _reaches(criterion, measured.value, criterion.green):
        return "green"
    return "amber" if _reaches(criterion, measured.value, criterion.amber) else "red"


def written(one: Judged) -> str:
    """Return the value with its unit, or the reason why there is none."""
    value = one.measured.value
    return one.measured.reason if value is None else one.criterion.written.format(value)


def thresholds_of(criterion: Criterion) -> str:
    """Return the thresholds in words."""
    better, worse = ("from", "below") if criterion.higher_is_better else ("up to", "above")
    green, amber = criterion.written.format(criterion.green), criterion.written.format(criterion.amber)
    if criterion.amber == NEVER:
        return f"green {better} {green}, amber {worse}"
    return f"green {better} {green}, amber {better} {amber}, red {worse}"


def _reaches(criterion: Criterion, value: float, threshold: float) -> bool:
    return value >= threshold if criterion.higher_is_better else value <= threshold


def _sentence(verdict: Verdict, judged: Sequence[Judged]) -> str:
    if verdict == "green":
        n_tests = sum(one.verdict is not None for one in judged)
        return f"All {n_tests} tests that apply were passed: this shows what the network responds to in this sequence."
    first, *others = not_green(judged)
    said = f"{OPENING[verdict]}: {_reason(first)}"
    if others:
        said += f"; also not green: {', '.join(_named(one) for one in others)}"
    return f"{said}."


def _reason(one: Judged) -> str:
    if one.measured.value is None:
        return one.measured.reason
    return f"{one.criterion.failure} ({written(one)})"


def _named(one: Judged) -> str:
    """Name a further failure briefly; its reason is in the list of tests."""
    name = one.criterion.title[0].lower() + one.criterion.title[1:]
    return name if one.measured.value is None else f"{name} ({written(one)})"
