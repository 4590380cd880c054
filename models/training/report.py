"""What the checkpoints reach, as a table for the README."""

from pathlib import Path
from typing import Final

from models.card import ModelCard, read_card
from models.checkpoints import checkpoint_names

_COLUMNS: Final = ("demo_cnn", "demo_rnn", "demo_cnn_rnn", "kmer_logistic")


def accuracy_table(folder: Path) -> str:
    """Return test AUROC with its 95 % interval per factor and architecture, and means over factors, as Markdown."""
    cards = [read_card(folder / name) for name in checkpoint_names(folder)]
    by_factor: dict[str, dict[str, ModelCard]] = {}
    for card in cards:
        by_factor.setdefault(card.factor, {})[card.architecture] = card
    lines = ["| factor | " + " | ".join(_COLUMNS) + " |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for factor, row in by_factor.items():
        lines.append(
            f"| {factor} | " + " | ".join(_cell(row[column]) if column in row else "" for column in _COLUMNS) + " |"
        )
    means = (_mean([row[column] for row in by_factor.values() if column in row]) for column in _COLUMNS)
    return "\n".join([*lines, "| mean | " + " | ".join(means) + " |"])


def _cell(card: ModelCard) -> str:
    auroc = card.metrics.auroc
    return f"{auroc.value:.3f} ({auroc.low:.3f} to {auroc.high:.3f})"


def _mean(cards: list[ModelCard]) -> str:
    return f"{sum(card.metrics.auroc.value for card in cards) / len(cards):.4f}" if cards else ""
