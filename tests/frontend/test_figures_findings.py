"""Badges, boxes, scans and aligned logos: what has been found out about an explanation, drawn."""

from itertools import combinations

import pytest

from frontend.figures.aligned_logo import aligned_figure
from frontend.figures.attribution_rows import Explained
from frontend.figures.dashboard import dashboard_figure
from frontend.figures.motif_boxes import N_LANES, name_lanes
from frontend.figures.palettes import OKABE_ITO
from frontend.figures.rows import Box
from frontend.figures.scan_row import lanes, scan_row
from frontend.verdicts import VERDICTS

NETWORKS = ["demo_cnn", "demo_rnn", "demo_cnn_rnn"]


@pytest.fixture
def draw(explained, trust_report, motif_report):
    def make(*, scan=None, dark=False, offset=0):
        window = explained.explanations[0].model_copy(update={"window_start": offset})
        trusts = {t.architecture: t for t in trust_report.trusts}
        seqlets = {c.architecture: c.seqlets for c in motif_report.checkpoints}
        how = {n: Explained("corrected_saliency", "Corrected", trusts[n], "", seqlets.get(n, ())) for n in NETWORKS}
        return dashboard_figure(
            window, class_optimization={}, explained=how, scan=scan or motif_report.scan, palette=OKABE_ITO, dark=dark
        )

    return make


def texts(figure):
    return [a.text for a in figure.layout.annotations]


@pytest.mark.parametrize("dark", [False, True])
def test_a_saved_picture_carries_the_badges_in_shape_word_and_colour(draw, dark):
    said = texts(draw(dark=dark))
    for look in VERDICTS.values():
        (label,) = [text for text in said if f"{look.symbol} {look.word}" in text]
        assert (look.ink_dark if dark else look.ink) in label


def test_boxes_stand_on_the_side_of_their_sign_and_only_significant_matches_are_named(draw):
    figure = draw(offset=10)
    boxes = [s for s in figure.layout.shapes if s.xref == "x"]
    against, named = boxes
    assert (named.x0, named.x1, named.line.dash) == (9.5, 12.5, "solid")
    assert (against.x0, against.x1, against.line.dash) == (13.5, 15.5, "dash")
    assert named.y0 == against.y1 == 0
    assert against.y0 < 0 < named.y1
    assert [text for text in texts(figure) if "CTCF" in text] == ["<b>CTCF</b>"]


def test_hover_names_the_motif_and_says_which_hit_it_is(draw):
    (hover,) = [t for t in draw().data if t.customdata is not None and "demo_cnn/1" in list(t.customdata)]
    assert list(hover.customdata) == ["demo_cnn/1"] * 3 + [""] + ["demo_cnn/0"] * 2 + ["", ""]
    assert "in seqlet 0 to 2: <b>CTCF</b> MA0139.2, q 1.0e-04" in hover.text[1]
    assert "resembles no known motif" in hover.text[4]
    assert "seqlet" not in hover.text[3]


def test_names_never_touch_and_one_without_room_is_left_to_hover():
    boxes = [Box(i * 2, i * 2 + 6, 1, "NAME") for i in range(8)]
    places = name_lanes(boxes)
    assert set(places) <= {None, *range(N_LANES)}
    assert None in places
    for (one, lane), (other, same) in combinations(zip(boxes, places, strict=True), 2):
        if lane is not None and lane == same:
            assert other.start - one.start > 1.2 * len("NAME")
    assert name_lanes([Box(0, 5, 1, "")]) == [None]


def test_the_scan_states_hits_and_what_chance_gives(explained, motif_report):
    row = scan_row(explained.explanations[0], motif_report.scan, gap=0, dark=False)
    assert "1 hit at p ≤ 0.0001" in row.detail
    assert "1.9 expected by chance" in row.detail
    hover = row.traces[-1]
    assert hover.text[0] == "no hit"
    assert hover.text[1] == "CTCF MA0139.2 (+), p 1.0e-05"


def test_hits_of_a_lane_do_not_touch_and_the_rest_is_named_on_hover(motif_report, explained):
    (hit,) = motif_report.scan.hits
    many = [hit] * 9
    assert lanes(many) == [0, 1, 2, 3, 4, 5, None, None, None]
    scan = motif_report.scan.model_copy(update={"hits": many})
    assert scan_row(explained.explanations[0], scan, gap=0, dark=False).traces[-1].text[1].endswith("and 3 more")


def test_a_scan_that_has_not_come_says_so(draw):
    assert any("looking for motifs" in text for text in texts(draw(scan="looking for motifs…")))


@pytest.mark.parametrize("dark", [False, True])
def test_the_logo_stands_under_its_seqlet(explained, motif_report, dark):
    seqlet = motif_report.checkpoints[0].seqlets[1]
    window = explained.explanations[0].model_copy(update={"window_start": 50})
    figure = aligned_figure(window, seqlet, values=window.tracks[0].values, network="CNN", palette=OKABE_ITO, dark=dark)
    assert "CTCF (MA0139.2) in CNN" in figure.layout.title.text
    (motif,) = [t for t in figure.data if t.yaxis == "y2" and t.hoverinfo != "skip"]
    assert motif.x.tolist() == [49, 50, 51]
    assert figure.layout.xaxis.range[0] <= 48.5


def test_a_seqlet_without_a_name_is_drawn_alone(explained, motif_report):
    seqlet, window = motif_report.checkpoints[0].seqlets[0], explained.explanations[0]
    figure = aligned_figure(
        window, seqlet, values=window.tracks[0].values, network="CNN", palette=OKABE_ITO, dark=False
    )
    assert "No known motif in CNN" in figure.layout.title.text
    assert any("no motif resembles it" in text for text in texts(figure))


def test_a_long_label_stands_on_two_lines(explained, motif_report):
    title = "Input x gradient (uncorrected)"
    how = dict.fromkeys(NETWORKS, Explained("corrected_saliency", title))
    window = explained.explanations[0]
    figure = dashboard_figure(window, class_optimization={}, explained=how, scan="none", palette=OKABE_ITO)
    assert any(text.startswith(f"CNN-RNN (0.90)<br>{title}") for text in texts(figure))
