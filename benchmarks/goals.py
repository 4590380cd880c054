"""What Regulens promises about its speed and size: one entry per promise, measured beside its reference.

A module of this package lists its promises as ``GOALS``, and `benchmarks.guard` names the modules.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple


class Measured(NamedTuple):
    """What one measurement gave.

    Attributes
    ----------
    figure : float
        What is held against the target: mostly a ratio, else in the goal's unit.
    detail : str
        The absolute figures behind it, ours and the reference's, for a person.
    """

    figure: float
    detail: str = ""


class Goal(NamedTuple):
    """A promise.

    Attributes
    ----------
    id : str
        The goal of performance.md and which part of it, such as ``G4-cnn-slow``; no two are the same.
    text : str
        What is measured.
    target : float
        What the figure has to reach.
    reference : str
        What it is held against in the same run; empty for an absolute figure.
    measure : callable
        Seconds to a minute; medians of interleaved runs.
    better : {"higher", "lower"}
        Whether the figure has to be at least or at most the target.
    unit : str
        Of the figure: ``x`` is a ratio.
    """

    id: str
    text: str
    target: float
    reference: str
    measure: Callable[[], Measured]
    better: Literal["higher", "lower"] = "higher"
    unit: str = "x"

    def is_met_by(self, figure: float) -> bool:
        """Say whether the figure reaches the target."""
        return figure >= self.target if self.better == "higher" else figure <= self.target
