"""A gene as it would be, and whether the contributions to its answer may be believed."""

import numpy as np
import pytest
import torch

from backend.services.gene_trust import Believed, trust_of, windowed
from models.checkpoints import load_chromatin_checkpoint
from models.histone import MARKS
from models.predict import positive_logit

pytestmark = pytest.mark.anyio

EXPLANATIONS = "/gene-explanations"
METHOD = "signal_integrated_gradients"
ALPHA_BETA, ALPHA, DEEPCHROME = (
    f"e003-{name}" for name in ("attentive_lstm_alpha_beta", "attentive_lstm_alpha", "deepchrome")
)
QUARTER = {"mark": "H3K4me3", "first_bin": 8, "last_bin": 11, "factor": 0.25}


async def post(client, upload, *, checkpoints=(ALPHA_BETA,), **options):
    body = {"file": {"upload": upload}, "gene": "ENSG00003", "checkpoints": list(checkpoints), **options}
    return await client.post(EXPLANATIONS, json=body)


async def explain(client, upload, **options):
    response = await post(client, upload, **options)
    assert response.status_code == 200, response.text
    return response.json()


async def test_edits_change_what_the_networks_read(client, upload_matrices, matrices_of, chromatin_folder):
    matrices, row = matrices_of(), MARKS.index("H3K4me3")
    usual = {"mark": "H3K9me3", "first_bin": 0, "last_bin": 19, "factor": "reference"}
    upload = await upload_matrices(matrices)
    answer = await explain(client, upload, edits=[QUARTER, usual], checkpoints=[ALPHA_BETA, DEEPCHROME])
    signal = matrices.values[3].copy()
    signal[row, 8:12] *= 0.25
    signal[MARKS.index("H3K9me3")] = 1  # the cards' reference
    np.testing.assert_allclose(answer["signal"], signal, rtol=1e-5)
    assert answer["original_signal"] == matrices.values[3].tolist()
    for one in answer["explanations"]:
        network = load_chromatin_checkpoint(one["checkpoint"], folder=chromatin_folder).network
        logit = positive_logit(network, torch.from_numpy(signal[None])).item()
        assert one["logit"] == pytest.approx(logit, rel=1e-4, abs=1e-5)
    assert answer["edits"] == [
        "H3K4me3, bins 9 to 12 (-200 to +200 bp): times 0.25",
        "H3K9me3, bins 1 to 20 (-1,000 to +1,000 bp): set to one read",
    ]
    assert answer["settings"]["edits"] == [QUARTER, usual]


async def test_edits_work_on_what_earlier_ones_have_left(client, upload_matrices, matrices_of):
    upload = await upload_matrices(matrices_of())
    twice = await explain(client, upload, edits=[QUARTER | {"factor": 0.5}] * 2, methods=["attention"])
    once = await explain(client, upload, edits=[QUARTER], methods=["attention"])
    assert twice["signal"] == once["signal"]
    untouched = await explain(client, upload, edits=[QUARTER | {"factor": 1}], methods=["attention"])
    plain = await explain(client, upload, methods=["attention"])
    assert untouched["explanations"] == plain["explanations"]
    assert (plain["original_signal"], plain["edits"]) == (None, [])


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"mark": "H3K27ac"}, "edits.0.mark", "H3K27me3"),
        ({"last_bin": 20}, "edits.0.last_bin", "the last one is 19"),
        ({"first_bin": 12}, "edits.0.first_bin", "holds no bin"),
        ({"first_bin": -1}, "edits.0.first_bin", ""),
        ({"factor": -0.5}, "edits.0.factor", ""),
    ],
)
async def test_an_edit_that_cannot_be_made_is_named(
    client, upload_matrices, matrices_of, problem_of, *, change, field, words
):
    response = await post(client, await upload_matrices(matrices_of()), edits=[QUARTER | change])
    error, *_ = problem_of(response, 422, "invalid-request").errors
    assert error.field == field
    assert words in error.message


async def test_only_what_is_asked_for_is_computed(client, upload_matrices, matrices_of):
    upload = await upload_matrices(matrices_of())
    (one,) = (await explain(client, upload, methods=["attention"]))["explanations"]
    assert one["bin_attention"]
    assert [one[name] for name in ("knock_out", "contributions", "combined_attention", "agreement", "trust")] == [
        None
    ] * 5
    (other,) = (await explain(client, upload, methods=["attention_rollout"]))["explanations"]
    alpha, beta = np.array(one["bin_attention"]), np.array(one["mark_attention"])
    np.testing.assert_allclose(other["combined_attention"], beta[:, None] * alpha, rtol=1e-4)
    assert (other["bin_attention"], other["refused"]) == (None, {})


async def test_contributions_add_up_and_are_held_against_knock_out_and_other_networks(
    client, upload_matrices, matrices_of, chromatin_folder
):
    matrices = matrices_of()
    upload = await upload_matrices(matrices)
    answer = await explain(client, upload, methods=["knock_out", METHOD], peers=[ALPHA, DEEPCHROME])
    (one,) = answer["explanations"]
    found = one["contributions"]
    network = load_chromatin_checkpoint(ALPHA_BETA, folder=chromatin_folder).network
    usual = torch.ones(1, len(MARKS), 20)
    difference = (
        positive_logit(network, torch.from_numpy(matrices.values[3:4])) - positive_logit(network, usual)
    ).item()
    assert found["difference"] == pytest.approx(difference, rel=1e-3)
    assert np.sum(found["cells"]) == pytest.approx(difference, rel=0.011)
    np.testing.assert_allclose(found["marks"], np.sum(found["cells"], axis=1), rtol=1e-4)
    assert found["completeness_gap"] < 0.01
    measures = {measure["name"]: measure for measure in one["trust"]["measures"]}
    assert list(measures) == ["completeness", "knock_out", "networks"]
    assert all(measure["verdict"] for measure in measures.values())
    assert answer["settings"]["peers"] == [ALPHA, DEEPCHROME]
    (alone,) = (await explain(client, upload, methods=[METHOD]))["explanations"]
    assert [m["value"] for m in alone["trust"]["measures"]][1:] == [None, None]


def judged(chromatin_card, *, gap=0.001, knocked_out=None, width=1, peers=()):
    return trust_of(chromatin_card, Believed(CELLS, gap, knocked_out, width, peers))


CELLS = np.arange(-5.0, 5.0).reshape(2, 5)


def test_what_passes_every_test_is_green(chromatin_card):
    trust = judged(chromatin_card, knocked_out=CELLS, peers=[2 * CELLS])
    assert trust.verdict == "green"
    assert trust.sentence.startswith("All 3 tests that apply were passed")
    assert judged(chromatin_card).sentence.startswith("The test that applies was passed")


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({"gap": 0.03}, "amber", "Read this explanation with care: the contributions do not add up"),
        ({"gap": 0.3}, "red", "Do not believe this explanation: the contributions do not add up"),
        ({"knocked_out": -CELLS}, "red", "removing signal changes the answer elsewhere"),
        ({"peers": [-CELLS]}, "red", "the other networks give other reasons"),
        ({"peers": [-CELLS], "knocked_out": -CELLS}, "red", "also not green: Agreement with the other networks"),
    ],
)
def test_what_fails_is_said(chromatin_card, changes, verdict, words):
    trust = judged(chromatin_card, **changes)
    assert trust.verdict == verdict
    assert words in trust.sentence


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_contributions_are_summed_over_the_bins_that_fall_out_together(width):
    before = (width - 1) // 2
    expected = [CELLS[:, max(0, i - before) : i - before + width].sum(axis=1) for i in range(5)]
    np.testing.assert_allclose(windowed(CELLS, width), np.transpose(expected))
