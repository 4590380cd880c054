"""What the numbers of a batch mean, sent along in every file of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from backend.services.conventions import chromatin_conventions, conventions
from backend.services.scoring.window_scorer import WindowScorer
from models.card import ModelCard
from models.explanations import CHROMATIN_EXPLANATIONS

_STRANDS = {
    "forward": "Each sequence as given; of a site its own strand.",
    "reverse": "The reverse complement of each sequence; of a site the strand that is not its own.",
    "mean": "The mean of the logits of both strands of the same window; the probability is the sigmoid of that mean.",
}
_LONG = {
    "scan": "Of a longer sequence, windows every {step} bases and one flush with the end are scored; the one with the "
    "highest mean P(bound) of the networks is reported, the baseline left out, the first one on ties.",
    "centre": "Of a longer sequence, the window whose middle base is base length // 2 of the sequence.",
}
_SHORT = {
    "pad": "Shorter sequences are filled with all-zero columns on the right of the strand that is read.",
    "skip": "Shorter sequences are skipped.",
}


def sequence_conventions(
    scorer: WindowScorer, *, short: str, assembly: str | None, repairs: Sequence[str]
) -> dict[str, Any]:
    """Describe the scores of sequences, or of sites of an assembly."""
    known = conventions()
    description: dict[str, Any] = {
        "class": known["class"],
        "probability": "P(bound) between 0 and 1: the sigmoid of the logit.",
        "logit": "log P(bound) - log P(not bound), natural logarithm.",
        "comparison of factors": known["comparison of factors"],
        "strand": _STRANDS[scorer.strand],
        "record": "Counted from 1 in the order of the file, over all that is not blank, a comment or a track line.",
        "unknown bases": "Bases of the window that are N, or a letter that stands for several bases: all-zero columns.",
        "skipped": "Why there is no number; empty where there is one.",
    }
    if assembly is None:
        description["windows"] = f"{scorer.window} bases. {_LONG[scorer.long].format(step=scorer.step)} {_SHORT[short]}"
        description["window_offset"] = "First base of the window, counted from 0 on the sequence as given."
    else:
        description["assembly"] = assembly
        description["windows"] = (
            f"{scorer.window} bases around the centre of each site, whatever its length: base (start + end) // 2 is "
            f"base {scorer.window // 2} of the window. BED counts from 0; the end is not part of the site."
        )
        description["window_start"] = "First base of the window on the plus strand, counted from 0."
    if scorer.explanation:
        description[scorer.explanation.name] = (
            f"{scorer.explanation.convention} One number per base of the window, 5' to 3' of the strand that is read."
        )
    return description | _origin([card for _, card in scorer.checkpoints], repairs)


def chromatin_scoring_conventions(
    cards: Iterable[ModelCard], *, attention: bool, bin_size_bp: int, layout: str, repairs: Sequence[str]
) -> dict[str, Any]:
    """Describe the scores of genes."""
    known = chromatin_conventions()
    kept = ("class", "probability", "logit", "comparison of checkpoints", "marks", "bins", "more bins than in training")
    description: dict[str, Any] = {name: known[name] for name in kept}
    description |= {"bin size in bp": str(bin_size_bp), "layout of the file": layout, "label": "1 is ON, 0 is OFF."}
    if attention:
        description["attention"] = CHROMATIN_EXPLANATIONS.get("attention").convention
        description["bin_attention"] = "One list of bins per mark, marks in the order of the checkpoint below."
    return description | _origin(cards, repairs)


def _origin(cards: Iterable[ModelCard], repairs: Sequence[str]) -> dict[str, Any]:
    return {
        "checkpoints": {card.name: f"{card.title}, sha256 {card.sha256}" for card in cards},
        "mended while reading": list(repairs),
    }
