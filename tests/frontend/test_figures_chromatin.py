"""Gene and set figures: one axis around the TSS, scales that mean what they say, hover that names mark, bin, value."""

import gzip
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest

from backend.schemas.chromatin_analyses import (
    AttentionAverage,
    CheckpointExplanation,
    Correlation,
    GeneExplanation,
    KnockOut,
)
from frontend.figures.chromatin_gene import gene_figure
from frontend.figures.chromatin_set import attention_figure
from frontend.figures.marks import chromatin_colors, mark_series
from frontend.figures.palettes import OKABE_ITO, PALETTES

MARKS = ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]
PROVENANCE = {
    "created": datetime(2026, 1, 1, tzinfo=UTC), "request_id": "r", "versions": {}, "device": "cpu", "settings": {},
    "conventions": {},
}  # fmt: skip


def starts(n_bins, size):
    return [(i - n_bins // 2) * size for i in range(n_bins)]


def explained(kind, n_bins, width):
    rng = np.random.default_rng(1)
    alpha = rng.dirichlet(np.ones(n_bins), size=5)
    if kind == "shared":
        alpha = np.tile(alpha[0], (5, 1))
    beta = np.array([0.05, 0.1, 0.15, 0.6, 0.1]) if kind == "alpha_beta" else None
    cells = rng.normal(-0.02, 0.01, (5, n_bins))
    cells[3, 0] = 0.03
    return CheckpointExplanation(
        checkpoint=kind,
        probability=0.934,
        logit=2.65,
        bin_attention=None if kind == "none" else alpha.tolist(),
        shared_bin_attention=kind == "shared",
        mark_attention=None if beta is None else beta.tolist(),
        combined_attention=None if beta is None else (beta[:, None] * alpha).tolist(),
        knock_out=KnockOut(
            reference="median", width=width, cells=cells.tolist(), bins=cells.sum(0).tolist(),
            marks=[-1.5, 0.75, 0, -0.5, 0.1],
        ),
        agreement=None,
        refused={},
    )  # fmt: skip


def gene(n_bins=100, size=100, width=1, **changes):
    signal = np.random.default_rng(0).poisson(2, (5, n_bins)).astype(float)
    signal[3, 0] = 508
    values = {
        "gene": "ENSG00000196092", "symbol": "PAX5", "label": 1, "marks": MARKS, "bin_size_bp": size,
        "bin_starts_bp": starts(n_bins, size), "signal": signal.tolist(),
        "explanations": [explained(k, n_bins, width) for k in ("alpha_beta", "alpha", "shared", "none")],
        "refused": {"gm12878": "it needs bins of 10,000 bp"},
    }  # fmt: skip
    return GeneExplanation(**(PROVENANCE | values | changes))


def draw(shown=None, checkpoint="alpha_beta", **options):
    return gene_figure(shown or gene(), checkpoint, **({"title": "LSTM-α,β", "palette": OKABE_ITO} | options))


def headings(figure):
    bold = [a for a in figure.layout.annotations if a.text.startswith("<b>") and a.xanchor == "left"]
    return [a.text.split("</b>")[0].removeprefix("<b>") for a in sorted(bold, key=lambda a: (-a.y, a.x))]


def maps(figure):
    return [t for t in figure.data if t.type == "heatmap"]


@pytest.mark.parametrize(
    ("checkpoint", "expected"),
    [
        (
            "alpha_beta",
            ["Signal", "Bin attention (alpha)", "Mark attention (beta)", "Attention rollout (beta x alpha)",
             "Knock-out of one bin of one mark", "Whole mark", "Knock-out of one bin of all marks"],
        ),
        ("alpha", ["Signal", "Bin attention (alpha)", "Knock-out of one bin of one mark", "Whole mark",
                   "Knock-out of one bin of all marks"]),
        ("none", ["Signal", "Knock-out of one bin of one mark", "Whole mark", "Knock-out of one bin of all marks"]),
    ],
)  # fmt: skip
def test_a_gene_has_the_rows_that_the_network_can_answer(checkpoint, expected):
    assert headings(draw(checkpoint=checkpoint)) == expected


def test_rows_share_one_axis_with_the_tss_at_zero_and_do_not_overlap():
    figure = draw()
    assert list(figure.layout.xaxis.range) == [-5000, 5000]
    assert {t.xaxis for t in maps(figure)} == {"x"}
    domains = [figure.layout[f"yaxis{i}" if i > 1 else "yaxis"].domain for i in range(1, 6)]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(domains))
    lines = [s for s in figure.layout.shapes if s.type == "line" and s.xref == "x"]
    assert [(s.x0, s.x1, s.line.dash) for s in lines] == [(0, 0, "dash")] * 5
    (label,) = [a for a in figure.layout.annotations if "TSS" in a.text]
    assert label.x == 0


@pytest.mark.parametrize(("n_bins", "size"), [(100, 100), (10, 10_000), (7, 50)])
def test_cells_cover_their_bins(n_bins, size):
    signal = maps(draw(gene(n_bins, size)))[0]
    assert signal.x0 - size / 2 == starts(n_bins, size)[0]
    assert signal.dx == size
    assert signal.z.shape == (5, n_bins)


def test_hover_names_mark_bin_range_and_the_value_of_the_file():
    signal, alpha, combined, knock_out = maps(draw())
    first = "bin 1 · \N{MINUS SIGN}5,000 to \N{MINUS SIGN}4,900 bp"
    assert signal.text[3][0] == f"<b>H3K4me3</b> · {first}"
    assert (signal.customdata[3][0], "<br>signal %{customdata" in signal.hovertemplate) == (508, True)
    assert alpha.text[4][50] == "<b>H3K9me3</b> · bin 51 · 0 to 100 bp"
    assert alpha.customdata[4][50] == pytest.approx(100 * alpha.z[4][50], rel=1e-6)
    assert combined.text[0][99] == "<b>H3K27me3</b> · bin 100 · 4,900 to 5,000 bp"
    assert "beta x alpha %{z" in combined.hovertemplate
    assert knock_out.text[3][0].endswith("without it logit(ON) changes by \N{MINUS SIGN}0.03: it speaks for ON")


def test_knocked_out_windows_are_named_with_all_their_bins():
    knock_out = maps(draw(gene(width=4)))[-1]
    assert "bins 1 to 3 · \N{MINUS SIGN}5,000 to \N{MINUS SIGN}4,700 bp" in knock_out.text[0][0]
    assert "bins 50 to 53 · " in knock_out.text[0][50]
    assert "bins 99 to 100 · " in knock_out.text[0][99]


def test_signal_is_coloured_by_its_logarithm_and_the_scale_is_written_in_the_files_values():
    signal = maps(draw())[0]
    assert signal.z[3, 0] == pytest.approx(np.log(509))
    assert (signal.zmin, signal.zmax) == (0, pytest.approx(np.log(509)))
    ticks = dict(zip(signal.colorbar.ticktext, signal.colorbar.tickvals, strict=True))
    assert ticks["508"] == pytest.approx(np.log(509))
    assert ticks["10"] == pytest.approx(np.log(11))


def test_all_marks_share_one_alpha_scale_that_marks_the_even_share():
    alpha, combined = maps(draw())[1:3]
    assert (alpha.zmin, alpha.zmax) == (0, pytest.approx(float(alpha.z.max())))
    assert dict(zip(alpha.colorbar.ticktext, alpha.colorbar.tickvals, strict=True))["0.01 even"] == 0.01
    assert 0.002 in combined.colorbar.tickvals


def test_an_alpha_that_marks_share_is_drawn_once():
    alpha = maps(draw(checkpoint="shared"))[1]
    assert alpha.z.shape == (1, 100)
    assert alpha.text[0][0].startswith("<b>all marks</b> · bin 1")


def test_beta_bars_run_from_zero_to_one_with_numbers_and_the_even_share():
    figure = draw()
    (bars,) = [t for t in figure.data if t.type == "bar" and t.orientation == "h" and "beta" in t.hovertemplate]
    np.testing.assert_allclose(bars.x, [0.05, 0.1, 0.15, 0.6, 0.1], rtol=1e-6)
    axis = figure.layout[bars.xaxis.replace("x", "xaxis")]
    assert list(axis.range) == [0, 1]
    assert "0.60" in [a.text for a in figure.layout.annotations]
    (even,) = [s for s in figure.layout.shapes if s.xref == bars.xaxis]
    assert (even.x0, even.line.dash) == (0.2, "dash")
    assert bars.yaxis == maps(figure)[1].yaxis


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("dark", [False, True])
def test_change_is_drawn_symmetric_around_zero(palette, dark):
    figure = draw(palette=palette, dark=dark)
    knock_out = maps(figure)[-1]
    assert knock_out.zmin == -knock_out.zmax
    assert knock_out.zmax == pytest.approx(float(np.abs(knock_out.z).max()))
    negative, positive = (chromatin_colors(palette, dark=dark).change[i][1] for i in (0, -1))
    (marks,) = [t for t in figure.data if t.type == "bar" and "in all bins" in t.hovertext[0]]
    assert list(marks.marker.color)[:2] == [negative, positive]
    low, high = figure.layout[marks.xaxis.replace("x", "xaxis")].range
    assert low == -high
    assert [a.text for a in figure.layout.annotations if a.yref == marks.yaxis] == [
        "\N{MINUS SIGN}1.50", "+0.75", "0", "\N{MINUS SIGN}0.50", "+0.10",
    ]  # fmt: skip


def test_without_any_change_the_scale_still_has_a_middle():
    silent = gene()
    for one in silent.explanations:
        one.knock_out.cells = [[0.0] * 100] * 5
        one.knock_out.bins, one.knock_out.marks = [0.0] * 100, [0.0] * 5
    knock_out = maps(draw(silent))[-1]
    assert (knock_out.zmin, knock_out.zmax) == (-1, 1)
    assert "no effect" in knock_out.text[0][0]


def test_names_are_text_and_not_markup():
    figure = draw(gene(gene="<b>g</b>", symbol="<a href='x'>S</a>", marks=["<i>m</i>", *MARKS[1:]]), title="<u>t</u>")
    assert figure.layout.title.text.startswith("<b>&lt;a href='x'&gt;S")
    figure.layout.uirevision = None  # a key, never drawn
    for markup in ("<i>m", "<b>g", "<a href", "<u>t"):
        assert markup not in figure.to_json().replace("\\u003c", "<").replace("\\u003e", ">")


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="do not fit 5 marks x 100 bins"):
        draw(gene(signal=[[0.0] * 99] * 5))
    with pytest.raises(ValueError, match=r"needs bins of 10,000 bp"):
        draw(checkpoint="gm12878")
    short = gene()
    short.explanations[0].mark_attention = [0.5, 0.5]
    with pytest.raises(ValueError, match="2 values do not fit 5 marks"):
        draw(short)


def test_a_gene_figure_is_light_and_its_zoom_survives_a_change_of_checkpoint():
    figure = draw()
    assert len(gzip.compress(figure.to_json().encode())) < 60_000
    assert figure.layout.uirevision == draw(checkpoint="none", dark=True).layout.uirevision
    assert figure.layout.uirevision != draw(gene(gene="ENSG2")).layout.uirevision
    assert 450 <= draw(checkpoint="none").layout.height < figure.layout.height <= 800


def average(**changes):
    alpha = np.random.default_rng(2).dirichlet(np.full(100, 50.0), size=5)
    alpha[2] = 0.01
    values = {
        "checkpoint": "c", "selection": "predicted <ON>", "n_genes": 3312, "not_found": [], "marks": MARKS,
        "bin_size_bp": 100, "bin_starts_bp": starts(100, 100), "bin_attention": alpha.tolist(), "mark_attention": None,
        "coverage": {"H3K4me3": [1.0] * 100, "H3K27ac": list(range(100))},
        "correlations": [
            Correlation(mark="H3K9me3", signal="H3K27ac", r=-0.5, n_bins=100, n_genes=3312),
            Correlation(mark="H3K4me3", signal="H3K27ac", r=0.8995, n_bins=100, n_genes=3312),
            Correlation(mark="H3K4me1", signal="H3K27ac", r=None, n_bins=100, n_genes=3312),
            Correlation(mark="H3K4me3", signal="H3K4me3", r=0.1, n_bins=100, n_genes=3312),
        ],
    }  # fmt: skip
    return AttentionAverage(**(PROVENANCE | values | changes))


def draw_set(shown=None, **options):
    return attention_figure(shown or average(), **({"title": "LSTM-α", "palette": OKABE_ITO} | options))


def test_a_sets_curves_are_told_apart_and_named_where_they_end():
    figure = draw_set()
    curves = [t for t in figure.data if t.name in MARKS]
    assert [t.name for t in curves] == MARKS
    assert len({t.line.color for t in curves}) == len({t.line.dash for t in curves}) == 5
    labels = [a for a in figure.layout.annotations if a.showarrow is not False]
    assert {a.text for a in labels} == {f"<b>{mark}</b>" for mark in MARKS}
    assert all(a.x == 4950 for a in labels)
    low, high = figure.layout.yaxis.range
    at = sorted((a.y - low) / (high - low) * 300 - a.ay for a in labels)
    assert all(b - a >= 16.9 for a, b in pairwise(at))


def test_unscaled_curves_stand_beside_the_even_level_and_scaled_ones_run_from_zero_to_one():
    plain_figure, scaled = draw_set(), draw_set(scaled=True)
    even = [s for s in plain_figure.layout.shapes if s.y0 == s.y1]
    assert [s.y0 for s in even] == [0.01]
    assert not [s for s in scaled.layout.shapes if s.y0 == s.y1]
    np.testing.assert_allclose(plain_figure.data[0].y, average().bin_attention[0], rtol=1e-6)
    assert (scaled.data[0].y.min(), scaled.data[0].y.max()) == (0, 1)
    assert not scaled.data[2].y.any()
    assert scaled.data[0].text == plain_figure.data[0].text


def test_an_extra_signal_has_a_panel_above_and_pearsons_r_the_highest_first():
    figure = draw_set()
    (coverage,) = [t for t in figure.data if t.name == "H3K27ac"]
    assert (coverage.yaxis, coverage.line.color) == ("y2", figure.layout.font.color)
    assert figure.layout.yaxis2.domain[0] > figure.layout.yaxis.domain[1]
    subtitle = figure.layout.title.text
    assert "predicted &lt;ON&gt;<br>" in subtitle
    ranked = "H3K4me3 +0.90 · H3K9me3 \N{MINUS SIGN}0.50 · H3K4me1 undefined"
    assert f"Pearson's r with H3K27ac: {ranked}<" in subtitle
    assert "3,312 genes" in figure.layout.title.text


def test_without_an_extra_signal_only_the_curves_are_drawn_unless_one_is_asked():
    bare = average(coverage={"H3K4me3": [1.0] * 100})
    assert len(draw_set(bare).data) == 5
    assert draw_set(bare).layout.height < draw_set().layout.height
    assert draw_set(bare, signal="H3K4me3").data[-1].yaxis == "y2"


def test_an_unknown_mark_is_grey_with_a_dash_of_its_own():
    look = mark_series("H3K<79>me2", palette=OKABE_ITO, dark=False)
    assert look.title == "H3K&lt;79&gt;me2"
    assert look.dash not in {mark_series(m, palette=OKABE_ITO, dark=False).dash for m in MARKS}
