"""A network's motifs as small logos: every one drawn, named and explained, in few traces."""

import numpy as np
import pytest
from dash.development.base_component import Component

from backend.schemas.motifs import Filter, MotifMatch, MotifName, MotifSummary, Route
from frontend.components.filters_panel import filters_panel, routes_list, summary_line
from frontend.figures.motif_logos import filters_figure, in_order, routes_figure
from frontend.figures.palettes import DEFAULT_PALETTE, PALETTES

PALETTE = PALETTES[DEFAULT_PALETTE]


def matrix(width, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(4, 0.2), size=width).T.tolist()


def match(name, q_value):
    return MotifMatch(
        id="MA0139.2", name=name, url="https://jaspar.elixir.no/matrix/MA0139.2/", p_value=q_value / 10,
        q_value=q_value, strand="forward", start=0, matrix=matrix(9),
    )  # fmt: skip


def a_filter(number, *, q_value=None, share=0.5):
    found = None if q_value is None else match("CT<CF", q_value)
    return Filter(index=number, matrix=matrix(9, number), n_windows=20, share=share, information=number, match=found)


FILTERS = [a_filter(1), a_filter(2, q_value=0.05), a_filter(3, q_value=1e-5, share=0.0), a_filter(4)]
ROUTES = [
    Route(name="saliency", title="Saliency windows", n_sequences=500, matrix=matrix(15), matches=[match("CTCF", 1e-9)],
          finds_factor=0.484, note="Of windows chosen at random 1.6% match a motif of the factor."),
    Route(name="temporal_output", title="Temporal-output windows", n_sequences=0, matrix=None, matches=[],
          finds_factor=None, note="Not defined."),
]  # fmt: skip


def texts(component):
    if isinstance(component, list | tuple):
        return "".join(map(texts, component))
    if isinstance(component, Component):
        return texts(getattr(component, "children", None))
    return "" if component is None else str(component)


def test_filters_with_a_name_come_first_the_most_certain_first():
    assert [each.index for each in in_order(FILTERS)] == [3, 2, 4, 1]


@pytest.mark.parametrize("dark", [False, True])
def test_all_logos_share_a_few_traces(dark):
    many = [a_filter(number, q_value=0.01) for number in range(40)]
    figure = filters_figure(many, columns=2, palette=PALETTE, dark=dark)
    assert len(figure.data) <= 7  # four bases, two of the bars, one of the hovers
    assert len(figure.layout.annotations) == 40
    assert figure.layout.height > filters_figure(many[:10], columns=2, palette=PALETTE).layout.height


def test_each_logo_says_what_it_is():
    figure = filters_figure(in_order(FILTERS), columns=2, palette=PALETTE)
    words = [annotation.text for annotation in figure.layout.annotations]
    assert words[0] == "<b>CT&lt;CF</b>  q 1e\N{MINUS SIGN}5"
    assert words[3] == "filter 1"
    (hovers,) = [trace for trace in figure.data if trace.mode == "markers"]
    assert "fires in 50.0% of the sequences" in hovers.text[-1]


def test_the_bar_is_the_share():
    figure = filters_figure([a_filter(1, share=0.25)], columns=1, palette=PALETTE)
    full, share = [trace for trace in figure.data if trace.mode == "lines" and trace.line.width == 5]
    assert share.x[1] - share.x[0] == pytest.approx((full.x[1] - full.x[0]) / 4)


def test_routes_that_do_not_exist_are_said_not_drawn():
    assert len(routes_figure(ROUTES, palette=PALETTE).layout.annotations) == 1
    said = texts(routes_list(ROUTES))
    assert "48.4% of 500" in said
    assert "Not defined." in said
    assert "1.6%" in said


def test_the_panel_is_laid_out_folded():
    panel = filters_panel(graph_config={}, routes_help="how routes are read", filters_help="how filters are read")
    assert getattr(panel, "value", None) is None
    assert "how routes are read" in texts(panel)
    assert "how filters are read" in texts(panel)


def test_the_summary_in_a_sentence():
    summary = MotifSummary(
        checkpoint="a", data="ten sequences", n_sequences=10, library="JASPAR", method="",
        factor_motifs=[MotifName(id="MA0139.2", name="CTCF")], filters=FILTERS, routes=ROUTES,
    )  # fmt: skip
    assert "2 of 4 filters resemble a known motif, 2 of them a motif of CTCF" in summary_line(summary, factor="CTCF")
    without = summary.model_copy(update={"filters": []})
    assert "no convolution" in summary_line(without, factor="CTCF")
    unknown = summary.model_copy(update={"factor_motifs": []})
    assert "no motif named XYZ" in summary_line(unknown, factor="XYZ")
