"""Scan, ranking and card figures: one series per model."""

import numpy as np
import pytest

from backend.schemas.catalog import Estimate, Metrics, ReliabilityBin
from backend.schemas.sequence_analyses import Scan, WindowExplanation
from frontend.figures.card import accuracy_figure, reliability_figure
from frontend.figures.palettes import OKABE_ITO, PALETTES
from frontend.figures.ranking import ranking, ranking_figure
from frontend.figures.scan import scan_figure

MODELS = ["kmer_logistic", "demo_cnn_rnn", "demo_rnn", "demo_cnn"]
TITLES = ["CNN", "RNN", "CNN-RNN", "6-mer logistic regression"]


def scanned(scan=True):
    starts = [0, 50, 100]
    probability = {f"myc_h1-{name}": [0.1, 0.8, 0.2] for name in MODELS}
    return WindowExplanation(
        factor="myc_h1", record=0, name="<i>peak</i>", strand="reverse", record_length=201, window_start=50,
        sequence="ACGT" * 25 + "A", padding=0, probability={}, tracks=[], refused={},
        scan=Scan(starts=starts, probability=probability) if scan else None,
    )  # fmt: skip


def metrics(value):
    estimate = Estimate(value=value, low=value - 0.02, high=value + 0.01)
    return Metrics(
        auroc=estimate, auprc=estimate, accuracy=estimate, brier=estimate, reliability=[], n_positive=1, n_negative=1
    )


def test_scan_draws_each_checkpoint_at_the_middle_of_its_tiles():
    figure = scan_figure(scanned(), palette=OKABE_ITO)
    assert [t.name for t in figure.data] == TITLES
    assert figure.data[0].x.tolist() == [50, 100, 150]
    assert list(figure.data[0].text) == ["tile 0 to 100", "tile 50 to 150", "tile 100 to 200"]
    assert list(figure.layout.xaxis.range) == [-0.5, 200.5]


def test_scan_tells_models_apart_without_colour():
    figure = scan_figure(scanned(), palette=OKABE_ITO)
    assert len({t.line.dash for t in figure.data}) == len({t.marker.symbol for t in figure.data}) == 4


def test_scan_shades_the_best_window_and_escapes_the_name():
    figure = scan_figure(scanned(), palette=OKABE_ITO)
    band = next(s for s in figure.layout.shapes if s.type == "rect")
    assert (band.x0, band.x1) == (49.5, 150.5)
    assert any(a.text == "best window, 50 to 150" for a in figure.layout.annotations)
    assert "&lt;i&gt;peak&lt;/i&gt; · reverse strand" in figure.layout.title.text


def test_scan_of_a_short_record_says_so():
    figure = scan_figure(scanned(scan=False), palette=OKABE_ITO)
    assert not figure.data
    assert figure.layout.annotations[0].text == "The record fits one window."


def test_ranking_sorts_by_the_networks_and_not_by_the_baseline():
    probabilities = {"demo_cnn": [0.2, 0.9, 0.5], "demo_rnn": [0.4, 0.7, 0.5], "kmer_logistic": [1.0, 0.0, 0.5]}
    assert ranking(["a", "b", "c"], probabilities) == [1, 2, 0]
    figure = ranking_figure(["a", "b", "c"], probabilities, palette=OKABE_ITO)
    assert list(figure.layout.yaxis.ticktext) == ["b", "c", "a"]
    cnn = next(t for t in figure.data if t.name == "CNN")
    np.testing.assert_allclose(cnn.x, [0.9, 0.5, 0.2], rtol=1e-6)
    assert list(figure.layout.yaxis.range) == [2.5, -0.5]


def test_ranking_gives_each_architecture_its_own_mark():
    figure = ranking_figure(["a"], {name: [0.5] for name in MODELS}, palette=OKABE_ITO)
    marks = [t for t in figure.data if t.mode == "markers"]
    assert [t.name for t in marks] == TITLES
    assert len({t.marker.symbol for t in marks}) == 4


def test_a_factor_without_some_models_is_ranked_by_those_that_it_has():
    probabilities = {"demo_cnn": [0.2, 0.9, None], "demo_rnn": [0.4, None, None], "kmer_logistic": [1.0, None, 0.5]}
    figure = ranking_figure(["a", "b", "c"], probabilities, palette=OKABE_ITO)
    assert list(figure.layout.yaxis.ticktext) == ["b", "c", "a"]  # means 0.9, 0.5 by the baseline alone, 0.3
    spread = next(t for t in figure.data if t.mode == "lines")
    np.testing.assert_allclose(spread.x.reshape(3, 3)[:, :2], [[0.9, 0.9], [0.5, 0.5], [0.2, 1.0]], rtol=1e-6)


def test_ranking_of_nothing_is_empty():
    assert not ranking_figure([], {}, palette=OKABE_ITO).data


def test_reliability_drops_empty_bins_and_sizes_the_others():
    bins = [
        ReliabilityBin(predicted=0.9, observed=0.8, n=400),
        ReliabilityBin(predicted=0.5, observed=0.0, n=0),
        ReliabilityBin(predicted=0.1, observed=0.2, n=100),
    ]
    (trace,) = reliability_figure(bins, palette=OKABE_ITO).data
    assert list(trace.x) == [0.1, 0.9]
    np.testing.assert_allclose(trace.marker.size, [13, 20])
    assert not reliability_figure([], palette=OKABE_ITO).data[0].x


def test_accuracy_shows_whiskers_and_values_networks_first():
    values = {f"ctcf_weri-{name}": metrics(0.9 + i / 100) for i, name in enumerate(MODELS)}
    figure = accuracy_figure(values, palette=OKABE_ITO)
    assert list(figure.layout.yaxis.ticktext) == TITLES
    assert figure.data[0].x[0] == pytest.approx(0.93)
    assert figure.data[0].error_x.array[0] == pytest.approx(0.01)
    assert figure.data[0].error_x.arrayminus[0] == pytest.approx(0.02)
    assert [a.text for a in figure.layout.annotations] == ["0.930", "0.920", "0.910", "0.900"]


def test_an_unknown_model_is_drawn_under_its_own_name():
    figure = accuracy_figure({"new_net": metrics(0.8)}, palette=OKABE_ITO)
    assert list(figure.layout.yaxis.ticktext) == ["new_net"]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_text_is_dark_on_light_paper_and_light_on_dark(palette):
    for make in (
        lambda dark: scan_figure(scanned(), palette=palette, dark=dark),
        lambda dark: ranking_figure(["a"], {"demo_cnn": [0.5]}, palette=palette, dark=dark),
        lambda dark: reliability_figure([], palette=palette, dark=dark),
        lambda dark: accuracy_figure({"demo_cnn": metrics(0.8)}, palette=palette, dark=dark),
    ):
        light, dark = make(False), make(True)
        assert int(light.layout.font.color[1:3], 16) < 0x60
        assert int(dark.layout.font.color[1:3], 16) > 0xC0
        assert light.layout.paper_bgcolor == dark.layout.paper_bgcolor == "rgba(0,0,0,0)"
