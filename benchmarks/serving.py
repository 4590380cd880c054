"""Records answered per second over HTTP, beside the same torch functions called in this process.

One request is one record of 101 bases. *Prediction*: both strands through the four models of a factor. *Analysis*: one
strand with prediction, saliency, corrected saliency and temporal outputs of all networks that have them. References,
with one thread as in the API: a loop over records, and the best batched call (64 records at a time).
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final, NamedTuple

import numpy as np
import torch

from benchmarks.http_client import Load, load
from benchmarks.tables import markdown
from models.checkpoints import Checkpoint, checkpoint_names, load_checkpoint
from models.examples import random_sequence
from models.explanations import EXPLANATIONS
from models.predict import positive_probability
from models.sequence import one_hot_encode, reverse_complement

FACTOR: Final = "ctcf_weri"
EXPLAINED: Final = ("saliency", "corrected_saliency", "temporal_output")
CLIENTS: Final = (1, 16, 64)
ANALYSES: Final = "/api/v1/sequence-analyses"
SECONDS: Final = 4.0
ROUNDS: Final = 3
BATCH: Final = 64


class Kind(NamedTuple):
    """A kind of request: its JSON body and its torch work on a batch of sequences."""

    name: str
    body: Callable[[str], dict[str, object]]
    compute: Callable[[list[Checkpoint], list[str]], None]


def _predict(checkpoints: list[Checkpoint], sequences: list[str]) -> None:
    X = one_hot_encode([strand for s in sequences for strand in (s, reverse_complement(s))])
    for checkpoint in checkpoints:
        positive_probability(checkpoint.network, X)


def _analyse(checkpoints: list[Checkpoint], sequences: list[str]) -> None:
    X = one_hot_encode(sequences)
    for checkpoint in checkpoints:
        positive_probability(checkpoint.network, X)
        for explanation in map(EXPLANATIONS.get, EXPLAINED):
            if explanation.refusal(checkpoint.network) is None:
                explanation.compute(checkpoint.network, X, explanation.parameters())


KINDS: Final = (
    Kind("prediction", lambda s: {"sequences": s, "factors": [FACTOR]}, _predict),
    Kind(
        "analysis",
        lambda s: {
            "sequences": s,
            "factors": [FACTOR],
            "strands": ["forward"],
            "explanations": [{"name": name} for name in EXPLAINED],
        },
        _analyse,
    ),
)


def table(api_url: str) -> str:
    """Interleave references and loads, take medians over rounds."""
    torch.set_num_threads(1)
    checkpoints = [load_checkpoint(name) for name in checkpoint_names() if name.startswith(f"{FACTOR}-")]
    return "\n".join(asyncio.run(_one_kind(kind, checkpoints, api_url)) for kind in KINDS)


async def _one_kind(kind: Kind, checkpoints: list[Checkpoint], api_url: str) -> str:
    loop_rates, batch_rates = list[float](), list[float]()
    sequences = _sequences()
    bodies = [json.dumps(kind.body(next(sequences))).encode() for _ in range(512)]
    empty = await load(api_url, "/api/v1/health/live", [b""], n_clients=max(CLIENTS), seconds=SECONDS)
    loads: dict[int, list[Load]] = {n: [] for n in CLIENTS}
    for _ in range(ROUNDS):
        loop_rates.append(_rate_in_process(kind, checkpoints, batch=1))
        batch_rates.append(_rate_in_process(kind, checkpoints, batch=BATCH))
        for n in CLIENTS:
            loads[n].append(await load(api_url, ANALYSES, bodies, n_clients=n, seconds=SECONDS))
    loop, batch = statistics.median(loop_rates), statistics.median(batch_rates)
    rows: list[tuple[object, ...]] = [
        ("reference: loop in process", loop, "", "", 1.0, loop / batch),
        (f"reference: batches of {BATCH} in process", batch, "", "", batch / loop, 1.0),
    ]
    rows.append((f"ceiling: empty answers, {max(CLIENTS)} clients", *empty[1:], empty.rate / loop, empty.rate / batch))
    for n, measured in loads.items():
        _, rate, p50, p99 = (statistics.median(values) for values in zip(*measured, strict=True))
        rows.append((f"HTTP, {n} clients", rate, p50, p99, rate / loop, rate / batch))
    header = ("", "records/s", "p50 ms", "p99 ms", "ratio to loop", "ratio to batches")
    return markdown(f"One {kind.name} per request", header, rows)


def _sequences() -> Iterator[str]:
    """Yield random sequences, none twice, so that nothing is answered from a cache."""
    return (random_sequence(np.random.default_rng(seed), 101) for seed in count())


def _rate_in_process(kind: Kind, checkpoints: list[Checkpoint], *, batch: int) -> float:
    sequences = _sequences()
    prepared = [[next(sequences) for _ in range(batch)] for _ in range(8)]
    kind.compute(checkpoints, prepared[0])
    started, n = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS / 2:
        kind.compute(checkpoints, prepared[n % len(prepared)])
        n += 1
    return n * batch / (time.perf_counter() - started)
