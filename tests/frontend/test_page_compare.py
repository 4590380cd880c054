"""The page of comparisons without a browser: what it offers, asks, says and writes."""

import csv
import io
import json

import pytest
from plotly.utils import PlotlyJSONEncoder

from frontend.client import BackendProblem
from frontend.components.compare import answer, exports, form_panel
from frontend.pages.compare.answer import beside, request_of
from frontend.pages.compare.form import catalog_of, default_models, offered, plain_sequence


def text_of(component):
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def method(name, **refused):
    return {
        "name": name, "title": name.upper(), "summary": "", "how_to_read": "", "convention": "", "parameters": {},
        "refused": refused, "attributes": True,
    }  # fmt: skip


CARDS = [
    {"name": f"{factor}-{kind}", "title": f"{kind} of {factor}", "factor": factor, "architecture": kind, "auroc": 0.9,
     "kind": "baseline" if kind == "kmer" else "network", "source": "shipped" if factor == "ctcf" else "trained"}
    for factor in ("ctcf", "myc")
    for kind in ("cnn", "rnn", "kmer")
]  # fmt: skip
CATALOG = {
    "cards": CARDS,
    "methods": [method("gradient", kmer="it counts"), method("shap", kmer="it counts", rnn="no rule"), method("ism")],
    "architectures": {name: {"title": name.upper(), "best": best} for name, best in
                      (("cnn", "shap"), ("rnn", "gradient"), ("kmer", "ism"))},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("acgt\nACGN", "ACGTACGN"),
        (">peak 1\nACGT\nAC GT\n", "ACGTACGT"),
        ("peak_1\nACGT", "ACGT"),
        ("  ", ""),
        ("ACGU", "ACGU"),
    ],
)
def test_a_header_is_left_out_and_the_bases_are_joined(text, bases):
    assert plain_sequence(text) == bases


def test_the_networks_of_the_factor_are_chosen_at_first():
    assert default_models(CARDS, factor="myc") == ["myc-cnn", "myc-rnn"]
    assert default_models(CARDS, factor="unknown") == ["ctcf-cnn", "ctcf-rnn"]
    assert default_models([], factor="") == []
    lone = [card for card in CARDS if card["name"] != "myc-rnn"]
    assert default_models(lone, factor="myc") == ["myc-cnn", "myc-kmer"]


def test_a_method_that_is_not_valid_for_a_chosen_model_is_greyed_out_with_the_reason():
    options, value, note = offered(["ctcf-cnn", "myc-rnn"], CATALOG, None)
    assert {o["value"]: o.get("disabled", False) for o in options} == {
        "gradient": False, "shap": True, "ism": False, "best_of_each": False,
    }  # fmt: skip
    assert value == "gradient"  # the best one of the RNN, and valid for the CNN
    assert note == "Not valid for RNN: SHAP (no rule)."
    assert offered(["ctcf-kmer"], CATALOG, None)[2] == "Not valid for KMER: GRADIENT, SHAP (it counts)."
    assert offered(["ctcf-cnn"], CATALOG, None)[1] == "shap"
    assert offered(["ctcf-cnn", "ctcf-kmer"], CATALOG, "gradient")[1] == "ism"
    assert offered(["ctcf-cnn", "ctcf-rnn"], CATALOG, "ism")[1] == "ism"


def test_models_are_offered_by_factor_and_trained_ones_are_marked():
    ours, mine = form_panel.model_options(CARDS, factors={"ctcf": "CTCF", "myc": "MYC"})
    assert [item["label"] for item in ours["items"]][:1] == ["cnn of ctcf (0.900)"]
    assert mine["items"][0]["label"] == "cnn of myc (0.900, trained here)"


def test_examples_that_do_not_fit_the_window_are_not_offered(catalog):
    sequences = {e.name: e.sequences for e in catalog.examples}
    kept = catalog_of(catalog, [])["sequences"]
    for name, text in kept.items():
        assert sequences[name].startswith(">")
        assert set(text) <= set("ACGTN")
        assert len(text) <= catalog.limits.window_length


def test_one_method_is_asked_of_all_or_the_best_of_each():
    asked = request_of("ACGT", ["a", "b"], method="ism")
    assert [(a.checkpoint, a.method) for a in asked.attributions] == [("a", "ism"), ("b", "ism")]
    assert [a.method for a in request_of("ACGT", ["a", "b"], method="best_of_each").attributions] == [None, None]


def test_what_is_wrong_stands_beside_its_field(problem):
    def said(*fields):
        items = [problem.errors[0].model_copy(update={"field": f, "message": f"{f} is wrong."}) for f in fields]
        return beside(BackendProblem(problem.model_copy(update={"errors": items})))

    assert said("sequence") == {"text_error": "sequence is wrong."}
    assert said("attributions.1.checkpoint") == {"models_error": "attributions.1.checkpoint is wrong."}
    assert set(said("elsewhere")) == {"error"}


def test_the_answer_says_what_each_model_says(comparison):
    text = text_of(answer.facts(comparison))
    for words in ("CNN, CTCF", "0.900", "DeepLIFT/SHAP", "1.20 %", "none: no references", "Average model", "0.550"):
        assert words in text
    assert "left out" in text_of(answer.verdict(comparison))
    assert "Bases 1 to 2 (CG)" in text_of(answer.spans(comparison))
    assert "Nowhere" in text_of(answer.spans(comparison.model_copy(update={"spans": []})))
    table = text_of(answer.pairs(comparison))
    assert table.count("top 10 0.43") == 2
    assert table.count("\N{MINUS SIGN}0.20") == 2
    assert table.count("undefined") == 2


def test_the_file_holds_every_number_and_says_where_it_comes_from(comparison):
    text = exports.comparison_text(comparison)
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert any("sha256 abc" in line for line in comments)
    assert any("convention consensus: mean share" in line for line in comments)
    assert any("disagreement 1: Bases 1 to 2" in line for line in comments)
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["base"] for row in rows] == list("ACGT")
    assert [float(row["share_ctcf-cnn"]) for row in rows] == comparison.models[0].shares
    assert [float(row["mean_contribution"]) for row in rows] == comparison.average.contributions
