"""Colours of the chromatin figures: one per mark, one scale per quantity, on light and on dark paper."""

from typing import Final, NamedTuple

from frontend.figures.palettes import DEMO, OKABE_ITO, Colorscale, Palette
from frontend.figures.theme import Series, plain, theme_of


class ChromatinColors(NamedTuple):
    """What a palette means for histone marks, on one paper.

    Signal is grey, as it is data; attention and change of the answer have hues of their own. `change` turns at zero in
    the middle. `pattern` has one colour per quarter of 0 to 1, the first for inactive bins.
    """

    marks: dict[str, str]
    signal: Colorscale
    attention: Colorscale
    change: Colorscale
    pattern: tuple[str, str, str, str]


# Every pair of marks differs by a CIE76 distance of at least 30 under normal sight, simulated protanopia and
# deuteranopia, at a contrast of at least 3:1 with the paper. Repressors are warm, the other marks cool.
_SAFE: Final = ChromatinColors(
    marks={
        "H3K27me3": "#C98500",
        "H3K36me3": "#1F77C9",
        "H3K4me1": "#2FA37C",
        "H3K4me3": "#004B5A",
        "H3K9me3": "#6E2C00",
    },
    signal=((0.0, "#FFFFFF"), (0.25, "#D5DBE1"), (0.5, "#98A4B0"), (0.75, "#556270"), (1.0, "#151B22")),
    attention=((0.0, "#FFFFFF"), (0.25, "#C4E6DE"), (0.5, "#63B9AC"), (0.75, "#127A75"), (1.0, "#003C3E")),
    change=OKABE_ITO.temporal,
    pattern=("#E1E6EB", "#F0C24B", "#D55E00", "#5C1F00"),
)
_SAFE_DARK: Final = ChromatinColors(
    marks={
        "H3K27me3": "#F4D06F",
        "H3K36me3": "#56B4E9",
        "H3K4me1": "#12A37C",
        "H3K4me3": "#A9F0D8",
        "H3K9me3": "#D04A1A",
    },
    signal=((0.0, "#2B3036"), (0.25, "#525B65"), (0.5, "#87929D"), (0.75, "#BFC7CF"), (1.0, "#FFFFFF")),
    attention=((0.0, "#2B3036"), (0.25, "#0D5152"), (0.5, "#178C84"), (0.75, "#6CCBBC"), (1.0, "#E3FAF4")),
    change=((0.0, "#7CC8F5"), (0.25, "#2E7FB5"), (0.5, "#2B3036"), (0.75, "#C25F1C"), (1.0, "#F7B07A")),
    pattern=("#3A4149", "#8F5312", "#EE7F2E", "#FFE2B8"),
)
# As on the poster of AttentiveChrome (marks, attention) and in the maps of DeepChrome (pattern).
_YELLOW_TO_RED: Final = ((0.0, "#FFFFCC"), (0.25, "#FED976"), (0.5, "#FD8D3C"), (0.75, "#E31A1C"), (1.0, "#800026"))
_PUBLISHED: Final = _SAFE._replace(
    marks={
        "H3K27me3": "#FF9900",
        "H3K36me3": "#0000CC",
        "H3K4me1": "#66CC33",
        "H3K4me3": "#006400",
        "H3K9me3": "#CC0000",
    },
    attention=_YELLOW_TO_RED,
    change=DEMO.temporal,
    pattern=("#0000FF", "#00FF00", "#FFA500", "#FF0000"),
)
_PUBLISHED_DARK: Final = _PUBLISHED._replace(
    marks={
        "H3K27me3": "#FF9900",
        "H3K36me3": "#7B8CFF",
        "H3K4me1": "#99E673",
        "H3K4me3": "#2FA32F",
        "H3K9me3": "#FF5C5C",
    },
    signal=_SAFE_DARK.signal,
    change=((0.0, "#8C9BFF"), (0.25, "#4A55D0"), (0.5, "#2B3036"), (0.75, "#D03A3A"), (1.0, "#FF9C94")),
)
_COLORS: Final = {
    (OKABE_ITO.name, False): _SAFE,
    (OKABE_ITO.name, True): _SAFE_DARK,
    (DEMO.name, False): _PUBLISHED,
    (DEMO.name, True): _PUBLISHED_DARK,
}
_DASHES: Final = {
    "H3K27me3": "dot",
    "H3K36me3": "dash",
    "H3K4me1": "dashdot",
    "H3K4me3": "solid",
    "H3K9me3": "longdash",
}


def chromatin_colors(palette: Palette, *, dark: bool) -> ChromatinColors:
    """Return what the palette means for histone marks."""
    return _COLORS[palette.name, dark]


def mark_series(mark: str, *, palette: Palette, dark: bool) -> Series:
    """Return the look of a mark's curve; one that is not among the five is grey."""
    color = chromatin_colors(palette, dark=dark).marks.get(mark, theme_of(dark=dark).muted)
    return Series(plain(mark), color, "circle", _DASHES.get(mark, "longdashdot"))
