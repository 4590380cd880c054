"""Windows of sequences through networks: the scores of a chunk as columns of a table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.services.checkpoints import networks
from backend.services.errors import BrokenOutputError
from backend.services.scoring.scoring_source import Item
from backend.services.windows import best_windows
from models.checkpoints import Checkpoint
from models.explanations import Explanation, explain
from models.genome_windows import centred_start
from models.predict import fast_logit
from models.sequence import one_hot_encode, reverse_complement
from models.tiles import tile_starts

StrandPolicy = Literal["forward", "reverse", "mean"]
LongPolicy = Literal["centre", "scan"]

CHUNK_ITEMS: Final = 4_096
CHUNK_WINDOWS: Final = 1 << 18
BATCH: Final = 64
NOTHING_KNOWN: Final = "its window holds no A, C, G or T"


class _Window(NamedTuple):
    item: int
    start: int
    bases: str


@dataclass(frozen=True)
class WindowScorer:
    """Score windows by checkpoints that all read `window` bases.

    Of a longer sequence, `centre` takes the window in its middle, `scan` the one with the highest mean P(bound) of
    the networks among windows every `step` bases. Windows are chosen on the sequence as given, whatever the strand.
    """

    checkpoints: tuple[Checkpoint, ...]
    strand: StrandPolicy
    long: LongPolicy
    step: int
    explanation: Explanation | None
    device: str

    @property
    def window(self) -> int:
        """Bases of a window."""
        return self.checkpoints[0].card.input_length

    def fields(self, *, offsets: bool) -> list[pa.Field]:
        """Return the columns of the scores; `offsets` where a sequence may hold more than its window."""
        own = [("window_offset", pa.int32()), ("padding", pa.int32())] if offsets else []
        columns = [*own, ("unknown_bases", pa.int32()), ("skipped", pa.string())]
        for network, card in self.checkpoints:
            columns += [(f"{card.name}.logit", pa.float32()), (f"{card.name}.probability", pa.float32())]
            if self.explanation and self.explanation.refusal(network) is None:
                columns.append((self._track(card.name), pa.list_(pa.float32(), self.window)))
        return [pa.field(*column) for column in columns]

    def starts(self, length: int) -> NDArray[np.int64]:
        """Return where the windows of a sequence begin."""
        if self.long == "scan" or length <= self.window:
            return tile_starts(length, window=self.window, step=self.step)
        return np.array([centred_start(0, length, length=self.window)])

    def score(self, items: Sequence[Item], *, offsets: bool, look: Callable[[int], None]) -> dict[str, pa.Array]:
        """Return the columns of `fields` for a chunk; `look` is told after every batch how many items are done."""
        starts = [[] if item.reason else self._readable(item.sequence) for item in items]
        scored = [index for index, each in enumerate(starts) if each]
        first = np.concatenate([[0], np.cumsum([len(starts[index]) for index in scored], dtype=np.int64)])
        logits = self._logits(_windows(items, starts, window=self.window), n=int(first[-1]), look=look)
        chosen = self._best(logits, first) if scored else np.zeros(0, dtype=np.int64)
        flat = np.array([start for each in starts for start in each], dtype=np.int64)[chosen]
        bases = [items[i].sequence[at : at + self.window] for i, at in zip(scored, flat.tolist(), strict=True)]
        into = _Into(len(items), scored)
        columns = {
            "window_offset": into.column(flat, pa.int32()),
            "padding": into.column([self.window - len(each) for each in bases], pa.int32()),
            "unknown_bases": into.column([each.count("N") for each in bases], pa.int32()),
            "skipped": pa.array(
                [None if each else item.reason or NOTHING_KNOWN for item, each in zip(items, starts, strict=True)],
                pa.string(),
            ),
        }
        for row, (_, card) in enumerate(self.checkpoints):
            values = logits[row, chosen]
            columns[f"{card.name}.logit"] = into.column(values, pa.float32())
            columns[f"{card.name}.probability"] = into.column(_probability(values), pa.float32())
        columns |= self._explained(bases, into)
        return {field.name: columns[field.name] for field in self.fields(offsets=offsets)}

    def _readable(self, sequence: str) -> list[int]:
        """Return the starts of the windows that hold a known base."""
        found: list[int] = self.starts(len(sequence)).tolist()
        if "N" not in sequence:
            return found
        return [start for start in found if sequence[start : start + self.window].strip("N")]

    def _logits(self, windows: Iterator[_Window], *, n: int, look: Callable[[int], None]) -> NDArray[np.float32]:
        """Return the logits of all windows, shape (n_checkpoints, n)."""
        logits = np.empty((len(self.checkpoints), n), dtype=np.float32)
        done = 0
        while batch := list(islice(windows, BATCH)):
            strands = [self._encoded([each.bases for each in batch], strand) for strand in self._strands()]
            for row, (network, card) in enumerate(self.checkpoints):
                values = torch.stack([fast_logit(network, X) for X in strands]).mean(0).cpu().numpy()
                if not np.isfinite(values).all():
                    raise BrokenOutputError("prediction", checkpoint=card.name)
                logits[row, done : done + len(batch)] = values
            done += len(batch)
            look(batch[-1].item)
        return logits

    def _best(self, logits: NDArray[np.float32], first: NDArray[np.int64]) -> NDArray[np.int64]:
        cards = [one.card for one in self.checkpoints]
        voters = [card.name for card in networks(cards) or cards]
        rows = [row for row, card in enumerate(cards) if card.name in voters]
        return best_windows(_probability(logits[rows]).mean(axis=0), first=first)

    def _explained(self, bases: Sequence[str], into: "_Into") -> dict[str, pa.Array]:
        """Explain the chosen windows by every checkpoint for which the method is valid."""
        method = self.explanation
        if method is None:
            return {}
        columns = {}
        for network, card in self.checkpoints:
            if method.refusal(network) is None:
                values = np.zeros((len(bases), self.window), dtype=np.float32)
                for start in range(0, len(bases), BATCH):
                    X = self._encoded(bases[start : start + BATCH], self.strand)
                    tracks = explain(method, network, X, parameters=method.parameters())
                    values[start : start + BATCH] = tracks[method.name].cpu().numpy()
                columns[self._track(card.name)] = into.lists(values)
        return columns

    def _track(self, checkpoint: str) -> str:
        return f"{checkpoint}.{self.explanation.name}" if self.explanation else checkpoint

    def _strands(self) -> tuple[str, ...]:
        return ("forward", "reverse") if self.strand == "mean" else (self.strand,)

    def _encoded(self, bases: Sequence[str], strand: str) -> Tensor:
        """Encode windows on a strand, short ones padded on the right of that strand, as the synchronous route does."""
        turned = bases if strand == "forward" else [reverse_complement(each) for each in bases]
        return one_hot_encode(turned, length=self.window).to(self.device)


class _Into:
    """Puts values of the items that were scored where the items are, null elsewhere."""

    def __init__(self, n: int, scored: Sequence[int]) -> None:
        self._n, self._scored = n, scored
        self._missing = np.ones(n, dtype=bool)
        self._missing[list(scored)] = False

    def column(self, values: Any, kind: pa.DataType) -> pa.Array:
        whole = np.zeros(self._n, dtype=np.asarray(values).dtype if len(values) else np.int64)
        whole[self._scored] = values
        return pa.array(whole, kind, mask=self._missing)

    def lists(self, values: NDArray[np.float32]) -> pa.Array:
        whole = np.zeros((self._n, values.shape[1]), dtype=np.float32)
        whole[self._scored] = values
        return pa.FixedSizeListArray.from_arrays(whole.ravel(), values.shape[1], mask=pa.array(self._missing))


def chunks(items: Iterable[Item], *, n_windows: Callable[[int], int]) -> Iterator[list[Item]]:
    """Gather items into chunks of at most 4,096 and of a bounded number of windows; equal input, equal chunks."""
    chunk: list[Item] = []
    room = CHUNK_WINDOWS
    for item in items:
        chunk.append(item)
        room -= n_windows(len(item.sequence))
        if len(chunk) == CHUNK_ITEMS or room <= 0:
            yield chunk
            chunk, room = [], CHUNK_WINDOWS
    if chunk:
        yield chunk


def _windows(items: Sequence[Item], starts: Sequence[Sequence[int]], *, window: int) -> Iterator[_Window]:
    for index, each in enumerate(starts):
        for start in each:
            yield _Window(index, start, items[index].sequence[start : start + window])


def _probability(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    probability: NDArray[np.float64] = torch.from_numpy(logits.astype(np.float64)).sigmoid().numpy()
    return probability
