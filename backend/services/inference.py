"""One thread that runs the networks, batching what concurrent requests ask for."""

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from torch import Tensor, nn

from backend.services.errors import (
    BrokenOutputError,
    CheckpointNotFoundError,
    EngineBusyError,
    EngineStoppedError,
)
from models.explanations import CHROMATIN_EXPLANATIONS, EXPLANATIONS, explain
from models.predict import positive_logit, positive_probability

PREDICTION: Final = "prediction"
LOGIT: Final = "logit"  # unlike the probability it does not saturate: changes of it can be told apart everywhere
# A temporal output of one window is already a batch of its prefixes, a knock-out of one gene a batch of all its marks
# and bins, and so on: more at a time would only make others wait. Nor does the refusal of one window meet another.
LARGEST_BATCH: Final[Mapping[str, int]] = {
    "temporal_output": 1,
    "integrated_gradients": 1,
    "deep_lift_shap": 1,
    "in_silico_mutagenesis": 1,
    "window_shuffle": 1,
    "knock_out": 1,
    "signal_integrated_gradients": 1,
}

# Turns of the event loop without a new input, after which a batch is not waited for any longer: reading a request takes
# two of them, some 20 us where there is nothing to read.
QUIET_TURNS: Final = 2
# Explanations of one window, some kB each: the badge, the motifs and a comparison ask for what has just been drawn.
REMEMBERED: Final = 512

Arrays: TypeAlias = dict[str, NDArray[np.float32]]


class Operation(NamedTuple):
    """What is asked of one checkpoint; equal operations can share a batch."""

    name: str
    checkpoint: str
    parameters: BaseModel | None = None


Run: TypeAlias = Callable[[Operation, Tensor], Coroutine[Any, Any, Arrays]]


class _Answer(NamedTuple):
    """What a network has answered."""

    network: nn.Module | None
    arrays: Arrays


@dataclass(frozen=True, eq=False)
class _Ticket:
    """Inputs that wait, and who waits for their result."""

    X: Tensor
    result: asyncio.Future[Arrays]


class EngineCounts(NamedTuple):
    """What has gone through the networks so far, by operation: inputs, and the batches that they shared."""

    inputs: Counter[str]
    batches: Counter[str]


class InferenceEngine:
    """Run networks in one thread, for one event loop; use it as a context manager.

    An input is what a network reads at a time: a window of DNA, or the histone signals of a gene. What waits is grouped
    by operation. The thread takes the groups in turn, at most `max_batch` inputs at a time, so concurrent requests
    share batches and a small request never waits for all of a large one. Networks may come and go meanwhile.
    """

    def __init__(
        self, networks: Mapping[str, nn.Module], *, device: str, max_batch: int, max_waiting: int, n_threads: int
    ) -> None:
        self.device = device
        self.max_batch = max_batch
        self._networks = networks
        self._max_waiting = max_waiting
        self._admitted = 0
        self._gathered: list[tuple[Operation, _Ticket]] = []  # the event loop's, until it is handed over to the thread
        self._waiting: OrderedDict[Operation, deque[_Ticket]] = OrderedDict()
        self._changed = threading.Condition()
        self._stopped = False
        self._known: OrderedDict[tuple[Operation, torch.Size, bytes], _Answer] = OrderedDict()
        self.done = EngineCounts(Counter(), Counter())
        self._thread = threading.Thread(target=self._work, args=(n_threads,), name="inference", daemon=True)

    def __enter__(self) -> "InferenceEngine":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._stopped = True
            abandoned = [ticket for tickets in self._waiting.values() for ticket in tickets]
            abandoned += [ticket for _, ticket in self._gathered]
            self._waiting.clear()
            self._gathered.clear()
            self._changed.notify()
        self._thread.join()
        _deliver(abandoned, [EngineStoppedError()] * len(abandoned))

    @property
    def is_running(self) -> bool:
        """Whether the thread lives that runs the networks."""
        return self._thread.is_alive()

    @property
    def n_admitted(self) -> int:
        """Return how many inputs the requests of the moment may have waiting."""
        return self._admitted

    @contextmanager
    def admit(self, n_inputs: int) -> Iterator[Run]:
        """Reserve room for work that has at most so many inputs waiting at a time, and yield the way to run it.

        Room is reserved for the whole of a request, so that one that has begun is not turned away half-way; an idle
        engine admits any one request.
        """
        if self._admitted and self._admitted + n_inputs > self._max_waiting:
            raise EngineBusyError(self._admitted, limit=self._max_waiting)
        self._admitted += n_inputs
        try:
            yield self._run
        finally:
            self._admitted -= n_inputs

    async def _run(self, operation: Operation, X: Tensor) -> Arrays:
        """Run an operation over X, shape (n, channels, length), n > 0; each array's first axis is n."""
        largest = min(self.max_batch, LARGEST_BATCH.get(operation.name, self.max_batch))
        if len(X) <= largest:
            return await self._remembered(operation, X)
        results = [await self._remembered(operation, part) for part in X.split(largest)]
        return {name: np.concatenate([result[name] for result in results]) for name in results[0]}

    async def _remembered(self, operation: Operation, X: Tensor) -> Arrays:
        """Answer what costs most from memory, where the same network has been asked the same before."""
        if operation.name not in LARGEST_BATCH:
            return await self._enqueue(operation, X)
        key, network = (operation, X.shape, X.numpy().tobytes()), self._networks.get(operation.checkpoint)
        known = self._known.get(key)
        if known is None or known.network is not network:  # another one of that name may have been trained
            known = _Answer(network, await self._enqueue(operation, X))
            for values in known.arrays.values():
                values.setflags(write=False)
            self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return dict(known.arrays)

    def _enqueue(self, operation: Operation, X: Tensor) -> asyncio.Future[Arrays]:
        if self._stopped:
            raise EngineStoppedError
        loop = asyncio.get_running_loop()
        ticket = _Ticket(X, loop.create_future())
        if not self._gathered:
            loop.call_soon(self._gather, loop, 0, 0)
        self._gathered.append((operation, ticket))
        return ticket.result

    def _gather(self, loop: asyncio.AbstractEventLoop, n_known: int, n_quiet: int) -> None:
        """Hand inputs over once the event loop has no more of them at hand: the thread would begin with the first.

        Without it the thread answers 64 clients in batches of two, which cost it 1.5 to 2.3 times as much.
        """
        n_quiet = n_quiet + 1 if len(self._gathered) == n_known else 0
        if n_quiet < QUIET_TURNS and len(self._gathered) < self.max_batch:
            loop.call_soon(self._gather, loop, len(self._gathered), n_quiet)
            return
        with self._changed:
            for operation, ticket in self._gathered:
                self._waiting.setdefault(operation, deque()).append(ticket)
            self._changed.notify()
        self._gathered.clear()

    def _work(self, n_threads: int) -> None:
        torch.set_num_threads(n_threads)  # it holds for the thread that calls it
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopped)
                if self._stopped:
                    return
                operation, tickets = self._next_batch()
            if tickets:
                results = self._answer(operation, [ticket.X for ticket in tickets])
                tickets[0].result.get_loop().call_soon_threadsafe(_deliver, tickets, results)

    def _next_batch(self) -> tuple[Operation, list[_Ticket]]:
        """Take one batch of the group whose turn it is; what is left of the group goes to the end of the line."""
        operation, waiting = self._waiting.popitem(last=False)
        largest = LARGEST_BATCH.get(operation.name, self.max_batch)
        tickets: list[_Ticket] = []
        n_inputs = 0
        while waiting and n_inputs + len(waiting[0].X) <= largest:
            ticket = waiting.popleft()
            if not ticket.result.cancelled():
                tickets.append(ticket)
                n_inputs += len(ticket.X)
        if waiting:
            self._waiting[operation] = waiting
        return operation, tickets

    def _answer(self, operation: Operation, inputs: list[Tensor]) -> Sequence[Arrays | Exception]:
        """Run one batch and split its results; a failure is the result of every request in the batch, and no other."""
        try:
            X = inputs[0] if len(inputs) == 1 else torch.cat(inputs)
            arrays = self._compute(operation, X.to(self.device))
        except Exception as error:  # the thread must outlive it
            return [error for _ in inputs]
        self.done.inputs[operation.name] += len(X)
        self.done.batches[operation.name] += 1
        ends = accumulate(map(len, inputs), initial=0)
        return [{name: values[start:stop] for name, values in arrays.items()} for start, stop in pairwise(ends)]

    def _compute(self, operation: Operation, X: Tensor) -> Arrays:
        network = self._networks.get(operation.checkpoint)
        if network is None:  # it has been removed since the request came in
            raise CheckpointNotFoundError(operation.checkpoint)
        if operation.name == PREDICTION:
            tensors = {"probability": positive_probability(network, X)}
        elif operation.name == LOGIT:
            with torch.inference_mode():
                tensors = {"logit": positive_logit(network, X)}
        else:
            registry = EXPLANATIONS if operation.name in EXPLANATIONS else CHROMATIN_EXPLANATIONS
            tensors = explain(registry.get(operation.name), network, X, parameters=operation.parameters)
        if not all(bool(values.isfinite().all()) for values in tensors.values()):
            raise BrokenOutputError(operation.name, checkpoint=operation.checkpoint)
        return {name: values.cpu().numpy() for name, values in tensors.items()}


def _deliver(tickets: list[_Ticket], results: Sequence[Arrays | Exception]) -> None:
    """Hand results over, on the event loop; nobody waits for a future that is cancelled."""
    for ticket, result in zip(tickets, results, strict=True):
        if ticket.result.cancelled():
            continue
        if isinstance(result, Exception):
            ticket.result.set_exception(result)
        else:
            ticket.result.set_result(result)
