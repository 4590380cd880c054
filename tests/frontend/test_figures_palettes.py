from itertools import combinations

import numpy as np
import pytest

from frontend.figures import GRAPH_CONFIG
from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import DEFAULT_PALETTE, DEMO, OKABE_ITO, PALETTES

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}


def linear(color):
    c = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(color):
    return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(color))


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(("dark", "paper"), [(False, "#FFFFFF"), (True, "#242424")])
def test_default_letters_stand_out_from_the_paper(dark, paper):
    assert min(contrast(color, paper) for color in OKABE_ITO.letters(dark=dark).values()) >= 3


def test_the_published_letters_are_lightened_on_dark_paper():
    assert min(contrast(color, "#242424") for color in DEMO.letters(dark=True).values()) >= 3


@pytest.mark.parametrize("matrix", DEFICIENCIES.values(), ids=DEFICIENCIES)
@pytest.mark.parametrize("dark", [False, True])
def test_default_letters_differ_for_the_colour_blind(matrix, dark):
    seen = [lab(np.array(matrix) @ linear(color)) for color in OKABE_ITO.letters(dark=dark).values()]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) >= 20


@pytest.mark.parametrize("matrix", [np.eye(3), *DEFICIENCIES.values()], ids=["normal", *DEFICIENCIES])
@pytest.mark.parametrize(("dark", "paper"), [(False, "#FFFFFF"), (True, "#242424")])
def test_default_marks_stand_out_from_the_paper_and_differ_for_the_colour_blind(matrix, dark, paper):
    colors = chromatin_colors(OKABE_ITO, dark=dark).marks.values()
    assert min(contrast(color, paper) for color in colors) >= 3
    seen = [lab(np.array(matrix) @ linear(color)) for color in colors]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) >= 30


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize(("dark", "paper"), [(False, "#FFFFFF"), (True, "#242424")])
def test_signed_numbers_are_readable_as_text(palette, dark, paper):
    assert min(contrast(color, paper) for color in palette.signs(dark=dark)) >= 4.5


def test_the_published_colours_are_demos():
    assert DEMO.bases == {"A": "#00CC00", "C": "#0000CC", "G": "#FFB300", "T": "#CC0000"}


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_scales_cover_zero_to_one_and_the_temporal_one_turns_in_the_middle(palette):
    for scale in (palette.saliency, palette.saliency_dark, palette.temporal):
        assert (scale[0][0], scale[-1][0]) == (0, 1)
    brightest = max(palette.temporal, key=lambda stop: luminance(stop[1]))
    assert brightest[0] == 0.5


def test_the_saliency_scale_is_ordered_by_lightness():
    light = [luminance(color) for _, color in OKABE_ITO.saliency]
    dark = [luminance(color) for _, color in OKABE_ITO.saliency_dark]
    assert light == sorted(light, reverse=True)
    assert dark == sorted(dark)


def test_the_default_is_colour_blind_safe():
    assert DEFAULT_PALETTE == "okabe_ito"


def test_the_mode_bar_sends_nothing_away():
    assert GRAPH_CONFIG["showSendToCloud"] is False
    assert GRAPH_CONFIG["plotlyServerURL"] == ""
    assert GRAPH_CONFIG["displaylogo"] is False
    assert GRAPH_CONFIG["toImageButtonOptions"]["format"] == "svg"
