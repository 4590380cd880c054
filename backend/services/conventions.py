"""What every number of an analysis means, sent along with it."""

from functools import cache

from backend.services.agreement import AGREE_FROM, PARTLY_FROM
from backend.services.checkpoints import WINDOW_LENGTH
from models.explanations import CHROMATIN_EXPLANATIONS, EXPLANATIONS
from models.histone import MARKS


@cache
def conventions() -> dict[str, str]:
    """Name class, probability, strand, positions, padding, choice of the window, and each explanation."""
    return {
        "class": "Output 0 of a network is 'bound', output 1 is 'not bound'.",
        "probability": "P(bound) between 0 and 1: the exponential of the log-softmax output for class 'bound', of one "
        "window and one strand.",
        "comparison of factors": "Each checkpoint tells peaks of its own factor from the unbound sequences named on "
        "its card, not from peaks of other factors; probabilities of different factors are on different scales.",
        "strand": "Forward is the sequence as given, reverse its reverse complement; each is scored by itself and "
        "shown 5' to 3'.",
        "positions": "Counted from 0, on the strand of the row.",
        "padding": f"A sequence shorter than {WINDOW_LENGTH} bases is filled with all-zero columns on the right, as "
        "DeMo does; the card's length range says what training held. Unknown bases (N) are all-zero columns too.",
        "window choice": f"Of a sequence longer than {WINDOW_LENGTH} bases, the window with the highest mean P(bound) "
        "of the networks, the baseline left out; the first one on ties.",
        **{name: EXPLANATIONS.get(name).convention for name in EXPLANATIONS},
    }


@cache
def chromatin_conventions() -> dict[str, str]:
    """Name class, probability, marks, bins, and each explanation."""
    return {
        "class": "Output 0 of a network is ON, expression above the cell type's median; output 1 is OFF.",
        "probability": "P(ON) between 0 and 1: the exponential of the network's log-probability of ON.",
        "logit": "log P(ON) - log P(OFF), natural logarithm.",
        "comparison of checkpoints": "Each checkpoint has learned from the cell types of its card; probabilities of "
        "different checkpoints are on different scales.",
        "marks": f"Networks read {', '.join(MARKS)}, found by name; other signals of a file are not read.",
        "bins": "Relative to the TSS in bp, 5' to 3' of the gene as in the file: bin i of n covers the bin size from "
        "(i - n // 2) x bin size on, the first base included, the last one not.",
        "more bins than in training": "The bins in the middle are read, as many as in training.",
        "reference": "A knocked-out bin is set to the median of the training genes in that bin; to 0 where these are "
        "not known. The card says which.",
        "agreement": "Spearman's rho of attention and |change by knock-out|: over marks x bins of beta x alpha where "
        f"there is beta, else the median over marks. From {AGREE_FROM} on they agree, provided that the mark with most "
        f"attention is the one whose knock-out changes most; from {PARTLY_FROM} on in part; below, they disagree.",
        **{name: CHROMATIN_EXPLANATIONS.get(name).convention for name in CHROMATIN_EXPLANATIONS},
    }
