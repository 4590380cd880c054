"""The table by which the thresholds were chosen: trained networks against the same ones with random weights."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from torch import nn

from models.architectures import ARCHITECTURES
from models.checkpoints import PRETRAINED, load_checkpoint
from models.errors import ExplanationRefusedError
from models.explanations import best_method
from models.sequence import ALPHABET
from models.training.datasets import DATASETS, read_labelled
from models.training.report import markdown_table
from models.training.sequence_card import checkpoint_name
from models.trust.check import among, gather
from models.trust.measures import Evidence, Measured, measure
from models.trust.randomised import RANDOMISED
from models.trust.thresholds import CRITERIA
from models.trust.verdict import WORST_FIRST, judge, thresholds_of

WINDOW: Final = 101
QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
REFUSED: Final = "refused"
ALONE, TOGETHER = "alone", "with two trained networks"


_Gathered: TypeAlias = Mapping[str, Evidence | None]


class Case(NamedTuple):
    """One explanation: what kind of network and sequence, in which company, and what was measured if it was valid."""

    kind: str
    architecture: str
    company: str
    measured: Mapping[str, Measured] | None


def calibrate(data: Path, *, n_sequences: int, n_seeds: int, folder: Path = PRETRAINED) -> Iterator[Case]:
    """Measure the best method of every architecture, on test sequences of every factor.

    Parameters
    ----------
    data : Path
        Folder that holds the files of `DATASETS`.
    n_sequences : int
        Bound and unbound test sequences per factor, drawn with a fixed seed.
    n_seeds : int
        Random networks of each kind per trained one, on the bound sequences.
    folder : Path
        Of the checkpoints.
    """
    for factor in DATASETS:
        names = {each: checkpoint_name(factor, each) for each in ARCHITECTURES}
        trained = {each: load_checkpoint(name, folder=folder).network for each, name in names.items()}
        for bound in (True, False):
            for sequence in test_sequences(data, factor, n_sequences, bound=bound):
                gathered = {each: _gather(network, sequence) for each, network in trained.items()}
                yield from _cases("trained, bound" if bound else "trained, not bound", gathered, gathered)
                if bound:
                    yield from _random_cases(trained, gathered, sequence, n_seeds=n_seeds)


def _random_cases(
    trained: Mapping[str, nn.Module], gathered: _Gathered, sequence: str, *, n_seeds: int
) -> Iterator[Case]:
    for kind, randomise in RANDOMISED.items():
        for seed in range(n_seeds):
            untrained = {
                name: _gather(randomise(network, architecture=name, random_state=seed), sequence)
                for name, network in trained.items()
            }
            yield from _cases(f"{kind} weights", untrained, gathered)


def _cases(kind: str, judged: _Gathered, company: _Gathered) -> Iterator[Case]:
    valid = {name: evidence for name, evidence in company.items() if evidence is not None}
    for name, evidence in judged.items():
        alone = None if evidence is None else measure(evidence)
        together = None if evidence is None else measure(among(evidence, valid, name=name))
        yield Case(kind, name, ALONE, alone)
        yield Case(kind, name, TOGETHER, together)


def _gather(network: nn.Module, sequence: str) -> Evidence | None:
    try:
        return gather(network, sequence, method=best_method(network))
    except ExplanationRefusedError:
        return None


def test_sequences(data: Path, factor: str, n: int, *, bound: bool) -> list[str]:
    """Draw sequences of full length and known bases from the test file of a factor.

    Parameters
    ----------
    data : Path
    factor : str
    n : int
    bound : bool
    """
    dataset = DATASETS.get(factor)
    text = read_labelled(data / dataset.test_file, dataset)
    known = [
        sequence
        for sequence, label in zip(text.sequences, text.bound, strict=True)
        if label == bound and len(sequence) == WINDOW and set(sequence) <= set(ALPHABET)
    ]
    chosen = np.random.default_rng(0).choice(len(known), n, replace=False)
    return [known[index] for index in chosen]


def tables(cases: Sequence[Case]) -> str:
    """Return quantiles of every measure, and the share of badges of each colour.

    Parameters
    ----------
    cases : sequence of Case
    """
    together = [case for case in cases if case.company == TOGETHER]
    measures = markdown_table(
        ["measure", "thresholds", "networks", "architecture", "n", *(f"{q:.0%}" for q in QUANTILES)],
        _quantile_rows(together),
    )
    badges = markdown_table(["networks", "architecture", "asked", "n", REFUSED, *WORST_FIRST], _badge_rows(cases))
    return f"{measures}\n\n{badges}"


def _quantile_rows(cases: Sequence[Case]) -> Iterator[list[str]]:
    for criterion in CRITERIA:
        for (kind, architecture), group in _grouped((case.kind, case.architecture, case) for case in cases):
            found = [case.measured[criterion.name].value for case in group if case.measured]
            values = np.array([value for value in found if value is not None])
            quantiles = [f"{v:.3f}" for v in np.quantile(values, QUANTILES)] if len(values) else ["-"] * len(QUANTILES)
            yield [criterion.name, thresholds_of(criterion), kind, architecture, str(len(values)), *quantiles]


def _badge_rows(cases: Sequence[Case]) -> Iterator[list[str]]:
    named = ((case.kind, f"{case.architecture} | {case.company}", case) for case in cases)
    for (kind, label), group in _grouped(named):
        verdicts = [judge(case.measured).verdict if case.measured else REFUSED for case in group]
        architecture, company = label.split(" | ")
        shares = [f"{verdicts.count(verdict) / len(verdicts):.1%}" for verdict in (REFUSED, *WORST_FIRST)]
        yield [kind, architecture, company, str(len(verdicts)), *shares]


def _grouped(keyed: Iterable[tuple[str, str, Case]]) -> list[tuple[tuple[str, str], list[Case]]]:
    groups: dict[tuple[str, str], list[Case]] = {}
    for kind, label, case in keyed:
        groups.setdefault((kind, label), []).append(case)
    return list(groups.items())
