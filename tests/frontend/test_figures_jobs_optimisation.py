import numpy as np
import pytest

from backend.schemas.job_live import CurvePoint, DesignFrame, DesignLive, MatrixFrame, OptimisationLive
from frontend.figures import job_design, job_optimisation
from frontend.figures.job_design import design_figure
from frontend.figures.job_optimisation import optimisation_figure
from frontend.figures.palettes import PALETTES
from frontend.figures.theme import DARK, LIGHT

PALETTE = next(iter(PALETTES.values()))
MARKS = ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]


def optimisation(rows: list[str], n_columns: int, *, bin_size_bp: int | None = None, **options) -> OptimisationLive:
    rng = np.random.default_rng(0)
    frames = [MatrixFrame(step=s, values=rng.dirichlet(np.ones(len(rows)), n_columns).T.tolist()) for s in (0, 3, 20)]
    curve = [CurvePoint(step=s, score=s / 20, loss=20 - s) for s in (0, 3, 10, 20)]
    given = {
        "checkpoint": "c", "checkpoint_title": "CTCF <b>CNN", "target": "bound", "rows": rows,
        "bin_size_bp": bin_size_bp, "n_steps": 20, "best_restart": 1, "restart_scores": [0.2, 1.0],
        "frames": frames, "curve": curve, "convention": "",
    }  # fmt: skip
    return OptimisationLive(**(given | options))


def design(**options) -> DesignLive:
    frames = [
        DesignFrame(step=0, sequence="ACGTACGT", score=0.1, judge_score=0.2, n_edits=0),
        DesignFrame(step=4, sequence="ACGTAGGA", score=0.9, judge_score=0.7, n_edits=2),
    ]
    given = {
        "method": "greedy", "checkpoint": "ctcf-demo_cnn", "judge": "ctcf-demo_rnn", "target": "bound",
        "start": "ACGTACGT", "n_steps": 10, "frames": frames, "convention": "",
    }  # fmt: skip
    return DesignLive(**(given | options))


DNA = optimisation(list("ACGT"), 11)
CHROMATIN = optimisation(MARKS, 20, bin_size_bp=100, target="ON")


def axes(figure) -> dict:
    return {key: figure.layout[key].to_plotly_json() for key in ("xaxis", "yaxis", "xaxis2", "yaxis2")}


def test_a_logo_stands_above_the_curve_and_the_marker_is_at_the_frame():
    figure = optimisation_figure(DNA, 1, palette=PALETTE)
    curve, marker = figure.data[-2:]

    assert {t.name for t in figure.data if t.fill == "toself"} <= set("ACGT")
    assert (list(curve.x), list(marker.x), list(marker.y)) == ([0, 3, 10, 20], [3], [0.15])
    assert "step 3 of 20" in figure.layout.title.text
    assert "restart 2 of 2" in figure.layout.title.text
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]


def test_a_map_has_marks_by_name_bins_in_bp_and_the_tss():
    figure = optimisation_figure(CHROMATIN, palette=PALETTE)
    heat = figure.data[0]

    assert heat.type == "heatmap"
    np.testing.assert_allclose(heat.z, CHROMATIN.frames[-1].values, rtol=1e-6)
    assert list(figure.layout.yaxis.ticktext) == MARKS
    assert list(figure.layout.xaxis.range) == [-1000, 1000]
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert "H3K27me3" in heat.text[0][0]
    assert any("TSS" in note.text for note in figure.layout.annotations)


@pytest.mark.parametrize("live", [DNA, CHROMATIN], ids=["dna", "chromatin"])
def test_nothing_jumps_between_frames(live):
    figures = [optimisation_figure(live, i, palette=PALETTE) for i in range(3)]
    drawn = [axes(figure) for figure in figures]

    assert drawn[0] == drawn[1] == drawn[2]
    assert len({figure.layout.height for figure in figures}) == 1


def test_the_design_does_not_jump_either():
    assert axes(design_figure(design(), 0, palette=PALETTE)) == axes(design_figure(design(), 1, palette=PALETTE))


@pytest.mark.parametrize("live", [DNA, CHROMATIN], ids=["dna", "chromatin"])
def test_a_frame_out_of_range_is_the_nearest_and_none_is_the_latest(live):
    for frame, step in ((-4, "step 0 "), (99, "step 20 "), (None, "step 20 ")):
        assert step in optimisation_figure(live, frame, palette=PALETTE).layout.title.text


def test_before_the_first_frame_the_figures_say_so():
    waiting = [
        optimisation_figure(optimisation(list("ACGT"), 5, frames=[], curve=[]), palette=PALETTE),
        design_figure(design(frames=[]), palette=PALETTE),
    ]

    assert all("waiting" in figure.layout.title.text for figure in waiting)


def test_text_of_users_is_not_read_as_markup():
    assert "CTCF &lt;b&gt;CNN" in optimisation_figure(DNA, palette=PALETTE).layout.title.text


def test_edits_are_framed_and_joined_to_what_they_replace():
    shapes = design_figure(design(), palette=PALETTE).layout.shapes
    frames = [shape for shape in shapes if shape.type == "rect"]
    joins = [shape for shape in shapes if shape.type == "line" and shape.yref == "y"]

    assert [(shape.x0, shape.x1) for shape in frames] == [(5.5, 6.5), (7.5, 8.5)]
    assert [shape.x0 for shape in joins] == [6, 8]
    assert not [s for s in design_figure(design(), 0, palette=PALETTE).layout.shapes if s.type == "rect"]


def test_both_networks_have_a_curve_told_apart_without_colour():
    made, judge = design_figure(design(), palette=PALETTE).data[-2:]

    assert (list(made.y), list(judge.y)) == ([0.1, 0.9], [0.2, 0.7])
    assert made.line.dash != judge.line.dash
    assert made.marker.symbol != judge.marker.symbol
    assert "2 edits" in design_figure(design(), palette=PALETTE).layout.title.text


def test_without_a_judge_there_is_one_curve_and_the_title_says_so():
    frames = [frame.model_copy(update={"judge_score": None}) for frame in design().frames]
    figure = design_figure(design(judge=None, frames=frames), palette=PALETTE)

    assert len([t for t in figure.data if t.yaxis == "y2"]) == 1
    assert "no judge" in figure.layout.title.text


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize(("dark", "theme"), [(False, LIGHT), (True, DARK)])
def test_every_figure_is_drawn_in_the_inks_of_its_paper(palette, dark, theme):
    figures = [optimisation_figure(live, palette=palette, dark=dark) for live in (DNA, CHROMATIN)]

    for figure in [*figures, design_figure(design(), palette=palette, dark=dark)]:
        assert figure.layout.font.color == theme.ink
        assert all(figure.layout[axis].title.text for axis in ("xaxis", "xaxis2", "yaxis2"))


def test_each_figure_says_how_it_is_read():
    assert all(len(module.HOW_TO_READ) > 200 for module in (job_design, job_optimisation))
