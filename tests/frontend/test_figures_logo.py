import numpy as np
import pytest

from frontend.figures.glyphs import LETTERS, outline, simplify
from frontend.figures.logo import hover_trace, information_heights, logo_traces, stack
from frontend.figures.palettes import OKABE_ITO, PALETTES

MOTIF = np.array([[0, 0, 1, 0, 1, 0.5], [0.5, 0, 0, 0, 0, 0], [0.5, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0.5]])


def area(points):
    """Shoelace over NaN-separated rings: holes count negative."""
    total, ring = 0.0, []
    for point in points:
        if np.isnan(point).any():
            x, y = np.array(ring).T
            total += 0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))
            ring = []
        else:
            ring.append(point)
    return abs(total)


def drawn(trace):
    return np.array([trace.x, trace.y], dtype=float).T


def test_logo_heights_of_the_slides_motif():
    heights = information_heights(MOTIF)
    expected = np.array([[0, 0, 2, 0, 2, 0.5], [0.5, 0, 0, 0, 0, 0], [0.5, 2, 0, 0, 0, 0], [0, 0, 0, 2, 0, 0.5]])
    np.testing.assert_allclose(heights, expected, atol=1e-12)


def test_information_ignores_the_scale_of_a_column_and_survives_an_empty_one():
    np.testing.assert_allclose(information_heights(MOTIF * 7), information_heights(MOTIF))
    assert not information_heights(np.zeros((4, 3))).any()


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_fills_the_unit_square_and_ends_its_rings_with_gaps(letter):
    points = outline(letter)
    assert np.nanmin(points, axis=0) == pytest.approx([0, 0], abs=1e-3)
    assert np.nanmax(points, axis=0) == pytest.approx([1, 1], abs=1e-3)
    assert np.isnan(points[-1]).all()


def test_the_hole_of_a_is_wound_the_other_way():
    rings = np.split(outline("A"), np.flatnonzero(np.isnan(outline("A")[:, 0])) + 1)[:-1]
    signed = [np.sum(r[:-1, 0] * np.roll(r[:-1, 1], -1) - r[:-1, 1] * np.roll(r[:-1, 0], -1)) for r in rings]
    assert len(signed) == 2
    assert signed[0] * signed[1] < 0


def test_simplification_keeps_corners_and_drops_points_on_a_line():
    line = np.array([[0, 0], [0.5, 0.001], [1, 0], [1, 1], [0, 0]])
    np.testing.assert_array_equal(simplify(line, tolerance=0.01), [[0, 0], [1, 0], [1, 1], [0, 0]])


@pytest.mark.parametrize("height", [2.0, -1.5])
def test_a_letter_is_as_high_as_its_value_and_as_large_as_its_outline(height):
    heights = np.zeros((4, 5))
    heights[2, 3] = height
    (trace,) = logo_traces(heights, palette=OKABE_ITO, x0=100)
    points = drawn(trace)
    assert trace.name == "G"
    assert (np.nanmin(points[:, 1]), np.nanmax(points[:, 1])) == pytest.approx(
        (min(height, 0), max(height, 0)), abs=0.01
    )
    assert (np.nanmin(points[:, 0]), np.nanmax(points[:, 0])) == pytest.approx((102.53, 103.47), abs=0.01)
    assert area(points) == pytest.approx(abs(height) * 0.94 * area(outline("G")), rel=0.02)


def test_a_negative_letter_is_upside_down():
    heights = np.zeros((4, 2))
    heights[3] = 1, -1
    (trace,) = logo_traces(heights, palette=OKABE_ITO)
    up, down = (drawn(trace)[np.round(drawn(trace)[:, 0]) == i][:, 1] for i in (0, 1))
    np.testing.assert_allclose(up, -down, atol=1e-6)


def test_letters_stack_smallest_nearest_to_the_axis_on_either_side():
    bottoms = stack(np.array([[1.0], [3.0], [-2.0], [-0.5]]))
    np.testing.assert_allclose(bottoms[:, 0], [0, 1, -0.5, 0])


def test_the_number_of_traces_does_not_grow_with_the_length():
    rng = np.random.default_rng(0)
    traces = logo_traces(rng.random((4, 300)), palette=OKABE_ITO)
    assert [t.name for t in traces] == list("ACGT")
    assert all(t.x.dtype == np.float32 and t.fill == "toself" and t.hoverinfo == "skip" for t in traces)


def test_letters_too_low_to_be_seen_are_not_drawn():
    heights = np.array([[2.0, 0.0], [0.001, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert [t.name for t in logo_traces(heights, palette=OKABE_ITO)] == ["A"]
    assert logo_traces(np.zeros((4, 9)), palette=OKABE_ITO) == []


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("dark", [False, True])
def test_letters_take_the_colours_of_the_palette(palette, dark):
    traces = logo_traces(np.eye(4), palette=palette, dark=dark)
    assert {t.name: t.fillcolor for t in traces} == palette.letters(dark=dark)


def test_hover_says_position_and_value():
    trace = hover_trace(["base A", "base C"], x0=7, name="CNN")
    assert trace.x.tolist() == [7, 8]
    assert list(trace.text) == ["base A", "base C"]
    assert "position %{x}" in trace.hovertemplate
    assert "CNN" in trace.hovertemplate
    assert trace.marker.opacity == 0
