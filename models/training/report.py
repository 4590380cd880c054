"""What the checkpoints reach, as a table for the README."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from models.card import SequenceCard, read_card
from models.checkpoints import architecture_names, checkpoint_names


def accuracy_table(folder: Path) -> str:
    """Return test AUROC with its 95 % interval per factor and architecture, and means over factors, as Markdown."""
    columns = architecture_names()
    by_factor: dict[str, dict[str, SequenceCard]] = {}
    for card in (read_card(folder / name, SequenceCard) for name in checkpoint_names(folder)):
        by_factor.setdefault(card.factor, {})[card.architecture] = card
    rows = [
        [factor, *(_cell(row[column]) if column in row else "" for column in columns)]
        for factor, row in by_factor.items()
    ]
    means = [_mean([row[column] for row in by_factor.values() if column in row]) for column in columns]
    return markdown_table(["factor", *columns], [*rows, ["mean", *means]])


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join([_line(header), "|---" * len(header) + "|", *map(_line, rows)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(card: SequenceCard) -> str:
    auroc = card.metrics.auroc
    return f"{auroc.value:.3f} ({auroc.low:.3f} to {auroc.high:.3f})"


def _mean(cards: list[SequenceCard]) -> str:
    return f"{sum(card.metrics.auroc.value for card in cards) / len(cards):.4f}" if cards else ""
