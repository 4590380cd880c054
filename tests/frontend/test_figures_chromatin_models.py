"""Beta tiles, pattern maps, evaluation and distribution."""

import numpy as np
import pytest

from backend.schemas.catalog import Estimate, Metrics, ReliabilityBin
from backend.schemas.chromatin_analyses import (
    ChromatinCheckpointReference,
    Confusion,
    Evaluation,
    GenePrediction,
)
from backend.schemas.chromatin_catalog import BaselineResult, ChromatinCard, PatternMap
from frontend.figures.chromatin_beta import BetaColumn, beta_figure
from frontend.figures.chromatin_distribution import N_STEPS, distribution_figure
from frontend.figures.chromatin_evaluation import (
    card_scores,
    confusion_figure,
    gene_reliability_figure,
    scores_figure,
    scores_of,
)
from frontend.figures.chromatin_frame import Bins
from frontend.figures.chromatin_patterns import pattern_figure, stepped
from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import DEMO, OKABE_ITO, PALETTES

MARKS = ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]
BINS = Bins([100 * i - 5000 for i in range(100)], 100)
CONFUSION = Confusion(on_called_on=75, on_called_off=25, off_called_on=10, off_called_off=1190)


def beta_column(title="E003 H1", on=True, said_by="label"):
    return BetaColumn(title, on, said_by, [0.1, 0.2, 0.3, 0.35, 0.05])


def draw_beta(columns, marks=MARKS):
    return beta_figure("PAX<5>", columns, marks=marks, palette=OKABE_ITO)


def test_beta_tiles_print_marks_by_columns_with_the_state_and_who_says_so():
    figure = draw_beta([beta_column(), beta_column("a <very> long title of an upload", False, "predicted 0.12")])
    (tiles,) = figure.data
    assert tiles.z.shape == (5, 2)
    assert tiles.z[3, 0] == pytest.approx(0.35)
    assert (tiles.zmin, tiles.zmax, tiles.texttemplate) == (0, 1, "%{z:.2f}")
    assert list(figure.layout.yaxis.ticktext) == MARKS
    texts = " ".join(a.text for a in figure.layout.annotations if a.x == 1)
    assert "<b>OFF</b>" in texts
    assert "predicted 0.12" in texts
    assert figure.layout.xaxis.ticktext[1] == "a &lt;very&gt; long<br>title of an<br>upload"
    assert figure.layout.title.text.startswith("<b>Mark attention (beta) · PAX&lt;5&gt;</b>")


def test_many_columns_stand_upright_and_few_do_not_fill_the_width():
    few, many = draw_beta([beta_column()] * 2), draw_beta([beta_column("x" * 50)] * 20)
    assert (few.layout.xaxis.tickangle, many.layout.xaxis.tickangle) == (0, -90)
    assert (few.layout.xaxis.domain[1], many.layout.xaxis.domain[1]) == (pytest.approx(1 / 3), 1)
    assert many.layout.margin.b > few.layout.margin.b + 150


def test_beta_of_other_marks_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        draw_beta([beta_column()], marks=MARKS[:4])


def pattern(target, space="published"):
    values = np.random.default_rng(len(target)).random((5, 100))
    active = (values >= 0.25).sum(axis=1).tolist()
    return PatternMap(
        target=target, space=space, values=values.tolist(), active_bins=active, means=[0.07, 0.1, 0.2, 0.3, 0.4]
    )


def draw_patterns(maps, palette=OKABE_ITO):
    return pattern_figure(maps, BINS, marks=MARKS, title="DeepChrome <x>", palette=palette)


def test_pattern_maps_stand_below_each_other_on_first_with_labels_and_counts():
    off, on = pattern("OFF"), pattern("ON")
    figure = draw_patterns([off, on])
    first, second = (t for t in figure.data if t.type == "heatmap")
    np.testing.assert_allclose(first.z, on.values, rtol=1e-6)
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis3.domain[1]
    assert figure.layout.yaxis.ticktext[0] == "( 0.07 ) H3K27me3"
    assert figure.layout.yaxis.side == "right"
    bars = [t for t in figure.data if t.type == "bar"]
    assert [list(t.x) for t in bars] == [on.active_bins, off.active_bins]
    assert figure.layout.xaxis2.range == figure.layout.xaxis3.range
    assert next(t.name for t in figure.data if t.type == "scatter") == "inactive, below 0.25"
    assert {s.x0 for s in figure.layout.shapes if s.type == "line"} == {0}
    assert second.text[4][50].startswith("<b>H3K9me3</b> · bin 51 · 0 to 100 bp")
    assert "DeepChrome &lt;x&gt;" in figure.layout.title.text


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_pattern_colours_change_at_the_quarters(palette):
    heatmap = draw_patterns([pattern("ON")], palette).data[0]
    assert [edge for edge, _ in heatmap.colorscale] == [0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1]
    assert [color for _, color in heatmap.colorscale][::2] == list(chromatin_colors(palette, dark=False).pattern)
    assert stepped(["a", "b"]) == [[0, "a"], [0.5, "a"], [0.5, "b"], [1, "b"]]


def test_the_space_of_a_pattern_is_said_and_none_is_said_too():
    assert "ours" in draw_patterns([pattern("ON", "log1p")]).layout.title.text
    assert "off the range" in draw_patterns([pattern("ON")]).layout.title.text
    empty = draw_patterns([])
    assert not empty.data
    assert "no pattern map" in empty.layout.title.text


def estimate(value):
    return Estimate(value=value, low=value - 0.02, high=value + 0.01)


def references():
    named = {"a": ("baseline", "best_bin_logistic"), "b": ("network", "deepchrome"), "c": ("network", "new_net")}
    return [
        ChromatinCheckpointReference(
            name=name, title=f"<{name}> E003", kind=kind, architecture=architecture, cell_type="E003", sha256="s"
        )
        for name, (kind, architecture) in named.items()
    ]


def scores():
    evaluations = [
        Evaluation(
            checkpoint=name, auroc=estimate(0.9 - i / 10), auprc=estimate(0.8 - i / 10), accuracy=estimate(0.7),
            brier=estimate(0.1), prevalence=0.3, reliability=[], confusion=CONFUSION,
        )
        for i, name in enumerate("abc")
    ]  # fmt: skip
    return scores_of(evaluations, references())


def test_scores_put_networks_first_and_draw_intervals_on_both_panels():
    figure = scores_figure(scores(), prevalence=0.3, palette=OKABE_ITO)
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt; E003", "&lt;c&gt; E003", "&lt;a&gt; E003"]
    left, right = ([t for t in figure.data if t.xaxis == x] for x in ("x", "x2"))
    assert [t.x[0] for t in left] == pytest.approx([0.8, 0.7, 0.9])
    assert [t.x[0] for t in right] == pytest.approx([0.7, 0.6, 0.8])
    assert left[0].error_x.array[0] == pytest.approx(0.01)
    assert left[0].error_x.arrayminus[0] == pytest.approx(0.02)
    assert left[2].marker.symbol == "cross-thin-open"
    assert left[0].text[0] == "<b>&lt;b&gt; E003</b><br>AUROC 0.800 (0.780 to 0.810)"


def test_a_cards_scores_come_before_its_baselines_and_imported_weights_have_none():
    measured = Metrics(
        auroc=estimate(0.8), auprc=estimate(0.7), accuracy=estimate(0.7), brier=estimate(0.1), reliability=[],
        n_positive=1, n_negative=1,
    )  # fmt: skip
    baseline = BaselineResult(name="mark_mean_linear", title="Means", auroc=estimate(0.6), auprc=estimate(0.5))
    fields = {"title": "LSTM-α", "architecture": "attentive_lstm_alpha", "kind": "network", "baselines": [baseline]}
    found = card_scores(ChromatinCard.model_construct(metrics=measured, **fields))
    assert [(s.title, s.architecture, s.baseline, s.auroc.value) for s in found] == [
        ("LSTM-α", "attentive_lstm_alpha", False, 0.8),
        ("Means", "mark_mean_linear", True, 0.6),
    ]
    assert card_scores(ChromatinCard.model_construct(metrics=None, **fields)) == []


def test_guessing_is_marked_on_both_panels_and_lies_inside():
    figure = scores_figure(scores(), prevalence=0.3, palette=OKABE_ITO)
    assert [(s.xref, s.x0) for s in figure.layout.shapes] == [("x", 0.5), ("x2", 0.3)]
    assert figure.layout.xaxis2.range[0] < 0.3
    assert "share of ON genes 0.30" in figure.layout.annotations[-1].text
    assert len(scores_figure(scores(), prevalence=None, palette=OKABE_ITO).layout.shapes) == 1
    assert not scores_figure([], prevalence=None, palette=OKABE_ITO).data


def test_reliability_speaks_of_genes_and_writes_their_number():
    bins = [ReliabilityBin(predicted=p, observed=o, n=n) for p, o, n in ((0.9, 0.8, 4000), (0.5, 0, 0), (0.1, 0.2, 9))]
    figure = gene_reliability_figure(bins, palette=OKABE_ITO)
    assert list(figure.data[0].text) == ["9", "4,000"]
    assert figure.layout.xaxis.title.text == "predicted P(ON)"
    assert "genes" in figure.data[0].hovertemplate
    assert gene_reliability_figure([], palette=OKABE_ITO).layout.yaxis.title.text == "share that is ON"


def test_confusion_has_labels_in_rows_and_calls_in_columns():
    (tiles,) = confusion_figure(CONFUSION, palette=OKABE_ITO).data
    assert tiles.customdata.tolist() == [[75, 25], [10, 1190]]
    np.testing.assert_allclose(tiles.z.sum(axis=1), 1)
    assert tiles.text[1][1] == "<b>1,190</b><br>99% of OFF"
    empty = Confusion(on_called_on=0, on_called_off=0, off_called_on=0, off_called_off=5)
    assert confusion_figure(empty, palette=OKABE_ITO).data[0].z[0].tolist() == [0, 0]


def test_distribution_counts_every_gene_once_and_says_the_share_called_on():
    predictions = [
        GenePrediction(checkpoint="b", probability=[0.0, 0.49, 0.5, 1.0]),
        GenePrediction(checkpoint="unknown", probability=[]),
    ]
    figure = distribution_figure(predictions, references(), palette=DEMO)
    first, second = figure.data
    assert (len(first.z[0]), sum(first.z[0]), sum(second.z[0])) == (N_STEPS, 4, 0)
    assert first.x0 - first.dx / 2 == pytest.approx(0)
    assert first.text[0][-1].endswith("P(ON) 0.96 to 1.00<br>1 of 4 genes")
    assert [a.text for a in figure.layout.annotations] == ["50% ON", "0% ON"]
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt; E003", "unknown"]
    assert figure.layout.shapes[0].x0 == 0.5
