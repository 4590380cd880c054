"""Edit and watch without a browser: what the browser is given to edit, and the file of the edited gene."""

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
from frontend.components.chromatin import exports
from frontend.figures.chromatin_edit import Chosen, edit_figure
from frontend.figures.chromatin_gene import gene_figure
from frontend.figures.palettes import OKABE_ITO
from frontend.pages.chromatin.edits import first_choice, watched_of
from frontend.pages.chromatin.gene import badges_of, edits_of, refusals, request_of
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


def test_tracks_name_what_the_browser_changes():
    figure = edit_figure(gene(), Chosen("H3K4me3", 1, 2), palette=OKABE_ITO, dark=False)
    (bars,) = (t for t in figure.data if t.name == "H3K4me3")
    np.testing.assert_array_equal(bars.y, np.float32(SIGNAL[3]))
    np.testing.assert_array_equal(bars.customdata, SIGNAL[3])
    assert bars.yaxis == "y4"
    (band,) = (s for s in figure.layout.shapes if s.name == "chosen")
    assert (band.x0, band.x1, band.yref) == (-100, 100, "y4 domain")
    assert {a.name: a.visible for a in figure.layout.annotations if a.name} == {f"edited {m}": False for m in MARKS}


def test_the_large_figure_names_what_follows_at_once():
    figure = gene_figure(gene(explained("lstm", contributions=CONTRIBUTIONS)), "lstm", title="LSTM", palette=OKABE_ITO)
    assert [trace.name for trace in figure.data[:4]] == ["signal", "alpha", "beta", "rollout"]
    numbers = {a.name: a.text for a in figure.layout.annotations if (a.name or "").startswith("beta")}
    assert numbers["beta 3"] == "0.60"


def test_the_browser_is_told_how_to_ask():
    handed = watched_of(gene(explained("lstm"), explained("cnn")), ["run", "ENSG1", "cnn"], run=RUN, look=LOOK)
    assert handed["question"]["checkpoints"] == ["cnn", "lstm"]
    assert handed["question"]["methods"] == ["attention", "attention_rollout"]
    assert handed["first"] == {"mark": "H3K9me3", "first": 0, "last": 3}
    assert GeneExplanation.model_validate(handed["before"]).gene == "ENSG1"


def test_the_edits_of_another_gene_are_not_this_genes():
    settled = {"key": ["run", "ENSG1"], "edits": [{"mark": "H3K4me3"}]}
    assert edits_of(settled, ["run", "ENSG1"]) == settled["edits"]
    assert edits_of(settled, ["run", "ENSG2"]) == edits_of(None, ["run", "ENSG1"]) == []


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
