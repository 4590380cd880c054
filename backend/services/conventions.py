"""What every number of an analysis means, sent along with it."""

from functools import cache

from backend.services.checkpoints import WINDOW_LENGTH
from models.explanations import EXPLANATIONS


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
