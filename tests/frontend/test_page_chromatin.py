"""The histone-mark page without a browser: what it asks, what it offers, what it draws and writes."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime

import pytest
from plotly.utils import PlotlyJSONEncoder

from backend.schemas.catalog import Estimate, Metrics, ReliabilityBin
from backend.schemas.chromatin_analyses import (
    Agreement,
    CheckpointExplanation,
    ChromatinAnalysis,
    ChromatinCheckpointReference,
    Confusion,
    Evaluation,
    GeneExplanation,
    GenePrediction,
    Genes,
    KnockOut,
)
from backend.schemas.chromatin_catalog import ChromatinCard, ChromatinCatalog, ChromatinLimits, PatternMap
from backend.schemas.histone_files import HistoneCheck, HistoneFileReference, Shift
from backend.schemas.problem import ProblemItem
from frontend.client import BackendProblem
from frontend.components.chromatin import answers, check_feedback, exports, import_panel, models_panel, wizard_panel
from frontend.figures.palettes import OKABE_ITO
from frontend.pages.chromatin import evaluation, gene, gene_set, models, tiles
from frontend.pages.chromatin.analysis import _choices, run_of, steps_of, with_file
from frontend.pages.chromatin.catalogs import CatalogCache, default_checkpoints, fits
from frontend.pages.chromatin.form import asked_for, swapped
from frontend.pages.chromatin.look import Look
from frontend.pages.chromatin.wizard import with_uploads

MARKS = ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]
N_BINS = 4
PROVENANCE = {
    "created": datetime(2026, 1, 2, tzinfo=UTC), "request_id": "r-1", "versions": {"regulens": "0.1"},
    "device": "cpu", "settings": {"knock_out_width": 1}, "conventions": {"probability": "P(ON)"},
}  # fmt: skip
SCORE = Estimate(value=0.8, low=0.7, high=0.9)
METRICS = Metrics(auroc=SCORE, auprc=SCORE, accuracy=SCORE, brier=SCORE, reliability=[], n_positive=4, n_negative=5)
LOOK = Look(OKABE_ITO, dark=False)
MATRIX = [[0.25] * N_BINS] * len(MARKS)


def text_of(component):
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def card(name, **changes):
    own = {
        "name": name, "title": name.upper(), "kind": "network", "origin": "trained here", "summary": "", "task": "",
        "architecture": "attentive_lstm_alpha_beta", "cell_type": "H1", "cell_types": ["E003"], "marks": MARKS,
        "n_bins": 100, "bin_size_bp": 100, "other_lengths": False, "classes": ["ON", "OFF"], "n_parameters": 1,
        "has_bin_attention": True, "has_mark_attention": True, "training_data": {"source": "here"}, "n_genes": 9,
        "metrics": METRICS, "baselines": [], "signal_ranges": [], "reference": "median", "pattern_maps": [],
        "sha256": f"sha-{name}", "seed": 1, "training_command": "", "recipe": {}, "versions": {}, "licence": "MIT",
        "citation": "Singh",
    }  # fmt: skip
    return ChromatinCard(**own | changes)


CARDS = [
    card("e003"),
    card("both", cell_types=["E003", "E123"]),
    card("cnn", has_bin_attention=False, has_mark_attention=False),
    card("gcmerge", bin_size_bp=10_000, n_bins=20),
    card("mine", origin="imported", metrics=None, other_lengths=True),
]


def catalog(cards=CARDS):
    limits = ChromatinLimits(genes=20_000, rows=10, bytes=5, bigwig_bytes=5, checkpoint_bytes=5, kept_hours=24,
                             explained_checkpoints=20)  # fmt: skip
    return ChromatinCatalog(marks=MARKS, mark_roles={}, checkpoints=cards, architectures=[], layouts=[], examples=[],
                            limits=limits, gene_tables={})  # fmt: skip


def analysis(*, labelled=True, names=("e003", "cnn", "linear"), genes=("=1+1", "g2")):
    kinds = {"linear": "baseline"}
    score = {"auroc": SCORE, "auprc": SCORE, "accuracy": SCORE, "brier": SCORE, "prevalence": 0.5}
    measured = [
        Evaluation(checkpoint=name, **score, reliability=[ReliabilityBin(predicted=0.5, observed=0.5, n=2)],
                   confusion=Confusion(on_called_on=1, on_called_off=0, off_called_on=0, off_called_off=1))
        for name in names
    ]  # fmt: skip
    return ChromatinAnalysis(
        **PROVENANCE, n_bins=N_BINS, bin_size_bp=100, signals=MARKS,
        checkpoints=[
            ChromatinCheckpointReference(name=n, title=n.upper(), kind=kinds.get(n, "network"),
                                         architecture="attentive_lstm_alpha_beta", cell_type="H1", sha256=f"sha-{n}")
            for n in names
        ],
        genes=Genes(gene=list(genes), symbol=["A", ""], label=[1, 0] if labelled else None),
        predictions=[GenePrediction(checkpoint=n, probability=[0.9, 0.1]) for n in names],
        networks_calling_on=[2, 0], evaluations=measured if labelled else [], refused={}, shifts=[], repairs=[],
    )  # fmt: skip


def explanation(*names, label=None):
    change = KnockOut(reference="median", width=1, cells=MATRIX, bins=[-0.5] * N_BINS, marks=[0.1] * len(MARKS))
    agreement = Agreement(cells=0.9, marks=[0.9] * 5, same_first_mark=True, verdict="agree", sentence="Both point.")
    return GeneExplanation(
        **PROVENANCE, gene="g2", symbol="PAX5", label=label, marks=MARKS, bin_size_bp=100,
        bin_starts_bp=[-200, -100, 0, 100], signal=MATRIX, refused={"gcmerge": "Another scale."},
        explanations=[
            CheckpointExplanation(
                checkpoint=name, probability=0.93, logit=2.6, bin_attention=MATRIX, mark_attention=[0.2] * 5,
                combined_attention=MATRIX, knock_out=change, agreement=agreement, refused={},
            )
            for name in names
        ],
    )  # fmt: skip


def run(**options):
    return run_of(analysis(**options), HistoneFileReference(upload="u1"), name="h1.csv")


def read(text):
    lines = text.splitlines()
    return [line for line in lines if line[0] == "#"], list(
        csv.DictReader(io.StringIO("\n".join(line for line in lines if line[0] != "#")))
    )


@pytest.mark.parametrize(
    ("bin_size", "n_bins", "chosen"),
    [(100, 100, ["both"]), (100, None, ["both"]), (10_000, 20, ["gcmerge"]), (100, 200, ["mine"]), (500, 100, [])],
)
def test_pooled_checkpoints_of_the_files_scale_are_chosen_at_first(bin_size, n_bins, chosen):
    assert default_checkpoints(CARDS, bin_size_bp=bin_size, n_bins=n_bins) == chosen


def test_a_checkpoint_of_another_scale_never_fits():
    assert not fits(CARDS[3], bin_size_bp=100, n_bins=20)


def test_checkpoints_are_grouped_by_cell_type_and_the_other_scale_says_so():
    groups = {
        group["group"]: [item["value"] for item in group["items"]] for group in models_panel.grouped_options(CARDS)
    }
    assert groups["H1 · 100-bp bins"] == ["both", "e003", "cnn"]
    assert groups["H1 · 10,000-bp bins, another scale"] == ["gcmerge"]
    assert groups["H1 · 100-bp bins, imported"] == ["mine"]
    assert list(groups)[-1].endswith("another scale")


class Api:
    """Answer as the API would, and count."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    async def chromatin_catalog(self):
        self.asked.append("catalog")
        return self.answers.pop(0)

    async def explain_gene(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_catalog_is_fetched_once_and_again_for_a_name_that_is_new():
    api = Api(catalog(CARDS[:1]), catalog())
    cards = CatalogCache(api)

    async def ask():
        await cards.get()
        return await cards.cards(["e003"]), await cards.cards(["mine", "nowhere"])

    first, second = asyncio.run(ask())
    assert (list(first), list(second), len(api.asked)) == (["e003"], ["mine"], 2)


def test_the_address_may_name_a_checkpoint_to_begin_with():
    assert asked_for("?checkpoint=liver-deepchrome") == "liver-deepchrome"
    assert asked_for("") is None


def test_a_mark_that_moves_to_another_column_swaps_places():
    assert swapped(["a", "b", "c"], ["c", "b", "c"]) == ["c", "b", "a"]
    assert swapped(["a", "b"], ["x", "b"]) == ["x", "b"]


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("E003.H3K27me3.pval.bw", "H3K27me3"), ("h1_k4me1.bigwig", "H3K4me1"), ("H1-H3k4Me3-rep2.bw", "H3K4me3"),
        ("input.bw", ""), ("H3K4me3_vs_H3K9me3.bw", ""), ("H3K27me31.bw", ""),
    ],
)  # fmt: skip
def test_marks_are_read_from_file_names_or_left_open(name, mark):
    assert wizard_panel.guess_mark(name, MARKS) == mark


def test_the_same_bigwig_twice_is_one():
    first = {"id": "1", "name": "H3K4me3.bw", "n_bytes": 1}
    files = with_uploads([], [first], marks=MARKS)
    assert with_uploads(files, [first, {"id": "2", "name": "x.bw", "n_bytes": 1}], marks=MARKS) == [
        {"upload": first, "mark": "H3K4me3"},
        {"upload": {"id": "2", "name": "x.bw", "n_bytes": 1}, "mark": ""},
    ]
    assert len(wizard_panel.bigwig_rows(files, marks=MARKS)) == 1


def check(**changes):
    own = {
        "layout": "deepchrome", "layout_summary": "No header.", "signals": MARKS, "n_rows": 400, "n_genes": 4,
        "n_bins": 100, "n_labelled_on": 1, "first_genes": ["a"], "first_lines": ["a,1,0"], "summaries": [],
        "shifts": [], "repairs": [], "errors": [],
    }  # fmt: skip
    return text_of(check_feedback.check_feedback(HistoneCheck(**own | changes)))


def test_a_check_says_what_the_file_holds():
    said = check()
    assert "4 genes x 100 bins, labels: 1 ON, 3 OFF (400 rows)" in said
    assert "No header." in said
    assert "no labels" in check(n_labelled_on=None)


def test_an_error_of_a_check_names_line_and_column():
    said = check(errors=[ProblemItem(code="x", message="'many' is no number.", line=5, column=7)])
    assert "Line 5, column 7: " in said
    assert '"role": "alert"' in said


def test_a_place_that_the_message_names_is_not_said_twice():
    message = "Gene '000003', line 5, column 7: 'many' is not a number."
    said = check(errors=[ProblemItem(code="x", message=message, record="000003", line=5, column=7)])
    assert said.count("line 5") == 1
    assert "Record" not in said


def test_a_shift_is_said_once_for_all_checkpoints():
    shifts = [Shift(checkpoint=c, signal="H3K4me3", code="scale", message="Too high.") for c in ("a", "b", "c")]
    said = check(shifts=shifts)
    assert said.count("Too high.") == 1
    assert "The same holds" not in said
    two = [shifts[0], shifts[1].model_copy(update={"message": "Too high for K562."})]
    assert "The same holds for 1 more of the trained data sets" in check(shifts=two)


def test_only_imported_checkpoints_can_be_removed():
    said = text_of(import_panel.imported_list(CARDS))
    assert "Remove MINE" in said
    assert "E003" not in said


def test_each_question_offers_the_checkpoints_that_can_answer():
    known = {c.name: c for c in CARDS} | {"linear": card("linear", kind="baseline")}
    offered = _choices(analysis(names=("cnn", "e003", "linear")), known)
    assert [o["value"] for o in offered["gene_options"]] == ["cnn", "e003"]
    assert [o["value"] for o in offered["average_options"]] == ["e003"]
    assert (offered["gene_choice"], offered["tiles_choice"]) == ("e003", ["mine"])
    assert [o["value"] for o in offered["tiles_options"]] == ["mine"]  # the others read 100 bins, the file has 4
    assert [o["value"] for o in offered["evaluation_options"]] == ["cnn", "e003", "linear"]


def test_the_overview_counts_every_gene_in_its_step():
    assert steps_of([0.0, 0.4999, 0.5, 1.0]) == {"0": 1, "99": 1, "100": 1, "199": 1}


def test_the_same_file_is_remembered_once_per_reading():
    files = with_file(with_file(None, run()), run())
    assert list(files) == ["u1/None/None/100"]
    other = run() | {"file": run()["file"] | {"layout": "header"}}
    assert len(with_file(files, other)) == 2


def test_a_checkpoint_that_refuses_a_gene_says_why():
    shown = gene.shown(explanation("e003"), "gcmerge", run=run(), look=LOOK)
    assert shown["figure"] == {}
    assert "Another scale." in text_of(shown["notes"])


@pytest.mark.parametrize("dark", [False, True])
def test_a_gene_is_drawn_with_the_verdict_and_a_file_name(dark):
    shown = gene.shown(explanation("e003"), "e003", run=run(), look=Look(OKABE_ITO, dark=dark))
    assert shown["figure"].data
    assert shown["figure"].layout.meta == "regulens-PAX5-e003"
    assert "Both point." in text_of(shown["verdict"])


def test_without_attention_the_verdict_points_to_knock_out():
    assert "read the other maps" in text_of(answers.verdict(None, has_attention=False))
    assert "show both" in text_of(answers.verdict(None, has_attention=True))


@pytest.mark.parametrize("listed", ["PAX5, 000003\n g2", "PAX5 000003;g2"])
def test_a_pasted_list_is_split_at_commas_spaces_and_lines(listed):
    request = gene_set.request_of(run(), checkpoint="e003", which="list", listed=listed, signal=None, extra=None)
    assert request.genes == ["PAX5", "000003", "g2"]


def test_a_set_that_cannot_be_asked_for_says_what_is_missing():
    asked = {"listed": " ", "signal": None, "extra": None}
    assert "Paste" in gene_set.request_of(run(), checkpoint="e003", which="list", **asked)
    assert "attention" in gene_set.request_of(run(), checkpoint=None, which="predicted_on", **asked)


def test_an_extra_signal_is_asked_for_with_its_file():
    extra = {"file": HistoneFileReference(upload="u2").model_dump()}
    asked = {"checkpoint": "e003", "which": "predicted_off", "listed": None, "signal": "H3K27ac"}
    request = gene_set.request_of(run(), **asked, extra=extra)
    assert (request.genes, request.extra.file.upload, request.extra.signal) == ("predicted_off", "u2", "H3K27ac")


def test_tiles_have_a_column_per_file_and_checkpoint_and_a_note_for_what_is_missing(problem):
    files = {str(i): {"name": f"f{i}", "file": HistoneFileReference(upload=f"u{i}").model_dump()} for i in range(3)}
    api = Api(explanation("e003", "both"), explanation("e003", label=0), BackendProblem(problem))
    made = tiles.tiles_of(asyncio.run(tiles.ask(api, "PAX5", ["e003"], files=files)), titles={"e003": "T"}, gene="PAX5")
    assert [c["title"] for c in made["columns"]] == ["T, f0", "both, f0", "T, f1"]
    assert [(c["on"], c["said_by"]) for c in made["columns"]] == [(True, "P 0.93"), (True, "P 0.93"), (False, "label")]
    assert f"f2: {problem.detail}" in made["notes"]
    assert tiles.figure_of(made, look=LOOK).data
    assert len(read(exports.tiles_text(made))[1]) == 3 * len(MARKS)


@pytest.mark.parametrize(("labelled", "reason"), [(False, "no labels"), (True, "the same")])
def test_what_cannot_be_measured_is_explained(labelled, reason):
    unmeasured = run(labelled=False) | {"labelled": labelled}
    shown = evaluation.evaluation_pictures(unmeasured, None, look=LOOK)
    assert reason in text_of(shown["notes"])
    assert shown["box"] == {"display": "none"}


def test_labels_are_measured_for_the_chosen_checkpoint():
    shown = evaluation.evaluation_pictures(run(), "cnn", look=LOOK)
    assert shown["box"] == {"display": "block"}
    assert all(shown[name].data for name in ("scores", "reliability", "confusion"))
    assert shown["confusion"].layout.meta == "regulens-confusion-cnn"


def test_pattern_maps_are_drawn_in_their_space_or_said_to_be_missing():
    values = [[0.1, 0.9, 0.3, 0.0]] * len(MARKS)
    maps = [PatternMap(target=t, space="published", values=values, active_bins=[2] * 5, means=[0.3] * 5)
            for t in ("ON", "OFF")]  # fmt: skip
    known = card("e003", pattern_maps=maps, n_bins=N_BINS)
    assert models.pattern(known, "published", look=LOOK)["pattern"].data
    assert "No pattern maps" in text_of(models.pattern(known, "log1p", look=LOOK)["notes"])
    rows = read(exports.pattern_text(known, maps))[1]
    assert (rows[0]["start_bp_from_tss"], rows[1]["value"], len(rows)) == ("-200", "0.9", 2 * 5 * N_BINS)


def test_a_card_without_metrics_says_so():
    assert "No scores are known" in text_of(models_panel.card_facts(card("mine", metrics=None)))
    assert "0.800 (0.700 to 0.900)" in text_of(models_panel.card_facts(card("e003")))
    assert [r["score"] for r in read(exports.card_text(card("e003")))[1]] == ["auroc", "auprc"]


@pytest.mark.parametrize("separator", [",", "\t"])
def test_the_table_of_genes_states_its_weights_and_is_no_formula(separator):
    text = exports.genes_text(analysis(), separator=separator)
    comments, rows = read(text.replace("\t", ",")) if separator == "\t" else read(text)
    assert [(r["gene"], r["label"], r["p_on_cnn"]) for r in rows] == [("'=1+1", "ON", "0.9"), ("g2", "OFF", "0.1")]
    assert (rows[0]["networks_calling_on"], rows[0]["networks"]) == ("2", "2")
    assert any("sha-linear" in line for line in comments)


def test_an_explained_gene_is_written_in_long_format():
    comments, rows = read(exports.gene_text(explanation("e003"), weights={"e003": "sha-e003"}))
    count = {q: sum(r["quantity"] == q for r in rows) for q in {r["quantity"] for r in rows}}
    cells = N_BINS * len(MARKS)
    assert count == {
        "signal": cells, "bin_attention_alpha": cells, "beta_x_alpha": cells, "knock_out_cell": cells,
        "knock_out_bin": N_BINS, "mark_attention_beta": 5, "knock_out_mark": 5,
    }  # fmt: skip
    assert {r["start_bp_from_tss"] for r in rows if r["quantity"] == "signal"} == {"-200", "-100", "0", "100"}
    assert any("sha-e003" in line for line in comments)


def test_measured_scores_are_written_with_their_intervals():
    measured = [Evaluation.model_validate(e) for e in run()["evaluations"]]
    rows = read(exports.evaluations_text(measured, comments=iter(["x"])))[1]
    auroc = next(r for r in rows if r["quantity"] == "auroc")
    assert (auroc["value"], auroc["low_95"], auroc["high_95"]) == ("0.8", "0.7", "0.9")
