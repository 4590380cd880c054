"""Histograms of batch scores."""

import pytest

from backend.schemas.job_live import ScoringLive
from frontend.figures.job_scoring import scoring_figure
from frontend.figures.palettes import OKABE_ITO

EDGES = [i / 20 for i in range(21)]


def live(**histograms):
    return ScoringLive(
        columns=["name"], preview=[["a"]], done=10, total=20, skipped=0, histogram_edges=EDGES,
        histograms={f"{name}.probability": counts for name, counts in histograms.items()}, convention="P(bound)",
    )  # fmt: skip


@pytest.mark.parametrize("dark", [False, True])
def test_one_row_per_model_the_first_on_top_on_one_scale(dark):
    figure = scoring_figure(
        live(demo_cnn=[8, *[0] * 18, 2], demo_rnn=[4] + [0] * 18 + [4]), palette=OKABE_ITO, dark=dark
    )

    lower, upper = figure.data
    assert [t.name for t in figure.data] == ["RNN", "CNN"]
    assert upper.base > lower.base
    assert upper.y[0] / lower.y[0] == pytest.approx(0.8 / 0.5)
    assert upper.y[0] < 1
    assert "8 of 10 (80.0%)" in upper.text[0]
    assert list(figure.layout.xaxis.range) == [0, 1]


def test_nothing_scored_yet_and_no_model_are_empty_pictures():
    assert scoring_figure(live(), palette=OKABE_ITO).data == ()
    assert set(scoring_figure(live(demo_cnn=[0] * 20), palette=OKABE_ITO).data[0].y) == {0.0}


def test_names_are_no_markup():
    figure = scoring_figure(live(**{"<b>x": [1] + [0] * 19}), palette=OKABE_ITO)

    assert figure.layout.annotations[0].text == "&lt;b&gt;x"
