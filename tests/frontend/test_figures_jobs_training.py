"""The figure of a training: curves that grow in a frame that stays."""

import pytest

from backend.schemas.job_live import EpochPoint, NetworkCurve, SimpleMethod, TrainingLive
from frontend.figures.job_training import training_figure
from frontend.figures.palettes import OKABE_ITO, PALETTES


def curve(name, n, **changes):
    epochs = [EpochPoint(epoch=i + 1, loss=0.7 / (i + 1), validation_auroc=0.6 + 0.02 * i) for i in range(n)]
    return NetworkCurve(name=name, title=name.upper(), n_epochs=20, epochs=epochs, best_epoch=n or None, **changes)


def live(n=5, **changes):
    given = {
        "task": "sequence", "title": "<b>CTCF</b>", "split": "at random", "counts": {},
        "networks": [curve("demo_cnn", n), curve("demo_rnn", n // 2)],
        "baselines": [SimpleMethod(name="kmer_logistic", title="6-mer", test_auroc=0.8, test_low=0.75, test_high=0.84)],
    }  # fmt: skip
    return TrainingLive(**(given | changes))


def lines(figure, place):
    return [trace for trace in figure.data if trace.mode == "lines+markers" and trace.yaxis == place]


def test_every_network_has_a_loss_and_an_auroc_told_apart_without_colour():
    figure = training_figure(live(), palette=OKABE_ITO)
    loss, auroc = lines(figure, "y"), lines(figure, "y2")
    assert [list(trace.x) for trace in loss] == [[1, 2, 3, 4, 5], [1, 2]]
    assert [trace.y[-1] for trace in auroc] == pytest.approx([0.68, 0.62])
    assert len({trace.line.dash for trace in loss}) == len({trace.marker.symbol for trace in loss}) == 2
    assert [trace.showlegend for trace in (*loss, *auroc)] == [True, True, False, False]


def test_nothing_jumps_while_epochs_come_in():
    frames = [training_figure(live(n), palette=OKABE_ITO).layout for n in (0, 1, 9)]
    for place in ("xaxis", "xaxis2", "xaxis3", "yaxis", "yaxis2", "yaxis3"):
        assert len({tuple(frame[place].range) for frame in frames}) == 1
    assert len({frame.height for frame in frames}) == 1
    assert frames[0].xaxis2.range == (0.5, 20.5)


def test_the_kept_epoch_is_ringed_and_named():
    figure = training_figure(live(), palette=OKABE_ITO)
    rings = [trace for trace in figure.data if trace.marker.symbol == "circle-open"]
    assert [(ring.x[0], ring.y[0]) for ring in rings] == [(5, pytest.approx(0.68)), (2, pytest.approx(0.62))]
    assert lines(figure, "y2")[0].text[-1] == " (kept)"


def test_a_replaced_worker_is_marked_on_both_panels():
    figure = training_figure(live(networks=[curve("demo_cnn", 5, resumed_at=[3])]), palette=OKABE_ITO)
    dotted = [shape for shape in figure.layout.shapes if shape.line.dash == "dot"]
    assert [(shape.xref, shape.x0) for shape in dotted] == [("x", 2.5), ("x2", 2.5)]
    assert any("resumed" in note.text for note in figure.layout.annotations)


def test_the_test_set_is_drawn_with_intervals_once_it_is_measured():
    done = curve("demo_cnn", 5, test_auroc=0.9, test_low=0.85, test_high=0.94)
    figure = training_figure(live(networks=[done, curve("demo_rnn", 1)]), palette=OKABE_ITO)
    tested = [trace for trace in figure.data if trace.xaxis == "x3" and trace.x[0] is not None]
    assert [(trace.x[0], trace.y[0]) for trace in tested] == [(0.9, 0), (0.8, 2)]
    assert tested[0].error_x.arrayminus[0] == pytest.approx(0.05)
    assert list(figure.layout.yaxis3.ticktext) == ["DEMO_CNN", "DEMO_RNN", "6-mer"]


def test_members_of_one_architecture_and_epochs_without_validation_are_drawn():
    points = [EpochPoint(epoch=1, loss=0.5, validation_auroc=None)]
    members = [
        NetworkCurve(name=f"attentive_lstm/{i}", title=f"LSTM {i}", n_epochs=3, epochs=points, best_epoch=None)
        for i in range(3)
    ]
    figure = training_figure(live(networks=members, baselines=[]), palette=OKABE_ITO)
    assert len({trace.marker.symbol for trace in lines(figure, "y")}) == 3
    assert all(len(trace.x) == 0 for trace in lines(figure, "y2"))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("palette", PALETTES.values(), ids=list(PALETTES))
def test_both_themes_and_all_palettes_and_markup_is_escaped(palette, dark):
    figure = training_figure(live(networks=[curve("<i>x</i>", 2)]), palette=palette, dark=dark)
    assert "&lt;I&gt;" in figure.data[0].name
    assert figure.to_json()


def test_every_panel_has_a_trace_before_there_is_anything_to_draw():
    figure = training_figure(live(networks=[], baselines=[]), palette=OKABE_ITO)
    assert {trace.xaxis for trace in figure.data} == {"x", "x2", "x3"}, "Plotly redraws axes without one as NaN"


def test_long_names_take_two_lines_and_are_not_cut():
    names = training_figure(live(networks=[curve("linear (mean of each of the 5 marks)", 1)]), palette=OKABE_ITO)
    assert names.layout.yaxis3.ticktext[0] == "LINEAR (MEAN OF EACH OF<br>THE 5 MARKS)"
