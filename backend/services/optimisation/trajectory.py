"""How the restarts of an optimisation moved: what the page draws while they run and scrubs through afterwards."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from torch import Tensor

from backend.schemas.job_live import CurvePoint, MatrixFrame, OptimisationLive
from models.class_optimization import OptimisationStep

N_FRAMES: Final = 60
N_POINTS: Final = 100
_FRAME_DIGITS: Final = 3
_DIGITS: Final = 6


class Subject(NamedTuple):
    """What is optimised, in words."""

    checkpoint: str
    title: str
    target: str
    rows: tuple[str, ...]
    bin_size_bp: int | None
    convention: str


class Point(NamedTuple):
    """Score and loss of every restart after a step."""

    step: int
    score: Tensor
    loss: Tensor


class Trajectory:
    """All restarts at chosen steps: which of them is worth showing is known at the end only.

    `live` shows the restart that is the best at the moment.
    """

    def __init__(self, subject: Subject, finish: Callable[[Tensor], Tensor], *, n_steps: int) -> None:
        self.subject, self.finish, self.n_steps = subject, finish, n_steps
        self.points: list[Point] = []
        self._frames: list[tuple[int, Tensor]] = []
        self._frame_steps = frame_steps(n_steps)

    def add(self, step: OptimisationStep) -> None:
        """Keep the step if it is one of those that are shown."""
        is_frame = step.step in self._frame_steps
        if is_frame:
            self._frames.append((step.step, step.X.cpu().clone()))
        if is_frame or step.step % max(1, self.n_steps // N_POINTS) == 0:
            self.points.append(Point(step.step, step.log_probability.exp().cpu(), step.loss.cpu()))

    @property
    def last(self) -> Point:
        """The latest point."""
        return self.points[-1]

    @property
    def best(self) -> int:
        """The restart with the least loss, counted from 0; the first one on ties."""
        return int(self.last.loss.argmin())

    def live(self) -> OptimisationLive:
        """Return frames and curve of the restart that is the best now."""
        best = self.best
        return OptimisationLive(
            checkpoint=self.subject.checkpoint,
            checkpoint_title=self.subject.title,
            target=self.subject.target,
            rows=list(self.subject.rows),
            bin_size_bp=self.subject.bin_size_bp,
            n_steps=self.n_steps,
            best_restart=best,
            restart_scores=[round(value, _DIGITS) for value in self.last.score.tolist()],
            frames=[
                MatrixFrame(step=step, values=rounded(self.finish(X[best]), _FRAME_DIGITS)) for step, X in self._frames
            ],
            curve=[
                CurvePoint(
                    step=point.step,
                    score=round(float(point.score[best]), _DIGITS),
                    loss=round(float(point.loss[best]), _DIGITS),
                )
                for point in self.points
            ],
            convention=self.subject.convention,
        )


def frame_steps(n_steps: int) -> frozenset[int]:
    """Return the start and about 60 steps, close to each other first, where most happens, the last one included."""
    ratio = np.geomspace(1, n_steps, N_FRAMES + N_FRAMES // 3)  # the first ones round to the same steps
    return frozenset({0, *np.round(ratio).astype(int).tolist()})


def rounded(values: Tensor, digits: int) -> list[list[float]]:
    """Return a matrix as rows of rounded numbers."""
    return [[round(value, digits) for value in row] for row in values.tolist()]
