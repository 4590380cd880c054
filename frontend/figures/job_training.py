"""A training while it runs and when it is done: loss, validation and what the test set says."""

import re
from collections.abc import Sequence
from math import log
from textwrap import wrap
from typing import Any, Final

import plotly.graph_objects as go

from backend.schemas.job_live import NetworkCurve, SimpleMethod, TrainingLive
from frontend.figures.palettes import Palette
from frontend.figures.theme import (
    Series,
    axis,
    base_layout,
    names_axis,
    plain,
    quiet,
    series_of,
    stacked_domains,
    theme_of,
)

HOW_TO_READ: Final = (
    "Top: the mean training loss of each epoch; the dashed line is guessing. Middle: AUROC on the validation set, "
    "which is never learned from; the ring marks the epoch whose weights are kept. When the loss still falls but the "
    "AUROC does not rise any more, the network learns its examples by heart. A dotted upright line marks where a lost "
    "worker was replaced; the numbers are those of an undisturbed training. Bottom: AUROC on the test set with 95 % "
    "bootstrap intervals; thin grey marks are simple methods that a network has to beat."
)
GUESSING_LOSS: Final = log(2)

_LOSS_HEIGHT, _AUROC_HEIGHT, _ROW_HEIGHT = 150, 170, 34
_NAME_LENGTH: Final = 26  # characters of a line; a row takes two
_GAPS: Final = (36, 56)
_FALLBACK_SYMBOLS: Final = ("pentagon", "hexagram", "triangle-down", "triangle-left", "triangle-right", "star-square")


def training_figure(live: TrainingLive, *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw every network of a training over all epochs that are planned, and what the test set says below."""
    looks = _looks(live.networks, palette=palette, dark=dark)
    n_rows = max(len(live.networks) + len(live.baselines), 1)
    rows = [(0, _LOSS_HEIGHT), (_GAPS[0], _AUROC_HEIGHT), (_GAPS[1], _ROW_HEIGHT * n_rows)]
    margin = {"l": 20, "r": 62, "t": 40, "b": 48}
    height = sum(map(sum, rows)) + margin["t"] + margin["b"]
    figure = go.Figure(layout=base_layout(dark=dark, height=height))
    for network, look in zip(live.networks, looks, strict=True):
        _add_curves(figure, network, look)
    figure.update_layout(
        margin=margin,
        uirevision="training",
        hovermode="closest",
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        **_axes(live, stacked_domains(rows), dark=dark),
    )
    _add_guessing(figure, dark=dark)
    _add_resumptions(figure, live.networks, dark=dark)
    tested: list[tuple[NetworkCurve | SimpleMethod, Series]] = list(zip(live.networks, looks, strict=True))
    tested += [(method, series_of(method.name, palette=palette, dark=dark)) for method in live.baselines]
    for row, (one, look) in enumerate(tested):
        _add_test(figure, one, row, look=look, dark=dark)
    return figure.add_traces([_nothing(number) for number in ("", "2", "3")])


def _nothing(number: str) -> go.Scatter:
    """Occupy a panel: Plotly cannot place axes without a trace when it redraws an empty figure."""
    return go.Scatter(
        x=[None], y=[None], xaxis=f"x{number}", yaxis=f"y{number}", mode="markers", hoverinfo="skip", showlegend=False
    )


def _looks(networks: Sequence[NetworkCurve], *, palette: Palette, dark: bool) -> list[Series]:
    """Give each network a look of its own: members of one architecture share a colour, not a marker."""
    looks: list[Series] = []
    spare = iter(_FALLBACK_SYMBOLS * (len(networks) // len(_FALLBACK_SYMBOLS) + 1))
    for network in networks:
        look = series_of(re.split(r"[^\w-]", network.name)[0], palette=palette, dark=dark)
        if look.symbol in {other.symbol for other in looks}:
            look = look._replace(symbol=next(spare), dash="longdashdot")
        looks.append(look._replace(title=plain(network.title)))
    return looks


def _add_curves(figure: go.Figure, network: NetworkCurve, look: Series) -> None:
    """Draw loss and validation AUROC of one network, and ring the epoch that is kept."""
    measured = [point for point in network.epochs if point.validation_auroc is not None]
    curves = (
        ("y", "loss", [point.epoch for point in network.epochs], [point.loss for point in network.epochs]),
        ("y2", "validation AUROC", [point.epoch for point in measured], [point.validation_auroc for point in measured]),
    )
    for place, name, epochs, values in curves:
        kept = [epoch == network.best_epoch for epoch in epochs]
        figure.add_trace(
            go.Scatter(
                x=epochs,
                y=values,
                xaxis="x" if place == "y" else "x2",
                yaxis=place,
                name=look.title,
                legendgroup=network.name,
                showlegend=place == "y",
                mode="lines+markers",
                cliponaxis=False,
                line={"color": look.color, "width": 2, "dash": look.dash},
                marker={"symbol": look.symbol, "size": 8, "color": look.color},
                text=[" (kept)" if is_kept else "" for is_kept in kept],
                hovertemplate=f"{look.title}, epoch %{{x}}%{{text}}<br>{name} %{{y:.4f}}<extra></extra>",
            )
        )
    best = next((point for point in measured if point.epoch == network.best_epoch), None)
    if best:
        figure.add_trace(_ring(best.epoch, best.validation_auroc, network, look))


def _ring(epoch: int, auroc: float | None, network: NetworkCurve, look: Series) -> go.Scatter:
    return go.Scatter(
        x=[epoch],
        y=[auroc],
        xaxis="x2",
        yaxis="y2",
        legendgroup=network.name,
        showlegend=False,
        mode="markers",
        cliponaxis=False,
        hoverinfo="skip",
        marker={"symbol": "circle-open", "size": 18, "color": look.color, "line": {"width": 2}},
    )


def _axes(live: TrainingLive, domains: Sequence[tuple[float, float]], *, dark: bool) -> dict[str, Any]:
    """Give every panel axes that do not move while the curves grow."""
    n_epochs = max((network.n_epochs for network in live.networks), default=1)
    points = [point for network in live.networks for point in network.epochs]
    highest = max([0.75, *(point.loss * 1.05 for point in points)])
    lowest = min([0.5, *(point.validation_auroc - 0.02 for point in points if point.validation_auroc is not None)])
    lows = [network.test_low for network in live.networks if network.test_low is not None]
    lows += [method.test_low for method in live.baselines]
    step = -(-n_epochs // 12)  # whole epochs, also where there are two
    epochs: dict[str, Any] = {"range": [0.5, n_epochs + 0.5], "fixedrange": True, "tick0": step, "dtick": step}
    titles = [network.title for network in live.networks] + [method.title for method in live.baselines]
    names = ["<br>".join(map(plain, wrap(title, _NAME_LENGTH, max_lines=2, placeholder="…"))) for title in titles]
    loss, auroc = (dict[str, Any](dark=dark, domain=domain, fixedrange=True, nticks=6) for domain in domains[:2])
    return {
        "xaxis": axis(dark=dark, anchor="y", matches="x2", showticklabels=False, showgrid=False, **epochs),
        "xaxis2": axis(dark=dark, anchor="y2", showgrid=False, title={"text": "Epoch", "standoff": 6}, **epochs),
        "xaxis3": axis(
            dark=dark, anchor="y3", range=[min([0.5, *lows]), 1.0], fixedrange=True, nticks=6,
            title={"text": "Test AUROC", "standoff": 6},
        ),
        "yaxis": axis(range=[0, highest], title={"text": "Training loss"}, **loss),
        "yaxis2": axis(range=[lowest, 1.005], title={"text": "Validation AUROC"}, **auroc),
        "yaxis3": names_axis(names, dark=dark, domain=domains[2], showgrid=False),
    }  # fmt: skip


def _add_guessing(figure: go.Figure, *, dark: bool) -> None:
    """Draw the loss and the AUROC of guessing."""
    line = {"color": theme_of(dark=dark).muted, "width": 1, "dash": "dash"}
    for place, value in (("y", GUESSING_LOSS), ("y2", 0.5)):
        figure.add_shape(
            type="line", xref="paper", yref=place, x0=0, x1=1, y0=value, y1=value, layer="below", line=line
        )
        figure.add_annotation(
            text=quiet("guessing", dark=dark), xref="paper", yref=place, x=1, y=value, xanchor="left", xshift=6,
            showarrow=False,
        )  # fmt: skip


def _add_resumptions(figure: go.Figure, networks: Sequence[NetworkCurve], *, dark: bool) -> None:
    """Mark before which epochs a lost worker was replaced, on both panels of curves."""
    line = {"color": theme_of(dark=dark).landmark, "width": 1, "dash": "dot"}
    at = sorted({epoch - 0.5 for network in networks for epoch in network.resumed_at})
    for x in at:
        for number in ("", "2"):
            figure.add_shape(
                type="line", xref=f"x{number}", yref=f"y{number} domain", x0=x, x1=x, y0=0, y1=1, layer="below",
                line=line,
            )  # fmt: skip
        figure.add_annotation(
            text=quiet("resumed", dark=dark), xref="x2", yref="y2 domain", x=x, y=0, xanchor="left", yanchor="bottom",
            showarrow=False,
        )  # fmt: skip


def _add_test(
    figure: go.Figure, one: NetworkCurve | SimpleMethod, row: int, *, look: Series, dark: bool
) -> None:  # fmt: skip
    """Draw what one method reaches on the test set with its interval; until then its row is empty."""
    value, low, high = one.test_auroc, one.test_low, one.test_high
    if value is None or low is None or high is None:
        return
    title = plain(one.title)
    figure.add_trace(
        go.Scatter(
            x=[value],
            y=[row],
            xaxis="x3",
            yaxis="y3",
            showlegend=False,
            mode="markers",
            cliponaxis=False,
            marker={"symbol": look.symbol, "size": 11, "color": look.color, "line": {"color": look.color, "width": 2}},
            error_x={
                "symmetric": False, "array": [high - value], "arrayminus": [value - low], "color": look.color,
                "thickness": 2, "width": 6,
            },
            hovertemplate=f"<b>{title}</b><br>test AUROC {value:.3f} ({low:.3f} to {high:.3f})<extra></extra>",
        )
    )  # fmt: skip
    figure.add_annotation(
        text=f"{value:.3f}", xref="paper", yref="y3", x=1, y=row, xanchor="left", xshift=8, showarrow=False,
        font={"color": theme_of(dark=dark).ink},
    )  # fmt: skip
