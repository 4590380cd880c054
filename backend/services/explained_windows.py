"""Why the networks say so: explanations of the best window of each row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.schemas.sequence_analyses import BaseMap, Scan, Track, WindowExplanation
from backend.services.analysis_plan import Method
from backend.services.checkpoints import Checkpoints
from backend.services.concurrency import together
from backend.services.inference import Operation, Run
from backend.services.rounding import significant
from backend.services.windows import Row, Windows
from models.card import SequenceCard


class FactorScores(NamedTuple):
    """P(bound) of every window by every checkpoint, shape (n_windows,) each, and the window shown of each row."""

    cards: tuple[SequenceCard, ...]
    probability: Mapping[str, NDArray[np.float64]]
    shown: NDArray[np.int64]


class _Explained(NamedTuple):
    """One method by one checkpoint: tracks, maps and numbers, rows first, or why there are none."""

    method: Method
    card: SequenceCard
    refusal: str | None
    values: Mapping[str, list[Any]]

    def of(self, names: Iterable[str], index: int) -> list[tuple[str, Any]]:
        """Return the values of one row under those of the names that there are."""
        return [(name, self.values[name][index]) for name in names if name in self.values]


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
    X = windows.X[scores.shown]

    async def explain(method: Method, card: SequenceCard) -> _Explained:
        refusal = method.explanation.refusal(checkpoints[card.name].network)
        if refusal:
            return _Explained(method, card, refusal, {})
        arrays = await run(Operation(method.explanation.name, card.name, method.parameters), X)
        return _Explained(method, card, None, {name: significant(values).tolist() for name, values in arrays.items()})

    explained: list[_Explained] = []
    for method in methods:  # one after the other: the room in the queue is reserved for one at a time
        explained += await together(explain(method, card) for card in scores.cards if method.explains(card.name))
    return [
        _window(i, row, scores=scores, windows=windows, explained=explained, maps=maps) for i, row in enumerate(rows)
    ]


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
            f"{each.method.explanation.name}/{each.card.name}": each.refusal for each in explained if each.refusal
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
