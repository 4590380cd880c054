"""The figure of a comparison: one scale for all models, bands where they disagree."""

import numpy as np
import pytest

from frontend.figures.comparison import comparison_figure
from frontend.figures.palettes import OKABE_ITO


@pytest.mark.parametrize("dark", [False, True])
def test_all_models_and_the_consensus_share_one_scale(comparison, dark):
    figure = comparison_figure(comparison, palette=OKABE_ITO, dark=dark)
    ranges = [figure.layout[f"yaxis{i}"].range for i in (2, 3, 4)]
    assert ranges[0] == ranges[1] == ranges[2]
    labels = " ".join(a.text for a in figure.layout.annotations)
    for name in ("CNN, CTCF", "RNN, CTCF", "Consensus", "Disagreement", "Average model", "P(bound) 0.900"):
        assert name in labels
    assert "0-based" in figure.layout.xaxis.title.text


def test_the_bands_are_where_they_disagree_most(comparison):
    figure = comparison_figure(comparison, palette=OKABE_ITO)
    (band,) = figure.layout.shapes
    assert (band.x0, band.x1) == (0.5, 2.5)
    (bars,) = [trace for trace in figure.data if trace.type == "bar"]
    np.testing.assert_allclose(bars.y, comparison.disagreement, rtol=1e-6)
    assert len(set(bars.marker.color)) == 2
    assert "CNN, CTCF: +50.0 %<br>RNN, CTCF: \N{MINUS SIGN}25.0 %" in bars.hovertext[1]


def test_models_that_say_nothing_are_drawn_without_bands(comparison):
    silent = [m.model_copy(update={"shares": [0.0] * 4, "contributions": [0.0] * 4}) for m in comparison.models]
    changes = {"models": silent, "consensus": [0.0] * 4, "disagreement": [0.0] * 4, "spans": []}
    figure = comparison_figure(comparison.model_copy(update=changes), palette=OKABE_ITO)
    assert len(figure.layout.shapes) == 0
