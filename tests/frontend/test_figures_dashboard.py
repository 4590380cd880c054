import gzip
from itertools import pairwise

import numpy as np
import pytest

from backend.schemas.sequence_analyses import Track, WindowExplanation
from frontend.figures.attribution_rows import Explained
from frontend.figures.dashboard import dashboard_figure
from frontend.figures.palettes import OKABE_ITO, PALETTES

LENGTH = 101
GATA = "GGGGCCAGAGAGGGAGGGGTTCAGGAGCAGGTTCAGGCCTCACGTTCAGGCCTCCGCCCCGCCCTCCCTCCCTCCCTCAGATAAGTCCGTGTCCCTCCGCC"
NETWORKS = ["demo_cnn", "demo_rnn", "demo_cnn_rnn"]
SCAN = 8  # the row of the PWM scan, which is empty in most tests


def track(explanation, name, architecture, values):
    return Track(
        explanation=explanation, name=name, checkpoint=f"f-{architecture}", architecture=architecture,
        quantity=f"quantity of {name}", values=list(values),
    )  # fmt: skip


def window(sequence=GATA, **changes):
    rng = np.random.default_rng(0)
    signed = rng.normal(size=LENGTH)
    tracks = [
        *(track("saliency", "saliency", a, np.abs(signed)) for a in NETWORKS),
        *(track("corrected_saliency", "corrected_saliency", a, signed) for a in NETWORKS),
        *(track("temporal_output", "temporal_forward", a, rng.random(LENGTH)) for a in NETWORKS[1:]),
        *(track("temporal_output", "temporal_backward", a, rng.random(LENGTH)) for a in NETWORKS[1:]),
    ]
    values = {
        "factor": "f", "record": 3, "name": "peak <1>", "strand": "reverse", "record_length": 400, "window_start": 150,
        "sequence": sequence, "padding": LENGTH - len(sequence), "tracks": tracks, "refused": {}, "scan": None,
        "probability": {"f-demo_cnn": 0.904, "f-demo_rnn": 0.96, "f-demo_cnn_rnn": 0.99, "f-kmer_logistic": 0.5},
    }  # fmt: skip
    return WindowExplanation(**(values | changes))


def optimization():
    rng = np.random.default_rng(1)
    raw = np.clip(rng.normal(-0.2, 0.25, (3, 4, LENGTH)), 0, 1) + 0.01
    return dict(zip(NETWORKS, (raw / raw.sum(axis=1, keepdims=True)).tolist(), strict=True))


def draw(shown=None, *, method="corrected_saliency", **options):
    explained = {name: Explained(method, method) for name in NETWORKS}
    arguments = {"class_optimization": optimization(), "explained": explained, "scan": "no scan", "palette": OKABE_ITO}
    return dashboard_figure(shown or window(), **arguments | options)


def labels(figure):
    left = [a for a in figure.layout.annotations if a.xanchor == "right"]
    return [a.text.split("<br>")[0] for a in sorted(left, key=lambda a: -a.y)]


def row(figure, index):
    return [t for t in figure.data if t.yaxis == f"y{index}" or (index == 1 and t.yaxis == "y")]


@pytest.mark.parametrize("method", ["saliency", "corrected_saliency"])
def test_all_rows_are_there_in_demos_order_with_probabilities(method):
    assert labels(draw(method=method)) == [
        "CNN positive class maximisation",
        "RNN positive class maximisation",
        "CNN-RNN positive class maximisation",
        "Test sequence",
        f"CNN {method} (0.90)",
        f"RNN {method} (0.96)",
        f"CNN-RNN {method} (0.99)",
        "PWM scan (FIMO)",
        "Test sequence",
        "RNN forward temporal output",
        "RNN backward temporal output",
        "CNN-RNN forward temporal output",
        "CNN-RNN backward temporal output",
    ]


def test_rows_share_one_axis_over_the_window_and_do_not_overlap():
    figure = draw()
    assert {t.xaxis for t in figure.data} == {"x"}
    assert list(figure.layout.xaxis.range) == [149.5, 250.5]
    domains = [figure.layout[f"yaxis{i}" if i > 1 else "yaxis"].domain for i in range(1, 14)]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(domains))
    assert (domains[0][1], domains[-1][0]) == pytest.approx((1, 0))
    assert all(figure.layout[f"yaxis{i}" if i > 1 else "yaxis"].fixedrange for i in range(1, 14))


def test_title_names_factor_record_and_strand_without_markup():
    figure = draw()
    assert figure.layout.title.text.startswith("<b>f · peak &lt;1&gt; · reverse strand</b>")
    assert "Bases 150 to 250 of 400" in figure.layout.title.text
    assert "0-based, reverse strand" in figure.layout.xaxis.title.text


def test_every_row_answers_on_hover_once_per_position():
    figure = draw()
    for index in [i for i in range(1, 14) if i != SCAN]:
        (hover,) = [t for t in row(figure, index) if t.hoverinfo != "skip"]
        assert hover.x.tolist() == list(range(150, 251))
        assert "position %{x}" in hover.hovertemplate
    (contribution,) = [t for t in row(figure, 5) if t.hoverinfo != "skip"]
    assert contribution.text[0] == "base G<br>corrected_saliency 0.126<br><i>quantity of corrected_saliency</i>"
    (logo,) = [t for t in row(figure, 1) if t.hoverinfo != "skip"]
    assert logo.text[7].startswith("model position 7<br>")
    assert logo.text[7].endswith(" bits")


def test_contribution_letters_are_those_of_the_sequence_with_sign():
    shown = window()
    figure = draw(shown)
    values = np.array(shown.tracks[3].values)
    letters = {t.name: t for t in row(figure, 5) if t.fill == "toself"}
    assert set(letters) == set("ACGT")
    at_g = [i for i, base in enumerate(shown.sequence) if base == "G"]
    assert np.nanmin(letters["G"].y) == pytest.approx(min(0, values[at_g].min()), abs=0.02)
    assert np.nanmax(letters["G"].y) == pytest.approx(max(0, values[at_g].max()), abs=0.02)


def test_saliency_strip_runs_from_its_least_to_its_greatest_value_without_padding():
    values = np.linspace(0.2, 0.9, LENGTH)
    values[77:] = 50.0
    shown = window(GATA[:77], tracks=[track("saliency", "saliency", a, values) for a in NETWORKS])
    (strip,) = [t for t in row(draw(shown, method="saliency"), 5) if t.type == "heatmap"]
    assert (strip.zmin, strip.zmax) == pytest.approx((0.2, values[76]))
    assert np.isnan(strip.z[0, 77:]).all()
    assert list(strip.colorbar.ticktext) == ["0.2", "0.73"]


def test_padding_is_hatched_dotted_and_named():
    figure = draw(window(GATA[:77]))
    assert "then 24 positions of padding" in figure.layout.title.text
    padding = [t for t in figure.data if t.name == "padding"]
    assert sum(t.mode == "markers" and len(t.x) == 24 for t in padding) == 2
    assert sum(t.fillpattern.shape == "/" and list(t.x)[:2] == [226.5, 250.5] for t in padding) == 7
    (hover,) = [t for t in row(figure, 4) if t.hoverinfo != "skip"]
    assert (hover.text[76], hover.text[77]) == ("base T", "base padding")
    assert not any(t.name == "padding" for t in draw().data)


def test_unknown_bases_are_written_as_n_and_contribute_nothing():
    figure = draw(window("N" * LENGTH))
    assert [t.name for t in row(figure, 4) if t.fill == "toself"] == ["N"]
    assert not [t for t in row(figure, 5) if t.fill == "toself"]


def test_temporal_rows_share_one_scale_from_zero_to_one():
    figure = draw()
    strips = [t for t in figure.data if t.type == "heatmap"]
    assert len(strips) == 4
    assert {t.coloraxis for t in strips} == {"coloraxis"}
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)
    assert figure.layout.coloraxis.colorbar.title.text == "P(bound)"


def test_what_is_missing_is_said_with_the_reason():
    shown = window(tracks=[], refused={"corrected_saliency/f-demo_cnn": "no gradient"})
    notes = [a.text for a in draw(shown, class_optimization={"demo_cnn": None}).layout.annotations if a.x == 0.5]
    assert notes.count("<i>no class optimisation is stored for this network</i>") == 3
    assert "<i>no gradient</i>" in notes
    assert notes.count("<i>temporal output was not computed for this network</i>") == 4


def test_zoom_survives_a_change_of_palette_but_not_of_record():
    revisions = {
        draw(palette=palette, method=method).layout.uirevision
        for palette in PALETTES.values()
        for method in ("saliency", "corrected_saliency")
    }
    assert len(revisions) == 1
    assert draw(window(record=4)).layout.uirevision not in revisions


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_colours_follow_palette_and_paper(palette, dark):
    figure = draw(palette=palette, dark=dark)
    assert {t.fillcolor for t in row(figure, 4) if t.fill == "toself"} == set(palette.letters(dark=dark).values())
    assert figure.layout.coloraxis.colorscale == palette.temporal
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert (int(figure.layout.font.color[1:3], 16) > 0x80) is dark


@pytest.mark.parametrize("method", ["saliency", "corrected_saliency"])
def test_the_height_is_fixed_and_the_figure_is_light(method):
    figure = draw(method=method)
    assert 860 <= figure.layout.height <= 920
    assert len(figure.data) <= 60
    assert len(gzip.compress(figure.to_json().encode())) < 130_000


@pytest.mark.parametrize(("networks", "rows"), [(["demo_cnn"], 5), (["demo_rnn"], 7), ([], 3), (NETWORKS, 13)])
def test_only_networks_that_answer_have_rows(networks, rows):
    figure = draw(window(probability={f"f-{name}": 0.9 for name in [*networks, "kmer_logistic"]}))
    assert len(labels(figure)) == rows
    drawn = {trace.yaxis for trace in figure.data}
    assert {"y" if rows == 1 else f"y{rows}"} <= drawn, "the position axis stands below the last row"
