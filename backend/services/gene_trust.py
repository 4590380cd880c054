"""Whether the contributions of histone signals may be believed: three tests, one verdict, one sentence."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.schemas.trust import Trust
from backend.services.trust_views import wire_measure
from models.card import ChromatinCard
from models.trust.agreement import cosine, spearman
from models.trust.measures import Measured
from models.trust.thresholds import COMPLETENESS, Criterion
from models.trust.verdict import OPENING, Judged, held_against, not_green, worst, written

METHOD: Final = "signal_integrated_gradients"
NOISE_DIGITS: Final = 5  # as in backend.services.agreement

CRITERIA: Final = (
    COMPLETENESS._replace(
        meaning="The contributions should add up to the logit minus that of the reference; this is what they miss."
    ),
    Criterion(
        "knock_out",
        "Agreement with knock-out",
        green=0.5,
        amber=0.3,
        higher_is_better=True,
        written="Spearman {:.2f}",
        meaning="Rank correlation over marks x bins with what removing the signal takes from the logit; contributions "
        "are summed over the bins that are knocked out together.",
        failure="removing signal changes the answer elsewhere than the contributions say",
    ),
    Criterion(
        "networks",
        "Agreement with the other networks",
        green=0.5,
        amber=0.25,
        higher_is_better=True,
        written="cosine {:.2f}",
        meaning="Mean cosine with the contributions of the same gene by the other networks that were asked: weighted "
        "by magnitude, with sign.",
        failure="the other networks give other reasons for the same gene",
    ),
)
_Values = NDArray[np.float64]


class Believed(NamedTuple):
    """Contributions, shape (n_marks, n_bins), their gap, and what they are held against, where it is known."""

    contributions: _Values
    completeness_gap: float
    knocked_out: _Values | None
    width: int
    peers: Sequence[_Values]


def trust_of(card: ChromatinCard, believed: Believed) -> Trust:
    """Judge the contributions of one checkpoint."""
    measured = {
        "completeness": Measured(round(believed.completeness_gap, NOISE_DIGITS), ""),
        "knock_out": _against_knock_out(believed),
        "networks": _against_networks(believed),
    }
    judged = held_against(CRITERIA, measured)
    verdict, failed = worst(judged), not_green(judged)
    return Trust(
        checkpoint=card.name,
        architecture=card.architecture,
        method=METHOD,
        verdict=verdict,
        sentence=_sentence(judged) if not failed else f"{OPENING[verdict]}: {_reasons(failed)}.",
        measures=[wire_measure(one) for one in judged],
    )


def _against_knock_out(believed: Believed) -> Measured:
    if believed.knocked_out is None:
        return Measured(None, "knock-out was not asked for")
    lost = believed.knocked_out.round(NOISE_DIGITS)
    rho = spearman(windowed(believed.contributions, believed.width).round(NOISE_DIGITS).ravel(), lost.ravel())
    if rho is None:
        return Measured(None, "contributions or knock-out are the same everywhere")
    return Measured(round(rho, 4), "")


def windowed(contributions: _Values, width: int) -> _Values:
    """Sum over the window of each bin, cut off at the edges, as `models.explanations.knock_out` takes it out."""
    before = (width - 1) // 2
    padded = np.pad(contributions, ((0, 0), (before, width - 1 - before)))
    sums: _Values = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1).sum(axis=2)
    return sums


def _against_networks(believed: Believed) -> Measured:
    found = [cosine(believed.contributions.ravel(), peer.ravel()) for peer in believed.peers]
    known = [value for value in found if value is not None]
    if not known:
        return Measured(None, "no other network was asked")
    return Measured(round(float(np.mean(known)), 4), "")


def _sentence(judged: Sequence[Judged]) -> str:
    n_tests = sum(one.verdict is not None for one in judged)
    tests = "the test that applies was" if n_tests == 1 else f"all {n_tests} tests that apply were"
    return f"{tests[0].upper()}{tests[1:]} passed: this shows what the network responds to in this gene."


def _reasons(failed: Sequence[Judged]) -> str:
    first, *others = failed
    said = f"{first.criterion.failure} ({written(first)})"
    also = ", ".join(f"{one.criterion.title} ({written(one)})" for one in others)
    return f"{said}; also not green: {also}" if also else said
