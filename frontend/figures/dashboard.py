"""The Deep Motif Dashboard: what three networks look for, which bases decide, and when the decision falls."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.motifs import MotifScan
from backend.schemas.sequence_analyses import WindowExplanation
from frontend.figures.attribution_rows import Explained, attribution_row
from frontend.figures.logo import extent, information_heights
from frontend.figures.motif_boxes import ROOM_PX, add_boxes
from frontend.figures.palettes import Palette
from frontend.figures.rows import Row, letters_row, optimization_row, probability_of, temporal_row
from frontend.figures.scan_row import scan_row
from frontend.figures.theme import NETWORKS, axis, base_layout, plain, scale_place, stacked_domains, theme_of

HOW_TO_READ: Final = (
    "All rows share one axis: drag to zoom, double-click to go back.\n"
    "Top: the pattern that each network would most like to see, whatever the sequence.\n"
    "Middle: which bases of this sequence the decision rests on, as contributions to the logit of bound. Letters above "
    "the line speak for binding, letters below it against; each row has its own scale, and P(bound) in brackets. DeMo "
    "saliency is the historical view, without sign and without badge.\n"
    "Badges: whether an explanation adds up to the answer, agrees with what happens when bases are really changed, and "
    "stays the same on the other strand, with other references and by the other networks; the badge above the figure "
    "lists the tests on hover. Draw no conclusion from a red one.\n"
    "Boxes: seqlets, stretches that stand out more than in shuffled sequences, solid above the line for bound, dashed "
    "below it against; named where a known motif resembles them significantly.\n"
    "PWM scan: where known motifs fit the letters, whatever the networks say; filled bars on this strand, open ones on "
    "the other.\n"
    "Bottom: P(bound) after reading only the bases up to here (forward) or from here on (backward); where the colour "
    "changes, the network changes its mind. Hatching and dots mark padding: positions that the record does not have."
)

Matrix = Sequence[Sequence[float]]
_MARGIN: Final = {"l": 246, "r": 84, "t": 66, "b": 50}
_LONGEST_NAME: Final = 32  # letters: two such names and the strand fit into a heading 800 px wide
_RECURRENT: Final = ("demo_rnn", "demo_cnn_rnn")


def dashboard_figure(
    window: WindowExplanation,
    *,
    class_optimization: Mapping[str, list[list[float]] | None],
    explained: Mapping[str, Explained],
    scan: MotifScan | str,
    palette: Palette,
    dark: bool = False,
) -> go.Figure:
    """Draw class optimisation, sequence, attributions, scan and temporal outputs of the networks over one axis.

    `explained` has the networks by architecture; `scan` is a text where there is none, saying why.
    """
    networks = [name for name in NETWORKS if probability_of(window, name) is not None]
    rows = [
        *_optimization_rows(
            window, {name: class_optimization.get(name) for name in networks}, palette=palette, dark=dark
        ),
        letters_row(window, gap=16, palette=palette, dark=dark),
        *_attribution_rows(window, {name: explained[name] for name in networks}, palette=palette, dark=dark),
        scan_row(window, scan, gap=12, dark=dark),
        letters_row(window, gap=12, palette=palette, dark=dark),
        *_temporal_rows(window, [name for name in networks if name in _RECURRENT], dark=dark),
    ]
    total = sum(row.height + row.gap for row in rows)
    layout = base_layout(
        dark=dark, height=total + _MARGIN["t"] + _MARGIN["b"], title=_title(window), subtitle=_subtitle(window)
    )
    figure = go.Figure(layout=layout | _shared(window, n_rows=len(rows), dark=dark))
    for index, (row, domain) in enumerate(zip(rows, _domains(rows), strict=True), start=1):
        _add_row(figure, row, index=index, domain=domain, dark=dark)
        add_boxes(figure, row.boxes, axis=f"y{index}", span=row.span, top=domain[1], palette=palette, dark=dark)
    _add_temporal_scale(figure, rows, palette=palette, dark=dark)
    return figure


def _optimization_rows(
    window: WindowExplanation, matrices: Mapping[str, Matrix | None], *, palette: Palette, dark: bool
) -> list[Row]:
    """Draw the logos on one scale in bits."""
    highest = [extent(information_heights(np.array(m)))[1] for m in matrices.values() if m is not None]
    top = min(2.0, float(np.ceil(max(highest, default=2.0) * 2)) / 2 or 2.0)
    return [
        optimization_row(
            name, matrix=matrix, top=top, x0=window.window_start, gap=10 if i else 0, palette=palette, dark=dark
        )
        for i, (name, matrix) in enumerate(matrices.items())
    ]


def _attribution_rows(
    window: WindowExplanation, explained: Mapping[str, Explained], *, palette: Palette, dark: bool
) -> list[Row]:
    """Draw one attribution per network, with room above each for the names of motifs."""
    return [
        attribution_row(window, name, explained=how, gap=4 + ROOM_PX, palette=palette, dark=dark)
        for name, how in explained.items()
    ]


def _temporal_rows(window: WindowExplanation, networks: Sequence[str], *, dark: bool) -> list[Row]:
    pairs = [(name, direction) for name in networks for direction in ("forward", "backward")]
    return [
        temporal_row(window, name, direction=direction, gap=6 if i else 14, dark=dark)
        for i, (name, direction) in enumerate(pairs)
    ]


def _domains(rows: Sequence[Row]) -> list[tuple[float, float]]:
    return stacked_domains([(row.gap, row.height) for row in rows])


def _title(window: WindowExplanation) -> str:
    factor, name = (plain(text, limit=_LONGEST_NAME) for text in (window.factor, window.name))
    return f"{factor} · {name} · {window.strand} strand"


def _subtitle(window: WindowExplanation) -> str:
    n = len(window.sequence)
    last = window.window_start + n - 1
    padding = f", then {window.padding} positions of padding" if window.padding else ""
    return (
        f"Bases {window.window_start} to {last} of {window.record_length}{padding}; "
        "positions count from 0, 5' to 3' on this strand. In brackets: P(bound)."
    )


def _shared(window: WindowExplanation, *, n_rows: int, dark: bool) -> dict[str, Any]:
    """Return the layout of the one position axis and of the hover over all rows."""
    theme = theme_of(dark=dark)
    left = window.window_start - 0.5
    right = left + len(window.sequence) + window.padding
    x = axis(
        dark=dark,
        anchor=f"y{n_rows}",
        domain=[0, 1],
        range=[left, right],
        minallowed=left,
        maxallowed=right,
        nticks=14,
        showline=False,
        showspikes=True,
        spikemode="across",
        spikesnap="hovered data",
        # plotly.js adds a white line of 2 px beneath, as transparent paper counts as white: enough by itself on dark.
        spikethickness=0 if dark else 1,
        spikedash="solid",
        spikecolor=theme.padding,
        title={"text": f"position in the record, 0-based, {window.strand} strand 5' to 3'", "standoff": 8},
    )
    return {
        "margin": _MARGIN,
        "hovermode": "closest",
        "hoverdistance": -1,
        "dragmode": "zoom",
        "showlegend": False,
        "uirevision": f"{window.record}/{window.strand}/{window.window_start}",
        "xaxis": x,
    }


def _add_row(figure: go.Figure, row: Row, *, index: int, domain: tuple[float, float], dark: bool) -> None:
    """Put one row in its place: traces, axis, label, frame."""
    for trace in row.traces:
        trace.update(xaxis="x", yaxis=f"y{index}")
        if isinstance(trace, go.Heatmap) and trace.coloraxis is None:
            trace.colorbar.update(scale_place(_shrunk(domain), title="saliency", dark=dark))
        figure.add_trace(trace)
    figure.update_layout({f"yaxis{index}": _row_axis(row, domain=domain, dark=dark)})
    _add_words(figure, row, y=sum(domain) / 2, dark=dark)
    if row.frame:
        line = {"color": theme_of(dark=dark).padding, "width": 1}
        figure.add_shape(type="rect", xref="paper", yref="paper", x0=0, x1=1, y0=domain[0], y1=domain[1], line=line)


def _row_axis(row: Row, *, domain: tuple[float, float], dark: bool) -> dict[str, Any]:
    theme = theme_of(dark=dark)
    return axis(
        dark=dark,
        anchor="x",
        domain=list(domain),
        range=list(row.span),
        fixedrange=True,
        side="right",
        showgrid=False,
        showline=False,
        zeroline=row.baseline,
        zerolinecolor=theme.padding,
        zerolinewidth=1,
        tickvals=list(row.ticks),
        ticktext=list(row.ticks.values()),
        tickfont={"size": 11, "color": theme.muted},
    )


def _add_words(figure: go.Figure, row: Row, *, y: float, dark: bool) -> None:
    """Write the row's label left of it, and its note, if any, across it."""
    theme = theme_of(dark=dark)
    place = {"xref": "paper", "y": y, "yref": "paper", "yanchor": "middle", "showarrow": False}
    detail = f'<br><span style="font-size:11px;color:{theme.muted}">{row.detail}</span>' if row.detail else ""
    figure.add_annotation(
        text=row.label + detail,
        x=0,
        xanchor="right",
        xshift=-12,
        align="right",
        font={"size": 12, "color": theme.ink},
        **place,
    )
    if row.note:
        figure.add_annotation(text=f"<i>{plain(row.note, limit=120)}</i>", x=0.5, font={"color": theme.muted}, **place)


def _shrunk(domain: tuple[float, float]) -> tuple[float, float]:
    """Leave room above and below a short scale."""
    margin = 0.1 * (domain[1] - domain[0])
    return domain[0] + margin, domain[1] - margin


def _add_temporal_scale(figure: go.Figure, rows: Sequence[Row], *, palette: Palette, dark: bool) -> None:
    """Put the one scale of all temporal outputs beside them."""
    inside = [domain for row, domain in zip(rows, _domains(rows), strict=True) if row.key == "temporal"]
    if not inside:
        return
    place = scale_place((inside[-1][0], inside[0][1]), title="P(bound)", dark=dark)
    figure.update_layout(
        coloraxis={
            "cmin": 0,
            "cmax": 1,
            "colorscale": palette.temporal,
            "colorbar": place | {"tickvals": [0, 0.5, 1], "ticktext": ["0", "0.5", "1"]},
        }
    )
