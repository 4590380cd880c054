"""Edit and watch without a browser: tracks, answers before and after, and the file of the edited gene."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from plotly.utils import PlotlyJSONEncoder

from backend.schemas.chromatin_analyses import (
    CheckpointExplanation,
    GeneExplanation,
    SignalContributions,
)
from backend.schemas.trust import Trust, TrustMeasure
from frontend.components.chromatin import edit_panel, exports
from frontend.figures.chromatin_edit import Chosen, edit_figure
from frontend.figures.chromatin_gene import gene_figure
from frontend.figures.palettes import OKABE_ITO
from frontend.pages.chromatin.edits import first_choice, follow, shown
from frontend.pages.chromatin.gene import badges_of, refusals, request_of
from frontend.pages.chromatin.look import Look
from models.histone_file import read_histone_file

MARKS = ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]
N_BINS = 4
SIGNAL = [[float(row * 10 + i) for i in range(N_BINS)] for row in range(5)]
EDITED = [*SIGNAL[:3], [30.0, 15.5, 16.0, 33.0], SIGNAL[4]]
EVEN = [[0.25] * N_BINS] * 5
LOOK = Look(OKABE_ITO, dark=False)
RUN = {
    "id": "run", "file": {"upload": "a" * 32},
    "checkpoints": [{"name": n, "title": n.upper(), "kind": k, "sha256": ""} for n, k in
                    (("lstm", "network"), ("cnn", "network"), ("linear", "baseline"))],
}  # fmt: skip


def text_of(component):
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def explained(name, *, logit=2.0, beta=(0.1, 0.1, 0.1, 0.6, 0.1), **changes):
    own = {
        "checkpoint": name, "probability": 1 / (1 + np.exp(-logit)), "logit": logit, "bin_attention": EVEN,
        "mark_attention": list(beta), "combined_attention": EVEN, "knock_out": None, "agreement": None, "refused": {},
    }  # fmt: skip
    return CheckpointExplanation(**own | changes)


def gene(*explanations, edited=False):
    return GeneExplanation(
        created=datetime(2026, 1, 2, tzinfo=UTC), request_id="r-1", versions={}, device="cpu", settings={},
        conventions={}, gene="ENSG1", symbol="SYM1", label=1, marks=MARKS, bin_size_bp=100,
        bin_starts_bp=[-200, -100, 0, 100], signal=EDITED if edited else SIGNAL,
        original_signal=SIGNAL if edited else None, edits=["H3K4me3, bins 2 to 3: times 0.5"] if edited else [],
        explanations=list(explanations) or [explained("lstm")], refused={},
    )  # fmt: skip


MEASURE = TrustMeasure(
    name="completeness", title="Completeness gap", value=0.002, text="0.20 %", verdict="green", thresholds="up to 1 %",
    meaning="What is missed.",
)  # fmt: skip
TRUST = Trust(
    checkpoint="lstm", architecture="a", method="signal_integrated_gradients", verdict="green",
    sentence="All tests passed.", measures=[MEASURE],
)  # fmt: skip
CONTRIBUTIONS = SignalContributions(
    reference="median", cells=[[0.5, -0.25, 0, 0]] * 5, marks=[0.25] * 5, difference=1.25, completeness_gap=0.002,
    n_steps=16,
)  # fmt: skip


def test_tracks_show_the_signal_before_and_after():
    figure = edit_figure(gene(edited=True), Chosen("H3K4me3", 1, 2), palette=OKABE_ITO, dark=False)
    bars, line = (t for t in figure.data if t.yaxis == "y4")
    np.testing.assert_array_equal(bars.y, np.float32(EDITED[3]))
    np.testing.assert_array_equal(line.y[:N_BINS], np.float32(SIGNAL[3]))
    assert "as edited 15.5<br>in the file 31" in bars.hovertext[1]
    band = figure.layout.shapes[-1]
    assert (band.x0, band.x1, band.yref) == (-100, 100, "y4 domain")
    assert sum("edited" in a.text for a in figure.layout.annotations) == 1


def test_every_network_says_what_it_said_and_what_it_says_now():
    before = gene(explained("lstm"), explained("cnn", mark_attention=None))
    after = gene(
        explained("lstm", logit=-1.0, beta=(0.5, 0.1, 0.1, 0.2, 0.1)),
        explained("cnn", mark_attention=None),
        edited=True,
    )
    text = text_of(edit_panel.watched(before, after, titles={"lstm": "LSTM", "cnn": "CNN"}))
    for words in ("0.881 → ", "0.269 now OFF", "\N{MINUS SIGN}3.00", "H3K4me3 0.60 → H3K27me3 0.50", "none", "+0.00"):
        assert words in text
    assert text.count("edit-flipped") == 1


def test_the_large_figure_follows_with_what_is_quick():
    patch = follow(
        gene(explained("lstm", logit=-1.0), edited=True), "lstm", methods=["attention", "knock_out"], run=RUN, look=LOOK
    )
    places = {tuple(step["location"]) for step in patch.to_plotly_json()["operations"]}
    assert ("layout", "title", "text") in places
    assert {place[1] for place in places if place[0] == "data"} == {0, 1, 2}  # signal, alpha, beta
    everything = gene(explained("lstm", contributions=CONTRIBUTIONS))
    large = gene_figure(everything, "lstm", title="LSTM", palette=OKABE_ITO)
    assert [trace.type for trace in large.data[:4]] == ["heatmap", "heatmap", "bar", "heatmap"]


def test_what_is_shown_beside_the_tracks_says_what_can_be_done():
    record = {"key": ["run", "ENSG1"], "edits": [{"mark": "H3K4me3", "first_bin": 1, "last_bin": 2, "factor": 0.5}],
              "past": [[]], "future": []}  # fmt: skip
    after = gene(edited=True)
    known = {"before": gene().model_dump(mode="json")}
    parts = shown(after, known, chosen=Chosen("H3K4me3", 1, 2), history=record, look=LOOK, run=RUN)
    assert parts["label"] == "H3K4me3 in 2 bins: times 0.5"
    assert [parts[name] for name in ("undo", "redo", "reset", "file")] == [False, True, False, False]
    assert "times 0.5" in text_of(parts["words"])
    assert "No edits yet" in text_of(edit_panel.words([]))


def test_the_strongest_mark_around_the_start_site_is_chosen_at_first():
    assert first_choice(gene()) == Chosen("H3K9me3", 0, 3)


def test_the_edited_gene_can_be_read_again(tmp_path):
    path = tmp_path / "edited.csv"
    path.write_text(exports.edited_text(gene(edited=True)))
    matrices = read_histone_file(path, max_genes=5, max_rows=50).matrices
    assert (matrices.genes, matrices.symbols, matrices.signals) == (("ENSG1",), ("SYM1",), tuple(MARKS))
    np.testing.assert_array_equal(matrices.values[0], np.float32(EDITED))
    assert matrices.labels is None


def test_contributions_are_drawn_exported_and_judged():
    one = explained("lstm", contributions=CONTRIBUTIONS, trust=TRUST)
    answer = gene(one, edited=True)
    figure = gene_figure(answer, "lstm", title="LSTM", palette=OKABE_ITO)
    words = " ".join(a.text for a in figure.layout.annotations)
    assert "Integrated gradients" in words
    assert "Knock-out" not in words
    assert "with 1 edit of the signal" in figure.layout.title.text
    text = exports.gene_text(answer, weights={})
    assert "trust lstm, signal_integrated_gradients: green. All tests passed." in text
    assert "edit 1: H3K4me3, bins 2 to 3: times 0.5" in text
    assert text.count(",integrated_gradients,") == 5 * N_BINS
    assert text.count(",signal_before_edits,") == 5 * N_BINS
    assert "All tests passed." in text_of(badges_of(one, title="LSTM"))


def test_a_map_that_is_not_valid_says_why_and_one_that_was_not_asked_for_says_nothing():
    refused = explained("lstm", refused={"signal_integrated_gradients": "it has no gradient"})
    assert refusals(refused) == ["Integrated gradients is not shown: it has no gradient."]
    assert "not valid" in text_of(badges_of(refused, title="LSTM"))
    assert badges_of(explained("lstm"), title="LSTM") == []


@pytest.mark.parametrize(
    ("methods", "asked", "peers"),
    [
        (["signal_integrated_gradients"], ["signal_integrated_gradients"], ["cnn"]),
        (["knock_out"], ["knock_out"], []),
        ([], ["attention"], []),
    ],
)
def test_only_the_maps_that_are_shown_are_asked_for(methods, asked, peers):
    request = request_of("ENSG1", "lstm", run=RUN, width="3", methods=methods, edits=[])
    assert (request.methods, request.peers, request.knock_out_width) == (asked, peers, 3)
