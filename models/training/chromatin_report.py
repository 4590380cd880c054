"""What the chromatin checkpoints reach, beside the simple methods on the same genes, as a table for the README."""

from pathlib import Path

from models.card import ChromatinCard, Estimate, read_card
from models.checkpoints import checkpoint_names
from models.training.chromatin_data import CHROMATIN_SETS
from models.training.report import markdown_table


def chromatin_table(folder: Path) -> str:
    """Return AUROC with its 95 % interval per data set and network, and the best simple method, as Markdown."""
    by_set: dict[tuple[str, ...], dict[str, ChromatinCard]] = {}
    for card in (read_card(folder / name, ChromatinCard) for name in checkpoint_names(folder)):
        if card.kind == "network" and card.metrics is not None:
            by_set.setdefault(card.cell_types, {})[card.architecture] = card
    ordered = [tuple(CHROMATIN_SETS.get(name).files) for name in CHROMATIN_SETS]
    columns = sorted({architecture for cards in by_set.values() for architecture in cards})
    rows = [_row(by_set[cell_types], columns) for cell_types in ordered if cell_types in by_set]
    return markdown_table(["data", "genes", *columns, "best simple method"], rows)


def _row(cards: dict[str, ChromatinCard], columns: list[str]) -> list[str]:
    any_card = next(iter(cards.values()))
    best = max(any_card.baselines, key=lambda result: result.auroc.value)
    networks = [_interval(cards[one].metrics.auroc) if one in cards else "" for one in columns]  # type: ignore[union-attr]
    return [any_card.cell_type, f"{any_card.n_genes:,}", *networks, f"{_interval(best.auroc)} {best.title}"]


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
