"""Where a file differs from what a checkpoint saw in training, so that its answers may not hold."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from backend.schemas.histone_files import Shift, SignalSummary
from models.card import ChromatinCard, SignalRange

SCALE_FACTOR: Final = 5  # 99th percentiles that differ by more are another scale, not another cell type
ZERO_SHARE_GAP: Final = 0.3


def shifts(summaries: Sequence[SignalSummary], *, n_bins: int, cards: Iterable[ChromatinCard]) -> list[Shift]:
    """Compare a file's signals with the training ranges of every card; imported ones have none to compare with."""
    return [shift for card in cards for shift in _shifts(summaries, n_bins, card)]


def _shifts(summaries: Sequence[SignalSummary], n_bins: int, card: ChromatinCard) -> Iterator[Shift]:
    if n_bins > card.n_bins:
        yield Shift(
            checkpoint=card.name,
            code="number_of_bins",
            message=f"The file has {n_bins} bins per gene, the network was trained on {card.n_bins}: it reads the "
            f"{card.n_bins} in the middle, around the TSS.",
        )
    elif n_bins < card.n_bins and card.other_lengths:
        yield Shift(
            checkpoint=card.name,
            code="number_of_bins",
            message=f"The file has {n_bins} bins per gene, the network was trained on {card.n_bins}: it answers from "
            f"less than it has learned to read. Give {card.n_bins} bins if you can.",
        )
    found = {summary.signal: summary for summary in summaries}
    for trained in card.signal_ranges:
        if trained.mark in found:
            for code, message in _differences(found[trained.mark], trained):
                said = f"Compared with {card.cell_type}: {message}"
                yield Shift(checkpoint=card.name, signal=trained.mark, code=code, message=said)


def _differences(found: SignalSummary, trained: SignalRange) -> Iterator[tuple[str, str]]:
    """Name what differs in one mark, with both figures."""
    mark = trained.mark
    if trained.whole_numbers and not found.whole_numbers:
        yield (
            "not_counts",
            f"{mark} holds fractions (99th percentile {_shown(found.percentile_99)}); the network was trained on read "
            f"counts (99th percentile {_shown(trained.percentile_99)}). Give counts per bin, not RPKM, fold change or "
            "-log10 p.",
        )
    if found.maximum == 0 and trained.maximum > 0:
        yield (
            "zeros",
            f"{mark} is zero everywhere; in training its maximum was {_shown(trained.maximum)}. Check that the column "
            "or bigWig is the right one.",
        )
        return
    if found.percentile_99 > SCALE_FACTOR * trained.percentile_99:
        yield "scale", _scale(found, trained, "above", "Deeper sequencing or another unit? Bring it to that depth.")
    elif found.percentile_99 * SCALE_FACTOR < trained.percentile_99:
        yield "scale", _scale(found, trained, "below", "Shallower sequencing or another unit? Bring it to that depth.")
    if abs(found.zero_share - trained.zero_share) > ZERO_SHARE_GAP:
        yield (
            "zeros",
            f"{found.zero_share:.0%} of the bins of {mark} are zero; in training {trained.zero_share:.0%} were. "
            "Check that missing values were not written as zeros, and that no background was added or removed.",
        )


def _scale(found: SignalSummary, trained: SignalRange, side: str, remedy: str) -> str:
    return (
        f"{trained.mark} has a 99th percentile of {_shown(found.percentile_99)}, more than {SCALE_FACTOR} times {side} "
        f"the {_shown(trained.percentile_99)} of training. {remedy}"
    )


def _shown(value: float) -> str:
    return f"{value:,.4g}"
