"""Colours of bases and values, readable on light and on dark paper."""

from typing import Final, NamedTuple

Colorscale = tuple[tuple[float, str], ...]


class Palette(NamedTuple):
    """One consistent choice of colours; all but the temporal scale has a second set for dark paper."""

    name: str
    title: str
    bases: dict[str, str]
    bases_dark: dict[str, str]
    saliency: Colorscale
    saliency_dark: Colorscale
    negative: str
    positive: str
    negative_dark: str
    positive_dark: str
    temporal: Colorscale

    def letters(self, *, dark: bool) -> dict[str, str]:
        """Return the colours of A, C, G, T for light or dark paper."""
        return self.bases_dark if dark else self.bases

    def signs(self, *, dark: bool) -> tuple[str, str]:
        """Return the colours of negative and positive values."""
        return (self.negative_dark, self.positive_dark) if dark else (self.negative, self.positive)

    def strip(self, *, dark: bool) -> Colorscale:
        """Return the saliency scale that starts near the colour of the paper."""
        return self.saliency_dark if dark else self.saliency


# Hues of Okabe and Ito (2008), with lightness moved apart so that every pair of letters still differs by a CIE76
# distance of at least 20 under simulated protanopia and deuteranopia, at a contrast of at least 3:1 with the paper.
# Their yellow (#F0E442) and orange (#E69F00) fail the contrast on white.
OKABE_ITO: Final = Palette(
    name="okabe_ito",
    title="Colour-blind-safe",
    bases={"A": "#009E73", "C": "#0067A8", "G": "#C98500", "T": "#A63A00"},
    bases_dark={"A": "#12A37C", "C": "#56B4E9", "G": "#F0C24B", "T": "#E0601F"},
    saliency=((0.0, "#FFFFFF"), (0.25, "#FEE0B0"), (0.5, "#F4A259"), (0.75, "#D55E00"), (1.0, "#6E2C00")),
    saliency_dark=((0.0, "#2B3036"), (0.25, "#6E3410"), (0.5, "#D55E00"), (0.75, "#F4A259"), (1.0, "#FFEBCB")),
    negative="#0067A8",
    positive="#B84E00",
    negative_dark="#56B4E9",
    positive_dark="#F08A4B",
    temporal=((0.0, "#0067A8"), (0.25, "#86BBDD"), (0.5, "#F7F7F7"), (0.75, "#F0A868"), (1.0, "#C24E00")),
)

# As printed by the Deep Motif Dashboard; on dark paper its blue and red would vanish, so they are lightened there.
DEMO: Final = Palette(
    name="demo",
    title="DeMo (2017)",
    bases={"A": "#00CC00", "C": "#0000CC", "G": "#FFB300", "T": "#CC0000"},
    bases_dark={"A": "#00CC00", "C": "#7B8CFF", "G": "#FFB300", "T": "#FF5C5C"},
    saliency=((0.0, "#FFFFFF"), (1.0, "#FF0000")),
    saliency_dark=((0.0, "#2B3036"), (1.0, "#FF3B30")),
    negative="#0000CC",
    positive="#CC0000",
    negative_dark="#7B8CFF",
    positive_dark="#FF6B6B",
    temporal=((0.0, "#0000FF"), (0.5, "#FFFFFF"), (1.0, "#FF0000")),
)

PALETTES: Final[dict[str, Palette]] = {palette.name: palette for palette in (OKABE_ITO, DEMO)}
DEFAULT_PALETTE: Final = OKABE_ITO.name
