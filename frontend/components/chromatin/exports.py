"""Files of the histone-mark page: every number with its convention, weights, versions and settings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backend.schemas.chromatin_analyses import AttentionAverage, ChromatinAnalysis, Evaluation, GeneExplanation
from backend.schemas.chromatin_catalog import ChromatinCard, PatternMap
from frontend.components.delimited import delimited, provenance

STATE = {1: "ON", 0: "OFF", None: ""}


def genes_text(analysis: ChromatinAnalysis, *, separator: str) -> str:
    """Write one line per gene with P(ON) of every checkpoint."""
    genes, n_networks = analysis.genes, sum(c.kind == "network" for c in analysis.checkpoints)
    labels: Sequence[int | None] = genes.label or [None] * len(genes.gene)
    columns = ["gene", "symbol", "label", *(f"p_on_{p.checkpoint}" for p in analysis.predictions),
               "networks_calling_on", "networks"]  # fmt: skip
    values = zip(*(p.probability for p in analysis.predictions), strict=True)
    rows = (
        [gene, symbol, STATE[label], *probabilities, calling, n_networks]
        for gene, symbol, label, probabilities, calling in zip(
            genes.gene, genes.symbol, labels, values, analysis.networks_calling_on, strict=True
        )
    )
    weights = {c.name: c.sha256 for c in analysis.checkpoints}
    return delimited(columns, rows, comments=provenance(analysis, weights=weights), separator=separator)


def gene_text(answer: GeneExplanation, *, weights: Mapping[str, str]) -> str:
    """Write every map of an explained gene in long format, one line per mark and bin."""
    columns = ["gene", "symbol", "checkpoint", "quantity", "mark", "bin", "start_bp_from_tss", "value"]
    axis = f"bins: bin counts from 1, start_bp_from_tss is its first base, each is {answer.bin_size_bp} bp long"
    comments = [*provenance(answer, weights=weights), axis, "mark 'all': every mark at once", *_said(answer)]
    return delimited(columns, _gene_rows(answer), comments=comments)


def _said(answer: GeneExplanation) -> Iterator[str]:
    """Say what was edited, and how far the contributions may be believed."""
    yield from (f"edit {place}: {words}" for place, words in enumerate(answer.edits, start=1))
    for trust in (e.trust for e in answer.explanations if e.trust):
        yield f"trust {trust.checkpoint}, {trust.method}: {trust.verdict}. {trust.sentence}"
        yield from (f"trust {trust.checkpoint}, {m.title}: {m.text} ({m.thresholds})" for m in trust.measures)


def edited_text(answer: GeneExplanation) -> str:
    """Write the edited gene as a bin file with a header that can be analysed again; its label is not known."""
    symbol = ["symbol"] if answer.symbol else []
    rows = (
        [answer.gene, *([answer.symbol] if answer.symbol else []), i + 1, *values]
        for i, values in enumerate(zip(*answer.signal, strict=True))
    )
    return delimited(["gene", *symbol, "bin", *answer.marks], rows, comments=())


def _gene_rows(answer: GeneExplanation) -> Iterator[list[Any]]:
    head = [answer.gene, answer.symbol]
    yield from _matrix_rows([*head, "", "signal"], answer.signal, answer)
    yield from _matrix_rows([*head, "", "signal_before_edits"], answer.original_signal or [], answer)
    for e in answer.explanations:
        matrices = {"bin_attention_alpha": e.bin_attention, "beta_x_alpha": e.combined_attention,
                    "integrated_gradients": e.contributions.cells if e.contributions else None,
                    "knock_out_cell": e.knock_out.cells if e.knock_out else None}  # fmt: skip
        for quantity, matrix in matrices.items():
            yield from _matrix_rows([*head, e.checkpoint, quantity], matrix or [], answer)
        knocked_bins = e.knock_out.bins if e.knock_out else []
        for i, (start, value) in enumerate(zip(answer.bin_starts_bp, knocked_bins, strict=False)):
            yield [*head, e.checkpoint, "knock_out_bin", "all", i + 1, start, value]
        per_mark = {"mark_attention_beta": e.mark_attention or [],
                    "integrated_gradients_mark": e.contributions.marks if e.contributions else [],
                    "knock_out_mark": e.knock_out.marks if e.knock_out else []}  # fmt: skip
        for quantity, values in per_mark.items():
            for mark, value in zip(answer.marks, values, strict=False):
                yield [*head, e.checkpoint, quantity, mark, "", "", value]


def _matrix_rows(
    head: list[Any], matrix: Sequence[Sequence[float]], answer: GeneExplanation | AttentionAverage
) -> Iterator[list[Any]]:
    for mark, row in zip(answer.marks, matrix, strict=False):
        for i, (start, value) in enumerate(zip(answer.bin_starts_bp, row, strict=True)):
            yield [*head, mark, i + 1, start, value]


def average_text(average: AttentionAverage) -> str:
    """Write mean attention and coverage of a set in long format."""
    comments = [
        *provenance(average, weights={}),
        f"set: {average.selection}, {average.n_genes} genes",
        *(f"Pearson r of mean alpha of {c.mark} and mean {c.signal} over {c.n_bins} bins: {c.r}"
          for c in average.correlations),
    ]  # fmt: skip
    rows = [
        *_matrix_rows([average.checkpoint, "mean_bin_attention_alpha"], average.bin_attention, average),
        *([average.checkpoint, "mean_coverage", name, i + 1, start, value]
          for name, values in average.coverage.items()
          for i, (start, value) in enumerate(zip(average.bin_starts_bp, values, strict=True))),
    ]  # fmt: skip
    return delimited(["checkpoint", "quantity", "signal", "bin", "start_bp_from_tss", "value"], rows, comments=comments)


def tiles_text(tiles: Mapping[str, Any]) -> str:
    """Write mark attention of one gene, one line per column of the figure and mark."""
    rows = (
        [tiles["gene"], c["file"], c["checkpoint"], c["probability"], "ON" if c["on"] else "OFF", c["said_by"], *pair]
        for c in tiles["columns"]
        for pair in zip(tiles["marks"], c["beta"], strict=True)
    )
    columns = ["gene", "file", "checkpoint", "p_on", "state", "state_said_by", "mark", "mark_attention_beta"]
    return delimited(columns, rows, comments=tiles["comments"])


def evaluations_text(evaluations: Sequence[Evaluation], *, comments: Iterator[str]) -> str:
    """Write scores, confusion and reliability of every checkpoint in long format."""
    return delimited(
        ["checkpoint", "quantity", "value", "low_95", "high_95", "genes"],
        (row for e in evaluations for row in _evaluation_rows(e)),
        comments=comments,
    )


def _evaluation_rows(e: Evaluation) -> Iterator[list[Any]]:
    for name in ("auroc", "auprc", "accuracy", "brier"):
        estimate = getattr(e, name)
        yield [e.checkpoint, name, estimate.value, estimate.low, estimate.high, ""]
    for name, count in e.confusion.model_dump().items():
        yield [e.checkpoint, name, count, "", "", count]
    for b in e.reliability:
        yield [e.checkpoint, f"share_on_at_mean_p_{b.predicted:.3f}", b.observed, "", "", b.n]


def card_text(card: ChromatinCard) -> str:
    """Write a card's scores beside its baselines'."""
    scored = [(b.name, b.auroc, b.auprc) for b in card.baselines]
    if card.metrics:
        scored.insert(0, (card.name, card.metrics.auroc, card.metrics.auprc))
    rows = (
        [name, score, e.value, e.low, e.high]
        for name, auroc, auprc in scored
        for score, e in (("auroc", auroc), ("auprc", auprc))
    )
    return delimited(["model", "score", "value", "low_95", "high_95"], rows, comments=_card_comments(card))


def pattern_text(card: ChromatinCard, maps: Sequence[PatternMap]) -> str:
    """Write pattern maps in long format, one line per mark and bin."""
    comments = [*_card_comments(card), "values: divided by the global maximum; bins of at least 0.25 are active"]
    rows = (
        [card.name, m.target, m.space, mark, i + 1, (i - len(row) // 2) * card.bin_size_bp, value]
        for m in maps
        for mark, row in zip(card.marks, m.values, strict=True)
        for i, value in enumerate(row)
    )
    return delimited(
        ["checkpoint", "class", "space", "mark", "bin", "start_bp_from_tss", "value"], rows, comments=comments
    )


def _card_comments(card: ChromatinCard) -> list[str]:
    return [f"checkpoint {card.title}, {card.cell_type}", f"weights {card.name}: sha256 {card.sha256}",
            f"citation: {card.citation}"]  # fmt: skip
