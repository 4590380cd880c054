"""What each test compares: from attributions and logits of one window to numbers, or the reason why there is none."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.sequence import ALPHABET
from models.trust.agreement import cosine, jaccard_of_top, spearman

Track = NDArray[np.float64]

N_SHUFFLES: Final = 20
TOP: Final = 10
DIGITS: Final = 4
SMOOTHING_BP: Final = 5
VISIBLE_FROM: Final = 0.05
RESOLUTION: Final = 1e-5  # of a logit in float32, after some thousand additions
LARGEST_SIGNAL: Final = 100.0  # in deviations; shuffles that a network cannot tell apart have none to count in

SAME_EVERYWHERE: Final = "the explanation is the same at every position, so there is nothing to compare"
NO_SHUFFLES: Final = "shuffling does not change the sequence"
COUNTS_LETTERS: Final = "a letter is worth the same wherever it stands, so the network finds no site on either strand"


class Evidence(NamedTuple):
    """All that is known of one explanation of one window.

    Attributes
    ----------
    bases : str
        The window, without its padding: all tracks are of this length.
    attribution : ndarray, shape (length,)
        Signed contributions to the logit of bound.
    other_strand : ndarray, shape (length,)
        Those of the reverse complement, laid back upon the strand of `attribution`.
    logits : ndarray, shape (2, 1 + n_shuffles), or None
        Of the window, then of its dinucleotide shuffles, on this strand and on the other; None where it cannot be
        shuffled.
    mutagenesis : ndarray, shape (length,), or None
        In-silico mutagenesis of the same window; None where the explanation is that itself.
    reseeded : sequence of ndarrays, shape (length,)
        The explanation with other references; empty where the method has none, or is not valid with them.
    peers : sequence of ndarrays, shape (length,)
        Explanations of the same window by the other networks of the same factor.
    completeness_gap : float or None
        None where the method promises no sum.
    """

    bases: str
    attribution: Track
    other_strand: Track
    logits: Track | None
    mutagenesis: Track | None = None
    reseeded: Sequence[Track] = ()
    peers: Sequence[Track] = ()
    completeness_gap: float | None = None


class Measured(NamedTuple):
    """The outcome of a test.

    Attributes
    ----------
    value : float or None
    reason : str
        Why there is no value.
    fails : bool
        Whether having no value is a failure; otherwise the test does not apply.
    """

    value: float | None
    reason: str = ""
    fails: bool = False


def measure(evidence: Evidence) -> dict[str, Measured]:
    """Run every test.

    Returns
    -------
    dict of str to Measured
        Keys are those of `models.trust.thresholds.CRITERIA`, in their order; rounded, so that what float32 does not
        determine decides no verdict.
    """
    measured = {
        "completeness": _completeness(evidence),
        "architectures": _architectures(evidence),
        "strands": _strands(evidence),
        "strand_answers": _strand_answers(evidence),
        "mutagenesis": _mutagenesis(evidence),
        "top_positions": _top_positions(evidence),
        "seeds": _seeds(evidence),
        "signal": _signal(evidence),
    }
    return {
        name: one._replace(value=None if one.value is None else round(one.value, DIGITS))
        for name, one in measured.items()
    }


def signal(logit: float, shuffled_logits: Track) -> float:
    """Return by how many standard deviations of its shuffles a window's logit lies off their mean, unsigned.

    Parameters
    ----------
    logit : float
    shuffled_logits : ndarray, shape (n_shuffles,)

    Returns
    -------
    float
        At most `LARGEST_SIGNAL`; 0 where the logits do not differ beyond what float32 resolves: the order of the bases
        does not matter to the network.
    """
    difference = abs(logit - float(shuffled_logits.mean()))
    if difference <= RESOLUTION * max(1.0, abs(logit)):
        return 0.0
    return difference / max(float(shuffled_logits.std()), difference / LARGEST_SIGNAL)


def _signal(evidence: Evidence) -> Measured:
    if evidence.logits is None:
        return Measured(None, NO_SHUFFLES)
    logit, *shuffled = evidence.logits[0]
    return Measured(signal(float(logit), np.array(shuffled)))


def _strand_answers(evidence: Evidence) -> Measured:
    if evidence.logits is None:
        return Measured(None, NO_SHUFFLES)
    if np.ptp(evidence.logits, axis=1).min() <= RESOLUTION * max(1.0, np.abs(evidence.logits).max()):
        return Measured(None, "the network gives the window and all its shuffles the same logit")
    return Measured(float(np.corrcoef(*evidence.logits)[0, 1]))


def _completeness(evidence: Evidence) -> Measured:
    if evidence.completeness_gap is None:
        return Measured(None, "the method does not promise that its contributions sum up to anything")
    return Measured(evidence.completeness_gap)


def _mutagenesis(evidence: Evidence) -> Measured:
    if evidence.mutagenesis is None:
        return Measured(None, "this is mutagenesis itself")
    return _defined(spearman(visible(evidence.attribution), visible(evidence.mutagenesis)))


def _top_positions(evidence: Evidence) -> Measured:
    if evidence.mutagenesis is None:
        return Measured(None, "this is mutagenesis itself")
    return _defined(jaccard_of_top(evidence.attribution, evidence.mutagenesis, TOP))


def _strands(evidence: Evidence) -> Measured:
    placed = [beyond_composition(track, evidence.bases) for track in (evidence.attribution, evidence.other_strand)]
    agreement = cosine(*map(smoothed, placed))
    return Measured(None, COUNTS_LETTERS, fails=True) if agreement is None else Measured(agreement)


def _seeds(evidence: Evidence) -> Measured:
    if not evidence.reseeded:
        return Measured(None, "the method needs no random references, or is not valid with others")
    return _mean(cosine(evidence.attribution, other) for other in evidence.reseeded)


def _architectures(evidence: Evidence) -> Measured:
    if not evidence.peers:
        return Measured(None, "no other network of this factor has been asked")
    return _mean(cosine(evidence.attribution, peer) for peer in evidence.peers)


def visible(attribution: Track) -> Track:
    """Set to 0 what is below a twentieth of the tallest letter: nobody sees it, and to rank it is to rank noise.

    Parameters
    ----------
    attribution : ndarray, shape (length,)
    """
    return np.where(np.abs(attribution) < VISIBLE_FROM * np.abs(attribution).max(), 0.0, attribution)


def beyond_composition(attribution: Track, bases: str) -> Track:
    """Take away what each letter is worth on average: what is left is due to where the letter stands.

    A network that merely counts letters, such as a random LSTM, explains both strands alike if it happens to weigh a
    letter like its complement.

    Parameters
    ----------
    attribution : ndarray, shape (length,)
    bases : str

    Returns
    -------
    ndarray, shape (length,)
        Sums to 0 over the positions of each of A, C, G and T; 0 elsewhere, and everywhere if only rounding is left.
    """
    letters = np.frombuffer(bases.encode(), dtype=np.uint8)
    rest = np.zeros_like(attribution)
    for letter in np.frombuffer(ALPHABET.encode(), dtype=np.uint8):
        is_letter = letters == letter
        if is_letter.any():
            rest[is_letter] = attribution[is_letter] - attribution[is_letter].mean()
    return np.zeros_like(rest) if np.abs(rest).max() <= RESOLUTION * np.abs(attribution).max() else rest


def smoothed(attribution: Track) -> Track:
    """Return the sum over windows of 5 bp: what a motif is worth, wherever in it a network puts the weight.

    Parameters
    ----------
    attribution : ndarray, shape (length,)
    """
    return np.convolve(attribution, np.ones(SMOOTHING_BP), mode="same")


def _mean(values: Iterable[float | None]) -> Measured:
    defined = [value for value in values if value is not None]
    return Measured(float(np.mean(defined))) if defined else Measured(None, SAME_EVERYWHERE, fails=True)


def _defined(value: float | None) -> Measured:
    return Measured(None, SAME_EVERYWHERE, fails=True) if value is None else Measured(value)
