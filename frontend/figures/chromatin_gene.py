"""One gene: its signals, where the network looks, and what removing a signal does, over one axis around the TSS."""

from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from backend.schemas.chromatin_analyses import CheckpointExplanation, GeneExplanation
from frontend.figures.chromatin_frame import add_tss, bp_axis, write_heading
from frontend.figures.chromatin_gene_panels import Panel, Side, bins_of, panels_of
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, base_layout, plain, quiet, scale_place, stacked_domains, theme_of

HOW_TO_READ: Final = (
    "All maps share one axis: each cell is one mark in one bin, the dashed line is the transcription start site "
    "(TSS), and the gene is read to the right of it. Drag to zoom, double-click to go back. Signal: the values of "
    "the file, dark is much, on a scale of log(1 + value). Bin attention (alpha): where along each mark the "
    "network looks; 'even' on the scale is what every bin would get without any preference. Mark attention "
    "(beta): how much each mark counts; the rollout, beta x alpha, is both at once. Attention says where the "
    "network looks, not whether that speaks for ON or OFF. Two maps say that. Integrated gradients: what each "
    "cell adds to the logit of ON, compared with the median of the training genes; orange speaks for ON, blue for "
    "OFF, and all cells add up. Knock-out: the signal is set to that median, the network is asked again, and what the "
    "logit loses is drawn (as it is minus knocked out); it reads alike: orange speaks for ON, blue for OFF. "
    "Trust a position where attention and knock-out point to it together; where only attention does, the answer "
    "does not depend on it. A bin that already has the median signal cannot change anything."
)

_MARGIN: Final = {"l": 92, "r": 62, "t": 66, "b": 50}
_HEAD_PX: Final = 32
_FOOT_PX: Final = 16
_MAPS: Final = (0.0, 0.7)
_SIDES: Final = (0.84, 1.0)


def gene_figure(
    gene: GeneExplanation, checkpoint: str, *, title: str, palette: Palette, dark: bool = False
) -> go.Figure:
    """Draw signal, attention where the checkpoint has it, and knock-out of one gene; `title` is the checkpoint's."""
    explained = _explanation(gene, checkpoint)
    panels = panels_of(gene, explained, palette=palette, dark=dark)
    rows = [(_HEAD_PX + (_FOOT_PX if i else 0), panel.height) for i, panel in enumerate(panels)]
    domains = stacked_domains(rows)
    height = sum(sum(row) for row in rows) + _MARGIN["t"] + _MARGIN["b"]
    layout = base_layout(
        dark=dark, height=height, title=_title(gene, title), subtitle=_subtitle(gene, explained)
    )  # fmt: skip
    figure = go.Figure(layout=layout | _shared(gene, n_panels=len(panels), dark=dark))
    for index, (panel, domain) in enumerate(zip(panels, domains, strict=True), start=1):
        _add_panel(figure, panel, index=index, domain=domain, dark=dark)
    add_tss(figure, domains, dark=dark)
    return figure


def _explanation(gene: GeneExplanation, checkpoint: str) -> CheckpointExplanation:
    """Find the checkpoint's answer, or say why there is none."""
    for explained in gene.explanations:
        if explained.checkpoint == checkpoint:
            return explained
    raise ValueError(gene.refused.get(checkpoint, f"{checkpoint} was not asked about this gene"))


def _title(gene: GeneExplanation, title: str) -> str:
    identifier = plain(gene.gene, limit=32)
    name = f"{plain(gene.symbol, limit=24)} ({identifier})" if gene.symbol else identifier
    return f"{name} · {plain(title, limit=48)}"


def _subtitle(gene: GeneExplanation, explained: CheckpointExplanation) -> str:
    call = "ON" if explained.probability >= 0.5 else "OFF"
    label = "no label in the file" if gene.label is None else f"label in the file: {'ON' if gene.label else 'OFF'}"
    n = len(gene.edits)
    changed = f" · with {n} edit{'' if n == 1 else 's'} of the signal" if n else ""
    return f"P(ON) {explained.probability:.3f}: predicted {call} · {label}{changed}"


def _shared(gene: GeneExplanation, *, n_panels: int, dark: bool) -> dict[str, Any]:
    """Return the layout of the one axis around the TSS."""
    spikes: dict[str, Any] = {
        "showspikes": True,
        "spikemode": "across",
        "spikesnap": "hovered data",
        "spikethickness": 0 if dark else 1,  # as in the sequence dashboard
        "spikedash": "solid",
        "spikecolor": theme_of(dark=dark).padding,
    }
    return {
        "margin": _MARGIN,
        "hovermode": "closest",
        "dragmode": "zoom",
        "showlegend": False,
        "bargap": 0,
        "uirevision": f"gene/{gene.gene}",
        "xaxis": bp_axis(bins_of(gene), dark=dark, domain=list(_MAPS), anchor=f"y{n_panels}", showline=False, **spikes),
    }


def _add_panel(figure: go.Figure, panel: Panel, *, index: int, domain: tuple[float, float], dark: bool) -> None:
    """Put one row in its place: map, scale, words, frame, and the bars beside it."""
    panel.trace.update(xaxis="x", yaxis=f"y{index}")
    if isinstance(panel.trace, go.Heatmap):
        panel.trace.colorbar.update(scale_place(domain, title=panel.scale_title, dark=dark, x=_MAPS[1]))
    figure.add_trace(panel.trace)
    figure.update_layout({f"yaxis{index}": panel.yaxis | {"domain": list(domain), "anchor": "x", "automargin": False}})
    detail = f" {quiet(f'· {panel.detail}', dark=dark)}" if panel.detail else ""
    write_heading(figure, f"<b>{panel.title}</b>{detail}", x=_MAPS[0], y=domain[1], dark=dark)
    _frame(figure, _MAPS, domain=domain, dark=dark)
    if panel.side:
        _add_side(figure, panel.side, index=index, domain=domain, dark=dark)


def _add_side(figure: go.Figure, side: Side, *, index: int, domain: tuple[float, float], dark: bool) -> None:
    """Draw the bars of a side on the rows of its map."""
    theme = theme_of(dark=dark)
    side.trace.update(xaxis=f"x{index + 1}", yaxis=f"y{index}")
    figure.add_trace(side.trace)
    ticks = {"tickvals": list(side.ticks), "ticktext": list(side.ticks.values())}
    place = {"domain": list(_SIDES), "anchor": "free", "position": domain[0], "side": "bottom"}
    figure.update_layout(
        {
            f"xaxis{index + 1}": axis(
                dark=dark,
                range=list(side.span),
                fixedrange=True,
                showgrid=False,
                tickangle=0,
                tickfont={"size": 11, "color": theme.muted},
                **(ticks | place),
            )
        }
    )
    line = {"color": theme.muted, "width": 1, "dash": "dash" if side.line else "solid"}
    across = {"xref": f"x{index + 1}", "x0": side.line, "x1": side.line}
    figure.add_shape(type="line", yref="paper", y0=domain[0], y1=domain[1], line=line, **across)
    write_heading(figure, f"<b>{side.title}</b>", x=_SIDES[0], y=domain[1], dark=dark)
    _write_numbers(figure, side.numbers, name=side.trace.name, index=index, dark=dark)


def _write_numbers(figure: go.Figure, numbers: Sequence[str], *, name: str | None, index: int, dark: bool) -> None:
    font = {"size": 12, "color": theme_of(dark=dark).ink}
    for row, text in enumerate(numbers):
        figure.add_annotation(
            text=text, name=f"{name} {row}", x=1, xref="paper", xanchor="left", xshift=8, y=row, yref=f"y{index}",
            showarrow=False, font=font,
        )  # fmt: skip


def _frame(figure: go.Figure, across: tuple[float, float], *, domain: tuple[float, float], dark: bool) -> None:
    line = {"color": theme_of(dark=dark).padding, "width": 1}
    place = {"xref": "paper", "yref": "paper", "x0": across[0], "x1": across[1], "y0": domain[0], "y1": domain[1]}
    figure.add_shape(type="rect", line=line, **place)
