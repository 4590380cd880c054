"""Why the networks say so: explanations of the best window of each row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from backend.schemas.sequence_analyses import BaseMap, Scan, Track, WindowExplanation
from backend.services.analysis_plan import Method
from backend.services.checkpoints import Checkpoints
from backend.services.concurrency import together
from backend.services.inference import Operation, Run
from backend.services.rounding import significant
from backend.services.windows import Row, Windows
from models.card import SequenceCard
from models.errors import ExplanationRefusedError


class FactorScores(NamedTuple):
    """P(bound) of every window by every checkpoint, shape (n_windows,) each, and the window shown of each row."""

    cards: tuple[SequenceCard, ...]
    probability: Mapping[str, NDArray[np.float64]]
    shown: NDArray[np.int64]


class _Explained(NamedTuple):
    """One method by one checkpoint: tracks, maps and numbers of each row, or why there are none."""

    method: Method
    card: SequenceCard
    rows: Sequence[Mapping[str, Any] | str]

    def of(self, names: Iterable[str], index: int) -> list[tuple[str, Any]]:
        """Return the values of one row under those of the names that there are."""
        row = self.rows[index]
        return [] if isinstance(row, str) else [(name, row[name]) for name in names if name in row]

    def refusal(self, index: int) -> str | None:
        """Return why one row has no values, if it has none."""
        row = self.rows[index]
        return row if isinstance(row, str) else None


async def explain_rows(
    run: Run,
    scores: FactorScores,
    *,
    rows: Sequence[Row],
    windows: Windows,
    methods: Sequence[Method],
    checkpoints: Checkpoints,
    maps: bool,
) -> list[WindowExplanation]:
    """Explain the shown window of every row by every checkpoint of one factor."""
    X = windows.X if len(scores.shown) == len(windows.X) else windows.X[scores.shown]

    async def explain(method: Method, card: SequenceCard) -> _Explained:
        refusal = method.explanation.refusal(checkpoints[card.name].network)
        if refusal:
            return _Explained(method, card, [refusal] * len(X))
        operation = Operation(method.explanation.name, card.name, method.parameters)
        return _Explained(method, card, await _values(run, operation, X))

    explained: list[_Explained] = []
    for method in methods:  # one after the other: the room in the queue is reserved for one at a time
        explained += await together(explain(method, card) for card in scores.cards if method.explains(card.name))
    return [
        _window(i, row, scores=scores, windows=windows, explained=explained, maps=maps) for i, row in enumerate(rows)
    ]


async def _values(run: Run, operation: Operation, X: Tensor) -> list[Mapping[str, Any] | str]:
    """Return the values of each row, or why the method is not valid for it; one such row does not cost the others."""
    try:
        arrays = await run(operation, X)
    except ExplanationRefusedError as error:
        if len(X) == 1:
            return [error.reason]
        return [row for x in X.split(1) for row in await _values(run, operation, x)]
    lists = {name: significant(values).tolist() for name, values in arrays.items()}
    return [{name: values[row] for name, values in lists.items()} for row in range(len(X))]


def _window(
    index: int, row: Row, *, scores: FactorScores, windows: Windows, explained: Sequence[_Explained], maps: bool
) -> WindowExplanation:
    shown = scores.shown[index]
    start, window = int(windows.starts[shown]), windows.X.shape[2]
    bases = row.sequence[start : start + window]
    return WindowExplanation(
        factor=scores.cards[0].factor,
        record=row.record,
        name=row.name,
        strand=row.strand,
        record_length=len(row.sequence),
        window_start=start,
        sequence=bases,
        padding=window - len(bases),
        probability={name: float(values[shown]) for name, values in scores.probability.items()},
        tracks=[track for each in explained for track in _tracks(each, index)],
        maps=[base_map for each in explained for base_map in _maps(each, index)] if maps else [],
        numbers={key: value for each in explained for key, value in _numbers(each, index)},
        refused={
            f"{each.method.explanation.name}/{each.card.name}": reason
            for each in explained
            if (reason := each.refusal(index))
        },
        scan=_scan(index, scores, windows) if len(row.sequence) > window else None,
    )


def _tracks(explained: _Explained, index: int) -> list[Track]:
    explanation = explained.method.explanation
    return [
        Track(**_origin(explained), name=name, quantity=explanation.tracks[name], values=values)
        for name, values in explained.of(explanation.tracks, index)
    ]


def _maps(explained: _Explained, index: int) -> list[BaseMap]:
    explanation = explained.method.explanation
    return [
        BaseMap(**_origin(explained), name=name, quantity=explanation.maps[name], values=values)
        for name, values in explained.of(explanation.maps, index)
    ]


def _origin(explained: _Explained) -> dict[str, str]:
    card = explained.card
    return {
        "explanation": explained.method.explanation.name,
        "checkpoint": card.name,
        "architecture": card.architecture,
    }


def _numbers(explained: _Explained, index: int) -> list[tuple[str, float]]:
    explanation = explained.method.explanation
    key = f"{explanation.name}/{explained.card.name}"
    return [(f"{key}/{name}", value) for name, value in explained.of(explanation.scalars, index)]


def _scan(index: int, scores: FactorScores, windows: Windows) -> Scan:
    tiles = slice(windows.first[index], windows.first[index + 1])
    return Scan(
        starts=windows.starts[tiles].tolist(),
        probability={name: values[tiles].tolist() for name, values in scores.probability.items()},
    )
