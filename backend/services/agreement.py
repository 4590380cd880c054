"""Whether attention points where knock-out changes the answer, said for a biologist."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.schemas.chromatin_analyses import Agreement

AGREE_FROM: Final = 0.5
PARTLY_FROM: Final = 0.2
NEAR_BP: Final = 1_000
NOISE_DIGITS: Final = 5  # changes are differences of float32 logits: what is below would be ranked by chance

Verdict = Literal["agree", "partly", "disagree", "undefined"]
Values = NDArray[np.float64]
WORDS: Final = {
    "agree": "attention and knock-out agree",
    "partly": "attention and knock-out agree in part",
    "disagree": "attention and knock-out disagree, so do not read the attention as the reason",
}


class Looked(NamedTuple):
    """Where a network looks: alpha, shape (n_marks, n_bins), beta, shape (n_marks,), if it has one."""

    alpha: Values
    beta: Values | None
    shared: bool


class Changed(NamedTuple):
    """How the logit changes: shapes (n_marks, n_bins), (n_bins,) and (n_marks,)."""

    cells: Values
    bins: Values
    marks: Values


class Axes(NamedTuple):
    """What rows and columns are."""

    marks: Sequence[str]
    starts_bp: NDArray[np.int64]
    bin_size_bp: int


def compare(looked: Looked, changed: Changed, axes: Axes) -> Agreement:
    """Rank attention against absolute change; thresholds as in `conventions.chromatin_conventions`."""
    cells = None if looked.beta is None else rank_correlation(looked.beta[:, None] * looked.alpha, changed.cells)
    marks = [rank_correlation(alpha, change) for alpha, change in zip(looked.alpha, changed.cells, strict=True)]
    rho = _rho(looked, changed, cells=cells, marks=marks)
    first_changed = int(np.abs(changed.marks).argmax())
    same = None
    if looked.beta is not None and _varies(changed.marks):
        same = int(looked.beta.argmax()) == first_changed
    verdict = _verdict(rho, same)
    return Agreement(
        cells=_rounded(cells),
        marks=[_rounded(mark) for mark in marks],
        same_first_mark=same,
        verdict=verdict,
        sentence=f"{_where(looked, changed, axes)} {_conclusion(verdict, rho)}",
    )


def rank_correlation(attention: Values, change: Values) -> float | None:
    """Return Spearman's rho of attention and absolute change, None where one of them is constant."""
    size = np.abs(change).round(NOISE_DIGITS)
    if not (_varies(attention) and _varies(size)):
        return None
    from scipy.stats import spearmanr  # noqa: PLC0415 - 75 MB, not for who only predicts

    return float(spearmanr(attention.ravel(), size.ravel()).statistic)


def _rho(looked: Looked, changed: Changed, *, cells: float | None, marks: Sequence[float | None]) -> float | None:
    """Choose the figure that the verdict is about."""
    if looked.beta is not None:
        return cells
    if looked.shared:
        return rank_correlation(looked.alpha[0], changed.bins)
    defined = [mark for mark in marks if mark is not None]
    return float(np.median(defined)) if defined else None


def _verdict(rho: float | None, same_first_mark: bool | None) -> Verdict:
    if rho is None:
        return "undefined"
    if rho >= AGREE_FROM and same_first_mark is not False:
        return "agree"
    return "partly" if rho >= PARTLY_FROM else "disagree"


def _where(looked: Looked, changed: Changed, axes: Axes) -> str:
    """Say where the network looks and what its absence changes."""
    first_changed = int(np.abs(changed.marks).argmax())
    name, change = axes.marks[first_changed], changed.marks[first_changed]
    if looked.shared:
        return (
            f"The network looks most {_place(looked.alpha[0], axes)}, at all marks alike; removing {name} changes the "
            f"answer most (logit {change:+.2f})."
        )
    if looked.beta is None:
        place = _place(looked.alpha[first_changed], axes)
        return (
            f"Removing {name} changes the answer most (logit {change:+.2f}); of {name} the network looks most {place}."
        )
    first = int(looked.beta.argmax())
    place = _place(looked.alpha[first], axes)
    looks = f"The network looks most at {axes.marks[first]} (beta {looked.beta[first]:.2f}), {place}"
    if first == first_changed:
        return f"{looks}; removing it changes the answer most (logit {change:+.2f})."
    return (
        f"{looks}; but removing {name} changes the answer most (logit {change:+.2f}), removing {axes.marks[first]} by "
        f"{changed.marks[first]:+.2f}."
    )


def _conclusion(verdict: Verdict, rho: float | None) -> str:
    if rho is None:
        return "Attention or knock-out is the same everywhere, so they cannot be compared."
    words = WORDS[verdict]
    return f"{words[0].upper()}{words[1:]} (rho {rho:.2f})."


def _place(alpha: Values, axes: Axes) -> str:
    """Say where the bin with most attention lies."""
    middle = float(axes.starts_bp[int(alpha.argmax())]) + axes.bin_size_bp / 2
    if abs(middle) <= max(NEAR_BP, axes.bin_size_bp):
        return "near the TSS"
    return f"about {abs(middle) / 1000:,.1f} kb {'upstream' if middle < 0 else 'downstream'} of the TSS"


def _varies(values: Values) -> bool:
    return bool(np.ptp(values) > 0)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
