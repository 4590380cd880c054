"""The parts that chromatin figures share."""

from itertools import combinations

import numpy as np
import pytest

from frontend.figures.chromatin_frame import (
    Bins,
    amount,
    change_scale,
    column,
    log_scale,
    share_scale,
    signed,
    spread_labels,
    spread_ticks,
)
from frontend.figures.marks import chromatin_colors, mark_series
from frontend.figures.palettes import OKABE_ITO, PALETTES
from frontend.figures.theme import CHROMATIN_NETWORKS, in_reading_order, series_of, stacked_domains

BASELINES = ["mark_mean_linear", "best_bin_logistic", "all_bins_logistic"]


def luminance(color):
    return sum(w * int(color[i : i + 2], 16) for w, i in ((0.2126, 1), (0.7152, 3), (0.0722, 5)))


def test_bins_are_counted_from_one_and_placed_around_the_tss():
    bins = Bins([-200, -100, 0, 100], 100)
    assert (bins.left, bins.right) == (-200, 200)
    assert bins.centers.tolist() == [-150, -50, 50, 150]
    assert bins.text(2) == "bin 3 · 0 to 100 bp"
    assert bins.text(0, 1) == "bins 1 to 2 · \N{MINUS SIGN}200 to 0 bp"


def test_numbers_are_short_with_a_true_minus_sign():
    assert [amount(v) for v in (508, 12_345, 0.01, 0.00123)] == ["508", "12,345", "0.01", "0.00123"]
    assert [signed(v) for v in (0.5, -0.25, 0)] == ["+0.5", "\N{MINUS SIGN}0.25", "0"]
    assert column([-6.958, 0.26, 0]) == ["\N{MINUS SIGN}6.96", "+0.26", "0"]
    assert column([123.4, -0.04]) == ["+123", "0"]
    assert column([]) == []


def test_ticks_that_would_touch_are_left_out():
    ticks = spread_ticks([(0.5, "even"), (1.0, "top"), (0.55, "near"), (0.0, "0")], top=1.0, height=90)
    assert ticks == {"tickvals": [0.0, 0.5, 1.0], "ticktext": ["0", "even", "top"]}


@pytest.mark.parametrize("top", [0.0, 0.004, 0.8, 7, 508, 2.5e6])
def test_every_signal_scale_has_its_ends_and_no_ticks_that_touch(top):
    scale = log_scale(top, height=90)
    values = np.array(scale["colorbar"]["tickvals"])
    assert (values[0], values[-1]) == (0, scale["zmax"])
    assert (np.diff(values) * 90 / scale["zmax"] >= 15 - 1e-9).all()


def test_an_even_share_stays_on_a_scale_of_flat_attention():
    scale = share_scale(0.01, uniform=0.01, height=90)
    assert scale["zmax"] == 0.01
    assert scale["colorbar"]["ticktext"] == ["0", "0.01 even"]


def test_a_scale_of_change_is_symmetric():
    assert change_scale(np.array([-0.2, 0.5]))["zmin"] == -0.5
    assert change_scale(np.zeros(3))["zmax"] == 1


def test_labels_keep_their_order_and_distance_inside_the_panel():
    wanted = np.array([100.0, 102.0, 50.0, 300.0, 299.0])
    placed = spread_labels(wanted, distance=17, top=300)
    assert placed[np.argsort(wanted)].tolist() == sorted(placed)
    assert (np.diff(np.sort(placed)) >= 17 - 1e-9).all()
    assert placed.max() <= 300
    assert placed[2] == 50
    assert placed[[0, 1]].mean() == pytest.approx(101)


def test_domains_follow_the_pixels():
    np.testing.assert_allclose(stacked_domains([(10, 40), (20, 30)]), [(0.5, 0.9), (0.0, 0.3)], atol=1e-12)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("dark", [False, True])
def test_scales_start_near_the_paper_and_change_turns_in_the_middle(palette, dark):
    colors = chromatin_colors(palette, dark=dark)
    for scale in (colors.signal, colors.change):
        assert (scale[0][0], scale[-1][0]) == (0, 1)
    light = [luminance(color) for _, color in colors.signal]
    assert light == sorted(light, reverse=not dark)
    turn = (min if dark else max)(colors.change, key=lambda stop: luminance(stop[1]))
    assert turn[0] == 0.5
    assert len(set(colors.pattern)) == 4


@pytest.mark.parametrize("dark", [False, True])
def test_default_maps_are_ordered_by_lightness(dark):
    colors = chromatin_colors(OKABE_ITO, dark=dark)
    for scale in ([color for _, color in colors.attention], colors.pattern):
        light = [luminance(color) for color in scale]
        assert light == sorted(light, reverse=not dark)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_marks_differ_in_colour_and_dash(palette):
    looks = [mark_series(m, palette=palette, dark=False) for m in chromatin_colors(palette, dark=False).marks]
    assert all(a.color != b.color and a.dash != b.dash for a, b in combinations(looks, 2))


def test_the_published_pattern_is_blue_lime_orange_red():
    assert chromatin_colors(PALETTES["demo"], dark=False).pattern == ("#0000FF", "#00FF00", "#FFA500", "#FF0000")


def test_every_chromatin_model_has_a_title_and_a_symbol_of_its_own():
    names = [*CHROMATIN_NETWORKS, *BASELINES]
    looks = [series_of(f"E003-{name}", palette=OKABE_ITO, dark=False) for name in names]
    assert len({look.symbol for look in looks}) == len({look.title for look in looks}) == 12
    assert not {look.title for look in looks} & {f"E003-{name}" for name in names}
    assert looks[6].title == "LSTM-α,β"
    assert in_reading_order([*reversed(names), "new"]) == [*names, "new"]
