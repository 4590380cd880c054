"""What a motif does by itself: its mean effect in shuffled backgrounds along the window."""

from typing import Any, Final

import plotly.graph_objects as go

from backend.schemas.constructs import CheckpointEffect, MarginalEffects
from frontend.figures.palettes import Palette
from frontend.figures.theme import Series, axis, base_layout, plain, series_of, theme_of

HOW_TO_READ: Final = (
    "For each start of the motif: the mean change of the logit of bound when the motif is written over dinucleotide "
    "shuffles of the present construct; the band is the 95 % confidence interval of that mean, for each position by "
    "itself. Above zero with its band: the motif alone speaks for binding there. If its effect in your sequence "
    "differs, the sequence around it matters. The dashed line is the cursor."
)
_MARGIN: Final = {"l": 70, "r": 24, "t": 74, "b": 52}
_OPACITY: Final = 0.16


def effect_figure(
    effects: MarginalEffects, *, cursor: int, motif_name: str, palette: Palette, dark: bool = False
) -> go.Figure:
    """Draw one line with its band per network over the start of the motif."""
    named = f"{plain(motif_name)}, " if motif_name else ""
    layout = base_layout(
        dark=dark,
        height=360,
        title=f"Effect of {named}{plain(effects.motif, limit=40)} by itself",
        subtitle=f"Mean over {effects.n_backgrounds} dinucleotide shuffles of the construct, with 95 % band.",
    )
    figure = go.Figure(layout=layout | _own_layout(effects, cursor=cursor, dark=dark))
    for one in effects.effects:
        look = series_of(one.architecture, palette=palette, dark=dark)
        figure.add_trace(_band(effects.positions, one, look))
        figure.add_trace(_line(effects.positions, one, look))
    return figure


def _own_layout(effects: MarginalEffects, *, cursor: int, dark: bool) -> dict[str, Any]:
    theme = theme_of(dark=dark)
    dashed = {"color": theme.landmark, "width": 1.5, "dash": "dash"}
    return {
        "margin": _MARGIN,
        "hovermode": "x unified",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        "meta": "regulens-motif_effect",
        "xaxis": axis(
            dark=dark,
            title={"text": "start of the motif, 0-based position in the construct"},
            range=[-1, len(effects.sequence)],
            showgrid=False,
        ),
        "yaxis": axis(
            dark=dark,
            title={"text": "change of the logit"},
            zeroline=True,
            zerolinecolor=theme.padding,
            automargin=True,
        ),
        "shapes": [{"type": "line", "x0": cursor, "x1": cursor, "yref": "paper", "y0": 0, "y1": 1, "line": dashed}],
    }


def _band(positions: list[int], one: CheckpointEffect, look: Series) -> go.Scatter:
    return go.Scatter(
        x=[*positions, *reversed(positions)],
        y=[*one.high, *reversed(one.low)],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=look.color,
        opacity=_OPACITY,
        hoverinfo="skip",
        showlegend=False,
        legendgroup=one.architecture,
        name=f"{look.title}, 95 % band",
    )


def _line(positions: list[int], one: CheckpointEffect, look: Series) -> go.Scatter:
    return go.Scatter(
        x=positions,
        y=one.mean,
        mode="lines",
        line={"color": look.color, "dash": look.dash, "width": 2},
        legendgroup=one.architecture,
        name=look.title,
        customdata=list(zip(one.low, one.high, strict=True)),
        hovertemplate="%{y:.2f} (%{customdata[0]:.2f} to %{customdata[1]:.2f})",
    )
