"""Where a network looks on average over a set of genes, held against the coverage of the same genes."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.schemas.chromatin_analyses import AttentionAverage, AttentionAverageRequest, Correlation
from backend.services.chromatin_plan import ChromatinPlan, file_settings, make_plan
from backend.services.context import ServiceContext
from backend.services.conventions import chromatin_conventions
from backend.services.errors import refused_field
from backend.services.extra_signals import ABSENT, OpenedSignal, open_signal
from backend.services.gene_inputs import inputs, n_bins_read, portions, starts_bp
from backend.services.gene_lookup import find_genes
from backend.services.inference import Arrays, Operation, Run
from backend.services.provenance import provenance
from backend.services.rounding import significant
from models.card import ChromatinCard
from models.explanations import CHROMATIN_EXPLANATIONS
from models.histone import HistoneMatrices, central_bins

ATTENTION = CHROMATIN_EXPLANATIONS.get("attention")
ON_FROM: Final = 0.5
SETS: Final = {"predicted_on": "all genes predicted ON", "predicted_off": "all genes predicted OFF"}
COPIED_AT_A_TIME: Final = 512  # genes

Indices = NDArray[np.int64]
Values = NDArray[np.float64]


class _Mean:
    """Attention summed over genes as they come, so that not all of it is held at once."""

    def __init__(self) -> None:
        self.genes: list[int] = []
        self._sums: dict[str, Values] = {}

    def add(self, genes: Indices, arrays: Arrays, chosen: NDArray[np.bool_]) -> None:
        """Take in the chosen ones of these genes."""
        self.genes += genes[chosen].tolist()
        for name, values in arrays.items():
            self._sums[name] = self._sums.get(name, 0.0) + values[chosen].sum(axis=0, dtype=np.float64)

    def of(self, name: str) -> Values | None:
        """Return the mean of one array over the genes, None where the network has no such."""
        return self._sums[name] / len(self.genes) if name in self._sums else None

    @property
    def alpha(self) -> Values:
        """Return the mean of alpha, shape (n_marks, n_bins)."""
        return self._sums["bin_attention"] / len(self.genes)


class _Coverage(NamedTuple):
    """Mean coverage of one signal over genes that the attention was averaged over too."""

    signal: str
    values: Values
    alpha: Values
    n_genes: int


async def average_attention(
    request: AttentionAverageRequest, *, context: ServiceContext, request_id: str
) -> AttentionAverage:
    """Average alpha and beta over a set, and correlate alpha with every signal of the same genes."""
    plan = await make_plan(request.file, [request.checkpoint], context=context, field="checkpoint")
    card = plan.cards[0]
    refusal = ATTENTION.refusal(plan.checkpoints[0].network)
    if refusal:
        raise refused_field("checkpoint", "no_attention", f"The checkpoint has nothing to average: {refusal}.")
    n_bins = n_bins_read(card, plan.matrices)
    extra = await open_signal(request.extra, plan, n_bins=n_bins, context=context) if request.extra else None
    candidates, not_found = await asyncio.to_thread(_candidates, request, plan.matrices)
    portion = min(len(candidates), context.engine.max_batch)
    with context.engine.admit(portion) as run:
        mean, shared = await _averages(run, card, plan, candidates, request=request, extra=extra, portion=portion)
    beta = mean.of("mark_attention")
    coverage = await asyncio.to_thread(_coverage, plan, mean, shared, extra, n_bins=n_bins)
    return AttentionAverage(
        **provenance(
            context, request_id=request_id, settings=_settings(request, plan), conventions=chromatin_conventions()
        ),
        checkpoint=card.name,
        selection=SETS[request.genes] if isinstance(request.genes, str) else "the genes that were named",
        n_genes=len(mean.genes),
        not_found=not_found,
        marks=list(card.marks),
        bin_size_bp=plan.bin_size_bp,
        bin_starts_bp=starts_bp(n_bins, plan.matrices, bin_size_bp=plan.bin_size_bp).tolist(),
        bin_attention=significant(mean.alpha).tolist(),
        mark_attention=None if beta is None else significant(beta).tolist(),
        coverage={one.signal: significant(one.values).tolist() for one in coverage},
        correlations=[correlation for one in coverage for correlation in _correlations(card.marks, one)],
    )


def _candidates(request: AttentionAverageRequest, matrices: HistoneMatrices) -> tuple[Indices, list[str]]:
    """Return the genes to be asked about, and the names that the file does not hold."""
    if isinstance(request.genes, str):
        return np.arange(len(matrices.genes)), []
    found, missing = find_genes(matrices, request.genes)
    if not found:
        raise refused_field("genes", "no_gene_found", "The file holds none of these genes: name them as the file does.")
    return np.array(found), missing


async def _averages(
    run: Run,
    card: ChromatinCard,
    plan: ChromatinPlan,
    candidates: Indices,
    *,
    request: AttentionAverageRequest,
    extra: OpenedSignal | None,
    portion: int,
) -> tuple[_Mean, _Mean]:
    """Average over the set, and over those of its genes that the extra signal covers."""
    whole, shared = _Mean(), _Mean()
    for part in portions(len(candidates), portion):
        genes = candidates[part]
        arrays = await run(
            Operation(ATTENTION.name, card.name, ATTENTION.parameters()),
            inputs(plan.matrices, card, genes),
        )
        in_set = _in_set(request, arrays["probability"])
        whole.add(genes, arrays, in_set)
        if extra is not None:
            shared.add(genes, arrays, in_set & (extra.places[genes] != ABSENT))
    if not whole.genes:
        raise refused_field(
            "genes", "empty_set", f"The set is empty: the checkpoint predicts no gene {_state(request)}."
        )
    return whole, shared


def _in_set(request: AttentionAverageRequest, probability: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which genes belong to the set; named ones do whatever is predicted."""
    if isinstance(request.genes, str):
        is_on: NDArray[np.bool_] = probability >= ON_FROM
        return is_on if request.genes == "predicted_on" else ~is_on
    return np.ones(len(probability), bool)


def _coverage(
    plan: ChromatinPlan, mean: _Mean, shared: _Mean, extra: OpenedSignal | None, *, n_bins: int
) -> list[_Coverage]:
    """Average every signal of the file over the set, and the extra one over the genes that it covers."""
    values = _mean_signals(plan.matrices, mean.genes, n_bins=n_bins)
    coverage = [
        _Coverage(signal, values[row], mean.alpha, len(mean.genes)) for row, signal in enumerate(plan.matrices.signals)
    ]
    if extra is not None and shared.genes:
        covered = _mean_signals(extra.matrices, extra.places[shared.genes].tolist(), n_bins=n_bins)[extra.row]
        coverage.append(_Coverage(extra.name, covered, shared.alpha, len(shared.genes)))
    return coverage


def _mean_signals(matrices: HistoneMatrices, genes: Sequence[int], *, n_bins: int) -> Values:
    """Return the mean of every signal over genes, shape (n_signals, n_bins), copying few at a time."""
    total = np.zeros((len(matrices.signals), n_bins))
    for part in portions(len(genes), COPIED_AT_A_TIME):
        total += central_bins(matrices.values[genes[part]], n_bins).sum(axis=0, dtype=np.float64)
    return total / len(genes)


def _correlations(marks: Sequence[str], coverage: _Coverage) -> Iterator[Correlation]:
    for mark, alpha in zip(marks, coverage.alpha, strict=True):
        constant = np.ptp(alpha) == 0 or np.ptp(coverage.values) == 0
        yield Correlation(
            mark=mark,
            signal=coverage.signal,
            r=None if constant else round(float(np.corrcoef(alpha, coverage.values)[0, 1]), 4),
            n_bins=len(alpha),
            n_genes=coverage.n_genes,
        )


def _settings(request: AttentionAverageRequest, plan: ChromatinPlan) -> dict[str, object]:
    return {"file": file_settings(plan)} | request.model_dump(include={"checkpoint", "genes", "extra"})


def _state(request: AttentionAverageRequest) -> str:
    return "ON" if request.genes == "predicted_on" else "OFF"
