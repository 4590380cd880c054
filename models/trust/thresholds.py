"""The tests of an explanation and from where on they are green, amber and red: one table, chosen by `calibrate`."""

from typing import Final, NamedTuple

from models.trust.measures import N_SHUFFLES, SMOOTHING_BP, TOP, VISIBLE_FROM


class Criterion(NamedTuple):
    """One test of an explanation; those of `CRITERIA` stand in the order in which failures are told.

    Attributes
    ----------
    name, title : str
    green, amber : float
        The worst values that still are green and amber; what is worse than amber is red.
    higher_is_better : bool
    written : str
        Format of a value, with its unit.
    meaning : str
        What is compared.
    failure : str
        What it means for the reader that the test failed; the value is added in brackets.
    """

    name: str
    title: str
    green: float
    amber: float
    higher_is_better: bool
    written: str
    meaning: str
    failure: str


NEVER: Final = float("-inf")

COMPLETENESS: Final = Criterion(
    "completeness",
    "Completeness gap",
    green=0.01,
    amber=0.05,
    higher_is_better=False,
    written="{:.2%} of the difference",
    meaning="The contributions should add up to the logit minus the mean logit of the references; this is what "
    "they miss, relative to that difference.",
    failure="the contributions do not add up to the prediction that they explain",
)

CRITERIA: Final = (
    COMPLETENESS,
    Criterion(
        "architectures",
        "Agreement with the other networks",
        green=0.5,
        amber=0.3,
        higher_is_better=True,
        written="cosine {:.2f}",
        meaning="Mean cosine of this explanation with those of the same window by the other networks of the factor: "
        "weighted by magnitude, with sign.",
        failure="the other networks of this factor point at other bases",
    ),
    Criterion(
        "strands",
        "Agreement of the strands",
        green=0.6,
        amber=0.4,
        higher_is_better=True,
        written="cosine {:.2f}",
        meaning="Cosine of the explanation with that of the reverse complement, laid back upon this strand; of what is "
        f"beyond the mean of each letter, summed over {SMOOTHING_BP} bp. DNA is double-stranded: a binding site is the "
        "same on both.",
        failure="read from the other strand, the network gives other reasons for the same DNA",
    ),
    Criterion(
        "strand_answers",
        "Same answer on both strands",
        green=0.75,
        amber=0.65,
        higher_is_better=True,
        written="correlation {:.2f}",
        meaning=f"Correlation of the logits of the window and its {N_SHUFFLES} dinucleotide shuffles with those of "
        "their reverse complements. A network that has learned what binds to DNA answers alike on both strands; one "
        "with random weights does not.",
        failure="the network does not answer alike on the two strands of the same DNA",
    ),
    Criterion(
        "mutagenesis",
        "Agreement with in-silico mutagenesis",
        green=0.5,
        amber=0.3,
        higher_is_better=True,
        written="Spearman {:.2f}",
        meaning="Rank correlation over all positions with what changing each base does to the logit; heights below "
        f"{VISIBLE_FROM:.0%} of the tallest letter rank as 0.",
        failure="changing the bases does not do what the explanation says",
    ),
    Criterion(
        "top_positions",
        f"Top {TOP} shared with mutagenesis",
        green=0.25,
        amber=0.1,
        higher_is_better=True,
        written="Jaccard {:.2f}",
        meaning=f"The {TOP} strongest positions, by absolute value, of the explanation and of in-silico mutagenesis: "
        "shared ones over those in either. Two draws of chance share 0.05.",
        failure="the strongest letters are not those whose change matters most",
    ),
    Criterion(
        "seeds",
        "Spread over reference seeds",
        green=0.75,
        amber=0.5,
        higher_is_better=True,
        written="cosine {:.2f}",
        meaning="Mean cosine of the explanation with the same one from other random references.",
        failure="other random references give another picture",
    ),
    Criterion(
        "signal",
        "Signal above shuffles",
        green=2.0,
        amber=NEVER,
        higher_is_better=True,
        written="{:.2f} SD",
        meaning=f"By how many standard deviations the logit lies off those of {N_SHUFFLES} dinucleotide shuffles of "
        "the sequence, up or down.",
        failure="the network answers much the same for shuffles of this sequence, so there is little to explain",
    ),
)
