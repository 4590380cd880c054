"""Training, validation and test genes of a user's set, so divided that nothing of a held-out one is learned."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.annotation import gene_table
from models.errors import TextProblem
from models.genomes import ASSEMBLIES
from models.training.own_genes import OwnGenes, OwnGenesError

KNOWN_SHARE: Final = 0.95
VALIDATION_CHROMOSOMES: Final = ("chr3", "chr7")  # a tenth of the protein-coding genes each
TEST_CHROMOSOMES: Final = ("chr8", "chr11")
HELD_OUT_SHARE: Final = 0.1
MIN_HELD_OUT: Final = 5  # of each class
FEW_HELD_OUT: Final = 50

SplitBy = Literal["auto", "chromosome", "random"]
Sets = NDArray[np.str_]

_ENSEMBL_DIGITS: Final = 6  # what DeepChrome's files keep of an Ensembl id


class GeneSplitPlan(NamedTuple):
    """How a set is divided.

    Attributes
    ----------
    by : {"auto", "chromosome", "random"}
        "auto" is by chromosome where `KNOWN_SHARE` of the genes are in a gene table and every set is large enough.
    validation_chromosomes, test_chromosomes : tuple of str
        With or without ``chr``.
    held_out_share : float
        Each of validation and test, of a random division.
    random_state : int
    """

    by: SplitBy = "auto"
    validation_chromosomes: tuple[str, ...] = VALIDATION_CHROMOSOMES
    test_chromosomes: tuple[str, ...] = TEST_CHROMOSOMES
    held_out_share: float = HELD_OUT_SHARE
    random_state: int = 0


class GeneSplit(NamedTuple):
    """A user's set after the split.

    Attributes
    ----------
    sets : array of str, shape (n,)
        training, validation, test or removed, for each gene.
    chromosomes : tuple of str
        Empty where a gene is in no table.
    words : str
        How it was divided.
    warnings : tuple of str
    """

    sets: Sets
    chromosomes: tuple[str, ...]
    words: str
    warnings: tuple[str, ...]

    def rows(self, name: str) -> NDArray[np.int64]:
        """Return the rows of one set."""
        return np.flatnonzero(self.sets == name)

    @property
    def counts(self) -> dict[str, int]:
        """Count the genes of each set."""
        return {name: len(self.rows(name)) for name in ("training", "validation", "test", "removed")}


def split_genes(own: OwnGenes, plan: GeneSplitPlan) -> GeneSplit:
    """Divide a set; genes that would leak from a held-out set into training are removed from training.

    Lines of one gene (identifiers that differ in their version, or one symbol) are never parted. A gene whose signals
    are equal, bin by bin, to those of a test gene is removed from validation and training, and one equal to a
    validation gene from training.

    Parameters
    ----------
    own : OwnGenes
    plan : GeneSplitPlan

    Raises
    ------
    OwnGenesError
        If chromosomes are asked for and not known, or a set is too small.
    """
    chromosomes = chromosomes_of(own)
    known = sum(map(bool, chromosomes)) / len(chromosomes)
    if plan.by == "chromosome" and known < KNOWN_SHARE:
        message = (
            f"{known:.0%} of the genes are in a gene table of {' or '.join(ASSEMBLIES)}, of {KNOWN_SHARE:.0%} that a "
            "division by chromosome needs. Name genes by Ensembl id or symbol, or divide at random."
        )
        raise _refusal("unknown_genes", message)
    if plan.by != "random" and known >= KNOWN_SHARE:
        sets = _without_equal_signals(own, _by_chromosomes(chromosomes, plan))
        fault = _too_small(own, sets)
        if fault is None:
            return _split(own, sets, chromosomes, _words(plan, known=known))
        if plan.by == "chromosome":
            raise _refusal("set_too_small", fault)
        why = "by chromosome a set would be too small"
    else:
        why = f"{known:.1%} of the genes are in a gene table, of {KNOWN_SHARE:.0%} that chromosomes need"
    sets = _without_equal_signals(own, _at_random(own, plan))
    if fault := _too_small(own, sets):
        raise _refusal("set_too_small", fault)
    return _split(own, sets, chromosomes, _words(plan, why="" if plan.by == "random" else f" ({why})"))


def chromosomes_of(own: OwnGenes) -> tuple[str, ...]:
    """Return the chromosome of each gene by the gene tables, by identifier or else by symbol."""
    by_name: dict[str, str] = {}
    for assembly in ASSEMBLIES:
        for site in gene_table(assembly).sites:
            by_name.setdefault(site.gene, site.chromosome)
            if site.symbol:
                by_name.setdefault(site.symbol.upper(), site.chromosome)
    return tuple(
        by_name.get(_bare(gene), "") or by_name.get(symbol.upper(), "") or by_name.get(gene.upper(), "")
        for gene, symbol in zip(own.genes, own.symbols, strict=True)
    )


def _bare(gene: str) -> str:
    short = len(gene) == _ENSEMBL_DIGITS and gene.isascii() and gene.isdecimal()
    return f"ENSG00000{gene}" if short else gene.partition(".")[0]


def _by_chromosomes(chromosomes: Sequence[str], plan: GeneSplitPlan) -> Sets:
    wanted = {"validation": plan.validation_chromosomes, "test": plan.test_chromosomes}
    names = {name: {one.removeprefix("chr") for one in given} for name, given in wanted.items()}
    if both := names["validation"] & names["test"]:
        message = f"Chromosome {min(both)} is to be in the validation and in the test set."
        raise _refusal("chromosome_twice", message)
    sets = np.full(len(chromosomes), "training", dtype="<U10")
    for index, chromosome in enumerate(chromosomes):
        if not chromosome:
            sets[index] = "removed"
        for name, given in names.items():
            if chromosome.removeprefix("chr") in given:
                sets[index] = name
    return sets


def _at_random(own: OwnGenes, plan: GeneSplitPlan) -> Sets:
    """Deal groups of lines of one gene, each class on its own, a group by its first line."""
    groups = _groups(own)
    firsts = np.unique(groups, return_index=True)[1]
    on = own.on.numpy()[firsts]
    rng = np.random.default_rng(plan.random_state)
    dealt = np.full(len(firsts), "training", dtype="<U10")
    for is_on in (True, False):
        members = rng.permutation(np.flatnonzero(on == is_on))
        n = round(plan.held_out_share * len(members))
        dealt[members[:n]], dealt[members[n : 2 * n]] = "validation", "test"
    return dealt[groups]


def _groups(own: OwnGenes) -> NDArray[np.int64]:
    """Number the genes; lines of one gene have one number."""
    counts = Counter(symbol for symbol in own.symbols if symbol)
    names = [symbol if counts[symbol] > 1 else _bare(gene) for gene, symbol in zip(own.genes, own.symbols, strict=True)]
    return np.unique(np.array(names), return_inverse=True)[1]


def _without_equal_signals(own: OwnGenes, sets: Sets) -> Sets:
    digests = [signal.tobytes() for signal in own.X.numpy()]
    held_out: set[bytes] = set()
    sets = sets.copy()
    for name in ("test", "validation", "training"):
        members = np.flatnonzero(sets == name)
        sets[[row for row in members if digests[row] in held_out]] = "removed"
        held_out |= {digests[row] for row in members}
    return sets


def _too_small(own: OwnGenes, sets: Sets) -> str | None:
    on = own.on.numpy()
    for name in ("training", "validation", "test"):
        for kind, mask in (("ON", on), ("OFF", ~on)):
            n = int((mask & (sets == name)).sum())
            if n < MIN_HELD_OUT:
                return (
                    f"The {name} set would hold {n} {kind} genes, of {MIN_HELD_OUT} that it needs. Give more genes, "
                    "choose other chromosomes, or divide otherwise."
                )
    return None


def _split(own: OwnGenes, sets: Sets, chromosomes: tuple[str, ...], words: str) -> GeneSplit:
    n_test, n_removed = int((sets == "test").sum()), int((sets == "removed").sum())
    warnings = []
    if n_test < FEW_HELD_OUT:
        warnings.append(f"The test set holds only {n_test} genes: its intervals are wide.")
    if n_removed:
        warnings.append(
            f"{n_removed:,} of {len(own.genes):,} genes were left out: their signals equal those of a held-out gene, "
            "or their chromosome is not known."
        )
    return GeneSplit(sets, chromosomes, words, tuple(warnings))


def _words(plan: GeneSplitPlan, *, known: float | None = None, why: str = "") -> str:
    equal = "Genes whose signals equal those of a held-out gene are left out."
    if known is not None:
        return (
            f"Test: chromosomes {', '.join(plan.test_chromosomes)}. Validation: chromosomes "
            f"{', '.join(plan.validation_chromosomes)}. {known:.1%} of the genes are in a gene table. {equal}"
        )
    share = f"{plan.held_out_share:.0%}"
    return (
        f"Test and validation: {share} of each class at random (seed {plan.random_state}){why}, lines of one gene "
        f"never parted. {equal}"
    )


def _refusal(code: str, message: str) -> OwnGenesError:
    return OwnGenesError("split", (TextProblem(code, message),))
