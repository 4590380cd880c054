"""How well checkpoints and baselines do on labelled genes."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.schemas.catalog import Estimate, ReliabilityBin
from backend.schemas.chromatin_analyses import ChromatinCheckpointReference, Confusion, Evaluation
from backend.schemas.chromatin_catalog import ChromatinCard
from frontend.figures.card import reliability_figure
from frontend.figures.chromatin_frame import whole
from frontend.figures.palettes import Palette
from frontend.figures.theme import Series, axis, base_layout, names_axis, plain, quiet, series_of, theme_of

HOW_TO_READ_SCORES: Final = (
    "AUROC: the chance that a gene that is ON scores higher than one that is OFF; 0.5 is guessing. AUPRC: the mean "
    "share of true ON genes among those called ON, over all thresholds; guessing reaches the share of ON genes, the "
    "dashed line. Whiskers are 95 % bootstrap confidence intervals: where they overlap widely, two models cannot be "
    "told apart. Thin grey marks are baselines, simple methods that a network has to beat."
)
HOW_TO_READ_RELIABILITY: Final = (
    "Genes are grouped by predicted P(ON); the number beside a point counts its genes. A point on the diagonal means "
    "that the probability is honest: of the genes given 0.8, 80 % are ON. Below the diagonal the model is too sure of "
    "ON, above it not sure enough. Points of few genes are uncertain."
)
HOW_TO_READ_CONFUSION: Final = (
    "Rows are the labels of the file, columns the call at P(ON) = 0.5. Large numbers count genes, small ones are "
    "shares of the row: on the diagonal are the genes called rightly."
)

_PANELS: Final = ((0.0, 0.42), (0.58, 1.0))


class Score(NamedTuple):
    """What one model reaches."""

    title: str
    architecture: str
    baseline: bool
    auroc: Estimate
    auprc: Estimate


def scores_of(evaluations: Sequence[Evaluation], checkpoints: Sequence[ChromatinCheckpointReference]) -> list[Score]:
    """List what every checkpoint of an analysis reaches, networks first."""
    known = {reference.name: reference for reference in checkpoints}
    pairs = [(known[e.checkpoint], e) for e in evaluations]
    scores = [Score(r.title, r.architecture, r.kind == "baseline", e.auroc, e.auprc) for r, e in pairs]
    return sorted(scores, key=lambda score: score.baseline)


def card_scores(card: ChromatinCard) -> list[Score]:
    """List what a checkpoint reached on the genes of its card, and the baselines on the same genes."""
    if card.metrics is None:
        return []
    own = Score(card.title, card.architecture, card.kind == "baseline", card.metrics.auroc, card.metrics.auprc)
    return [own, *(Score(b.title, b.name, True, b.auroc, b.auprc) for b in card.baselines)]


def scores_figure(
    scores: Sequence[Score], *, prevalence: float | None, palette: Palette, dark: bool = False
) -> go.Figure:
    """Draw AUROC and AUPRC with their intervals, one row per model; `prevalence` is the share of ON genes."""
    headings = ["<br>".join(map(plain, wrap(score.title, 30)[:2])) for score in scores]
    figure = go.Figure(layout=base_layout(dark=dark, height=108 + 40 * max(len(scores), 1)))
    guesses = (0.5, prevalence)
    for panel, (name, guess) in enumerate(zip(("AUROC", "AUPRC"), guesses, strict=True)):
        estimates = [score.auroc if panel == 0 else score.auprc for score in scores]
        place: dict[str, Any] = {"name": name, "panel": panel, "dark": dark}
        for row, (score, estimate) in enumerate(zip(scores, estimates, strict=True)):
            look = series_of(score.architecture, palette=palette, dark=dark)
            _add_estimate(figure, estimate, row, title=score.title, look=look, **place)
        _add_panel(figure, estimates, guess=guess, **place)
    return figure.update_layout(
        margin={"l": 20, "r": 62, "t": 40, "b": 52},
        showlegend=False,
        yaxis=names_axis(headings, dark=dark, showgrid=False, tickfont={"size": 12, "color": theme_of(dark=dark).ink}),
    )


def _add_estimate(
    figure: go.Figure, estimate: Estimate, row: int, *, title: str, look: Series, name: str, panel: int, dark: bool
) -> None:
    """Draw one value with its whiskers, and write it right of its panel."""
    whiskers = {"array": [estimate.high - estimate.value], "arrayminus": [estimate.value - estimate.low]}
    interval = f"{name} {estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
    figure.add_trace(
        go.Scatter(
            x=[estimate.value],
            y=[row],
            xaxis="x" if panel == 0 else "x2",
            name=plain(title),
            mode="markers",
            cliponaxis=False,
            marker={"symbol": look.symbol, "size": 11, "color": look.color, "line": {"color": look.color, "width": 2}},
            error_x={"symmetric": False, "color": look.color, "thickness": 2, "width": 6} | whiskers,
            text=[f"<b>{plain(title)}</b><br>{interval}"],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    place = {"x": _PANELS[panel][1], "xref": "paper", "xanchor": "left", "xshift": 8, "y": row, "yanchor": "middle"}
    ink = {"color": theme_of(dark=dark).ink}
    figure.add_annotation(text=f"{estimate.value:.3f}", showarrow=False, font=ink, **place)


def _add_panel(
    figure: go.Figure, estimates: Sequence[Estimate], *, guess: float | None, name: str, panel: int, dark: bool
) -> None:
    """Give a panel its axis, from just below the lowest whisker to 1, and the line of guessing."""
    suffix = "" if panel == 0 else "2"
    lowest = min([e.low for e in estimates] + ([] if guess is None else [guess]), default=0.5)
    left = max(0.0, float(np.floor(lowest * 20 - 0.2)) / 20)
    domain = list(_PANELS[panel])
    figure.update_layout(
        {
            f"xaxis{suffix}": axis(
                dark=dark, domain=domain, range=[left, 1.0], nticks=5, tickangle=0, anchor="y", fixedrange=True,
                title={"text": name, "standoff": 8},
            )
        }
    )  # fmt: skip
    if guess is None:
        return
    line = {"color": theme_of(dark=dark).muted, "width": 1, "dash": "dash"}
    place = {"xref": f"x{suffix}", "yref": "paper"}
    figure.add_shape(type="line", x0=guess, x1=guess, y0=0, y1=1, line=line, layer="below", **place)
    text = "guessing 0.5" if panel == 0 else f"share of ON genes {guess:.2f}"
    figure.add_annotation(
        text=quiet(text, dark=dark), x=guess, y=1, xanchor="left", xshift=-4, yanchor="bottom", showarrow=False, **place
    )


def gene_reliability_figure(bins: Sequence[ReliabilityBin], *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw the observed share of ON genes against predicted P(ON), the number of genes beside every point."""
    figure = reliability_figure(bins, palette=palette, dark=dark)
    filled = sorted((b for b in bins if b.n), key=lambda b: b.predicted)
    # Left of the first point stands the axis.
    above = [b.observed >= b.predicted and b.predicted > 0.12 for b in filled]
    figure.update_traces(
        mode="lines+markers+text",
        text=[whole(b.n) for b in filled],
        textposition=["top left" if up else "bottom right" for up in above],
        textfont={"size": 11, "color": theme_of(dark=dark).muted},
        hovertemplate="predicted %{x:.2f}<br>observed %{y:.2f}<br>%{customdata:,} genes<extra></extra>",
    )
    return figure.update_layout(xaxis_title_text="predicted P(ON)", yaxis_title_text="share that is ON")


def confusion_figure(confusion: Confusion, *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw the four counts as tiles, with their shares of the row."""
    counts = np.array(
        [
            [confusion.on_called_on, confusion.on_called_off],
            [confusion.off_called_on, confusion.off_called_off],
        ]
    )
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    states = ("ON", "OFF")
    texts = [
        [f"<b>{whole(int(n))}</b><br>{share:.0%} of {state}" for n, share in zip(row, part, strict=True)]
        for state, row, part in zip(states, counts, shares, strict=True)
    ]
    tiles = go.Heatmap(
        z=shares,
        zmin=0,
        zmax=1,
        colorscale=palette.strip(dark=dark),
        showscale=False,
        xgap=3,
        ygap=3,
        text=texts,
        texttemplate="%{text}",
        textfont={"size": 14},
        customdata=counts,
        hovertemplate="label %{y}, called %{x}<br>%{customdata:,} genes<br>%{z:.1%} of the row<extra></extra>",
        x=["called ON", "called OFF"],
        y=["label ON", "label OFF"],
    )
    quiet_axis: dict[str, Any] = {"showline": False, "ticks": "", "showgrid": False, "fixedrange": True}
    font = {"size": 12, "color": theme_of(dark=dark).ink}
    return go.Figure(tiles, layout=base_layout(dark=dark, height=240)).update_layout(
        margin={"l": 84, "r": 16, "t": 34, "b": 12},
        xaxis=axis(dark=dark, side="top", tickfont=font, **quiet_axis),
        yaxis=axis(dark=dark, autorange="reversed", tickfont=font, ticklabelstandoff=6, **quiet_axis),
    )
