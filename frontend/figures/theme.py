"""What all figures share: ink and paper, text that plotly cannot misread, and the look of each model's series."""

import html
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from frontend.figures.palettes import Palette

FONT: Final = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


class Theme(NamedTuple):
    """Colours of everything that is not data."""

    ink: str
    muted: str
    grid: str
    card: str
    padding: str
    landmark: str


LIGHT: Final = Theme(
    ink="#1F2933", muted="#5C6773", grid="#E3E7EB", card="#FFFFFF", padding="#98A2AD", landmark="#B5247A"
)
DARK: Final = Theme(
    ink="#E6EAEE", muted="#A3ADB8", grid="#3A4149", card="#2B3036", padding="#7C8791", landmark="#FF8AC9"
)


def theme_of(*, dark: bool) -> Theme:
    """Return the theme of light or dark paper."""
    return DARK if dark else LIGHT


def plain(text: str, *, limit: int = 60) -> str:
    """Shorten a user's text and keep plotly from reading it as markup, or as a template that it fills in."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return html.escape(shown, quote=False).replace("%{", "&#37;{")


def base_layout(*, dark: bool, height: int, title: str = "", subtitle: str = "") -> dict[str, Any]:
    """Return the layout that every figure starts from: transparent paper, readable fonts, quiet lines."""
    theme = theme_of(dark=dark)
    layout: dict[str, Any] = {
        "template": "none",
        "height": height,
        "autosize": True,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": theme.ink},
        "hoverlabel": {
            "bgcolor": theme.card,
            "bordercolor": theme.padding,
            "font": {"family": FONT, "size": 13, "color": theme.ink},
            "align": "left",
            "namelength": -1,
        },
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": theme.muted, "activecolor": theme.ink},
    }
    if title:
        layout["title"] = {
            "text": _heading(title, subtitle, theme),
            "font": {"size": 16, "color": theme.ink},
            "x": 0,
            "xref": "container",
            "pad": {"l": 14, "t": 12},
            "y": 1,
            "yref": "container",
            "yanchor": "top",
        }
    return layout


def _heading(title: str, subtitle: str, theme: Theme) -> str:
    """Set title and subtitle as one text: plotly's own subtitle lands on the title when a figure is drawn unseen."""
    small = f'<br><span style="font-size:12px;color:{theme.muted}">{subtitle}</span>' if subtitle else ""
    return f"<b>{title}</b>{small}"


def axis(*, dark: bool, **options: Any) -> dict[str, Any]:
    """Return a cartesian axis with quiet lines, updated with the options."""
    theme = theme_of(dark=dark)
    return {
        "color": theme.muted,
        "gridcolor": theme.grid,
        "linecolor": theme.padding,
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": theme.padding,
        "tickfont": {"size": 12, "color": theme.muted},
        "exponentformat": "none",
    } | options


def names_axis(names: list[str], *, dark: bool, **options: Any) -> dict[str, Any]:
    """Return an axis with one line per name, the first on top."""
    own: dict[str, Any] = {
        "range": [len(names) - 0.5, -0.5],
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "tickfont": {"size": 13, "color": theme_of(dark=dark).ink},
        "ticks": "",
        "ticklabelstandoff": 8,
        "showline": False,
        "automargin": True,
        "fixedrange": True,
    }
    return axis(dark=dark, **(own | options))


def half_line(*, dark: bool, horizontal: bool) -> dict[str, Any]:
    """Return the dashed line at P(bound) = 0.5."""
    along, across = ("x", "y") if horizontal else ("y", "x")
    line = {"color": theme_of(dark=dark).muted, "width": 1, "dash": "dash"}
    place = {f"{along}ref": "paper", f"{along}0": 0, f"{along}1": 1, f"{across}0": 0.5, f"{across}1": 0.5}
    return {"type": "line", "layer": "below", "line": line} | place


def stacked_domains(rows: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Turn (gap above, height) in pixels, from the top down, into shares of the drawing area, (bottom, top) each."""
    total = sum(gap + height for gap, height in rows)
    domains, used = [], 0.0
    for gap, height in rows:
        used += gap + height
        domains.append((1 - used / total, 1 - (used - height) / total))
    return domains


def scale_place(domain: tuple[float, float], *, title: str, dark: bool, x: float = 1.0) -> dict[str, Any]:
    """Return a slim upright colour bar right of `x`, as high as the domain."""
    theme = theme_of(dark=dark)
    return {
        "x": x,
        "xanchor": "left",
        "xpad": 8,
        "y": sum(domain) / 2,
        "yanchor": "middle",
        "len": domain[1] - domain[0],
        "ypad": 0,
        "thickness": 9,
        "outlinewidth": 1,
        "outlinecolor": theme.padding,
        "ticks": "",
        "tickfont": {"size": 11, "color": theme.muted},
        "title": {"text": title, "side": "right", "font": {"size": 11, "color": theme.muted}},
    }


def quiet(text: str, *, dark: bool) -> str:
    """Write our own words small and muted beside a label."""
    return f'<span style="font-size:11px;color:{theme_of(dark=dark).muted}">{text}</span>'


class Series(NamedTuple):
    """How one model looks: told apart by shape and dash as well as by colour."""

    title: str
    color: str
    symbol: str
    dash: str


NETWORKS: Final = {"demo_cnn": "CNN", "demo_rnn": "RNN", "demo_cnn_rnn": "CNN-RNN"}
CHROMATIN_NETWORKS: Final = {
    "deepchrome": "DeepChrome",
    "deepchrome_mlp": "DeepChrome MLP",
    "deepchrome_linear": "DeepChrome linear",
    "attentive_lstm": "LSTM",
    "attentive_lstm_attn": "LSTM-Attn",
    "attentive_lstm_alpha": "LSTM-α",
    "attentive_lstm_alpha_beta": "LSTM-α,β",
    "attentive_cnn_attn": "CNN-Attn",
    "attentive_cnn_alpha_beta": "CNN-α,β",
}
_BASELINES: Final = {
    "kmer_logistic": "6-mer logistic regression",
    "mark_mean_linear": "Mean of each mark, linear",
    "best_bin_logistic": "Best bin, logistic regression",
    "all_bins_logistic": "All bins, logistic regression",
}
_TITLES: Final = NETWORKS | CHROMATIN_NETWORKS | _BASELINES
_LOOKS: Final = {
    "demo_cnn": ("C", "circle", "solid"),
    "demo_rnn": ("T", "square", "dash"),
    "demo_cnn_rnn": ("A", "diamond", "dashdot"),
    "deepchrome": ("C", "circle", "solid"),
    "deepchrome_mlp": ("C", "circle-open", "dash"),
    "deepchrome_linear": ("C", "circle-cross-open", "dot"),
    "attentive_lstm": ("T", "square", "solid"),
    "attentive_lstm_attn": ("T", "square-open", "dash"),
    "attentive_lstm_alpha": ("A", "diamond", "solid"),
    "attentive_lstm_alpha_beta": ("A", "diamond-tall", "dashdot"),
    "attentive_cnn_attn": ("G", "triangle-up-open", "dash"),
    "attentive_cnn_alpha_beta": ("G", "triangle-up", "dashdot"),
    "kmer_logistic": (None, "x-thin-open", "dot"),
    "mark_mean_linear": (None, "x-thin-open", "dot"),
    "best_bin_logistic": (None, "cross-thin-open", "dash"),
    "all_bins_logistic": (None, "asterisk-open", "longdash"),
}


def architecture_of(name: str) -> str:
    """Return the architecture of a checkpoint called `<factor>-<architecture>`, or of an architecture itself."""
    return name.rsplit("-", maxsplit=1)[-1]


def series_of(name: str, *, palette: Palette, dark: bool) -> Series:
    """Return the look of a checkpoint or architecture; an unknown one is drawn in grey stars under its own name."""
    architecture = architecture_of(name)
    base, symbol, dash = _LOOKS.get(architecture, (None, "star", "longdash"))
    color = palette.letters(dark=dark)[base] if base else theme_of(dark=dark).muted
    title = _TITLES.get(architecture, plain(name))
    return Series(title, color, symbol, dash)


def in_reading_order(names: list[str]) -> list[str]:
    """Sort checkpoints or architectures: networks as their papers list them, baselines, then what is unknown."""
    known = list(_LOOKS)
    return sorted(names, key=lambda name: [*known, architecture_of(name)].index(architecture_of(name)))
