"""One gene explained: attention and knock-out of the right networks, and what their ranks say about each other."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from backend.schemas.chromatin_analyses import GeneExplanationRequest
from backend.services.agreement import Axes, Changed, Looked, compare
from backend.services.chromatin_catalog import EXPLAINED_CHECKPOINTS
from models.checkpoints import load_chromatin_checkpoint
from models.histone import MARKS, HistoneMatrices
from models.predict import positive_logit

pytestmark = pytest.mark.anyio

EXPLANATIONS = "/gene-explanations"
ALPHA_BETA, ALPHA, SHARED, DEEPCHROME = (
    f"e003-{name}"
    for name in ("attentive_lstm_alpha_beta", "attentive_lstm_alpha", "attentive_lstm_attn", "deepchrome")
)


async def explain(client, upload, *, gene="ENSG00003", checkpoints=(ALPHA_BETA,), **options):
    body = {"file": {"upload": upload}, "gene": gene, "checkpoints": list(checkpoints), **options}
    response = await client.post(EXPLANATIONS, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def signal_of(matrices, index=3):
    return torch.from_numpy(matrices.values[index : index + 1])


async def test_a_gene_is_shown_with_the_attention_of_the_network(
    client, upload_matrices, matrices_of, chromatin_folder
):
    matrices = matrices_of()
    answer = await explain(client, await upload_matrices(matrices))
    assert (answer["gene"], answer["symbol"], answer["label"]) == ("ENSG00003", "SYM3", 1)
    assert answer["marks"] == list(MARKS)
    assert answer["bin_starts_bp"] == list(range(-1000, 1000, 100))
    assert answer["signal"] == matrices.values[3].tolist()
    (one,) = answer["explanations"]
    network = load_chromatin_checkpoint(ALPHA_BETA, folder=chromatin_folder).network
    attended = network.attend(signal_of(matrices))
    np.testing.assert_allclose(one["bin_attention"], attended.bin_attention[0], atol=1e-5)
    np.testing.assert_allclose(one["mark_attention"], attended.mark_attention[0], atol=1e-5)
    assert one["probability"] == pytest.approx(attended.output[0, 0].exp().item(), abs=2e-6)
    np.testing.assert_allclose(np.sum(one["bin_attention"], axis=1), 1, atol=1e-4)
    assert sum(one["mark_attention"]) == pytest.approx(1, abs=1e-5)
    assert np.sum(one["combined_attention"]) == pytest.approx(1, abs=1e-4)
    assert (one["refused"], one["shared_bin_attention"]) == ({}, False)


async def test_knock_out_is_what_the_logit_loses_when_signal_becomes_the_reference(
    client, upload_matrices, matrices_of, chromatin_folder
):
    matrices = matrices_of()
    (one,) = (await explain(client, await upload_matrices(matrices), knock_out_width=3))["explanations"]
    network = load_chromatin_checkpoint(ALPHA_BETA, folder=chromatin_folder).network
    X = signal_of(matrices)
    whole = positive_logit(network, X)
    cell, window, mark = X.clone(), X.clone(), X.clone()
    cell[0, 2, 9:12], window[0, :, 9:12], mark[0, 4] = 1, 1, 1
    knocked = one["knock_out"]
    for value, altered in ((knocked["cells"][2][10], cell), (knocked["bins"][10], window), (knocked["marks"][4], mark)):
        assert value == pytest.approx((whole - positive_logit(network, altered)).item(), abs=2e-5)
    assert one["logit"] == pytest.approx(whole.item(), rel=1e-4)
    assert (knocked["reference"], knocked["width"]) == ("one read", 3)


async def test_what_a_network_cannot_show_is_refused_with_the_reason(client, upload_matrices, matrices_of):
    upload = await upload_matrices(matrices_of())
    answer = await explain(client, upload, checkpoints=[DEEPCHROME, ALPHA, SHARED, ALPHA_BETA])
    plain, alpha, shared, both = answer["explanations"]
    assert set(plain["refused"]) == {"bin_attention", "mark_attention", "attention_rollout"}
    assert (plain["bin_attention"], plain["agreement"]) == (None, None)
    assert plain["knock_out"]["cells"]
    assert set(alpha["refused"]) == set(shared["refused"]) == {"mark_attention", "attention_rollout"}
    assert "one level of attention" in alpha["refused"]["attention_rollout"]
    assert (alpha["mark_attention"], alpha["combined_attention"], alpha["agreement"]["cells"]) == (None, None, None)
    assert (shared["shared_bin_attention"], both["shared_bin_attention"]) == (True, False)
    assert all(row == shared["bin_attention"][0] for row in shared["bin_attention"])
    assert both["refused"] == {}


async def test_agreement_is_the_rank_correlation_of_what_is_sent(client, upload_matrices, matrices_of):
    (one,) = (await explain(client, await upload_matrices(matrices_of())))["explanations"]
    change = np.abs(one["knock_out"]["cells"]).round(5)
    assert one["agreement"]["cells"] == pytest.approx(
        spearmanr(np.ravel(one["combined_attention"]), change.ravel()).statistic, abs=0.02
    )
    for alpha, row, rho in zip(one["bin_attention"], change, one["agreement"]["marks"], strict=True):
        assert rho == pytest.approx(spearmanr(alpha, row).statistic, abs=0.05)


@pytest.mark.parametrize("name", ["ENSG00003", "ensg00003", "SYM3", "sym3", " SYM3 "])
async def test_a_gene_is_found_by_identifier_or_symbol(client, upload_matrices, matrices_of, name):
    assert (await explain(client, await upload_matrices(matrices_of()), gene=name))["gene"] == "ENSG00003"


async def test_a_gene_that_is_not_there_is_named_with_what_is_near(client, upload_matrices, matrices_of, problem_of):
    body = {"file": {"upload": await upload_matrices(matrices_of())}, "gene": "ENSG0003", "checkpoints": [ALPHA_BETA]}
    problem = problem_of(await client.post(EXPLANATIONS, json=body), 422, "unknown-gene")
    assert "ENSG00003" in problem.detail
    assert problem.errors[0].field == "gene"


async def test_a_symbol_of_several_genes_asks_for_the_identifier(client, upload_matrices, matrices_of, problem_of):
    matrices = matrices_of(4)
    twins = HistoneMatrices(matrices.genes, ("A", "B", "A", "C"), MARKS, matrices.values, matrices.labels)
    body = {"file": {"upload": await upload_matrices(twins)}, "gene": "A", "checkpoints": [ALPHA_BETA]}
    problem = problem_of(await client.post(EXPLANATIONS, json=body), 422, "unknown-gene")
    assert "ENSG00000, ENSG00002" in problem.detail


async def test_networks_that_read_another_number_of_bins_need_an_axis_of_their_own(
    app, client, upload_matrices, matrices_of, monkeypatch
):
    store = app.state.context.chromatin
    shorter = store[ALPHA]._replace(card=store[ALPHA].card.model_copy(update={"n_bins": 10}))
    monkeypatch.setitem(store._checkpoints, ALPHA, shorter)
    upload = await upload_matrices(matrices_of())
    answer = await explain(client, upload, checkpoints=[ALPHA_BETA, ALPHA])
    assert answer["refused"] == {ALPHA: f"It reads 10 bins, {ALPHA_BETA} 20: ask for it by itself."}
    alone = await explain(client, upload, checkpoints=[ALPHA])
    assert alone["bin_starts_bp"] == list(range(-500, 500, 100))
    assert alone["signal"] == [row[5:15] for row in answer["signal"]]


async def test_of_a_shorter_gene_the_middle_of_the_reference_stands_in(client, upload_matrices, matrices_of):
    answer = await explain(client, await upload_matrices(matrices_of(n_bins=11)))
    assert len(answer["explanations"][0]["knock_out"]["bins"]) == 11
    assert answer["bin_starts_bp"][0] == -500


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"knock_out_width": 0}, "knock_out_width"),
        ({"knock_out_width": 51}, "knock_out_width"),
        ({"checkpoints": []}, "checkpoints"),
        ({"checkpoints": [ALPHA] * (EXPLAINED_CHECKPOINTS + 1)}, "checkpoints"),
        ({"gene": ""}, "gene"),
        ({"gene": "g" * 201}, "gene"),
    ],
)
async def test_fields_that_are_wrong_are_named(client, problem_of, change, field):
    body = {"file": {"upload": "0" * 32}, "gene": "a", "checkpoints": [ALPHA]} | change
    response = await client.post(EXPLANATIONS, json=body)
    assert [item.field for item in problem_of(response, 422, "invalid-request").errors] == [field]


def test_the_limit_of_checkpoints_is_that_of_the_schema():
    (limit,) = [
        one.max_length
        for one in GeneExplanationRequest.model_fields["checkpoints"].metadata
        if getattr(one, "max_length", None)
    ]
    assert limit == EXPLAINED_CHECKPOINTS


AXES = Axes(("low", "high"), np.arange(-5000, 5000, 1000), 1000)
RISING = np.arange(1.0, 11.0) / 55


def agreement(*, beta=(0.2, 0.8), cells=None, marks=(0.1, -2.0), shared=False, alpha=None):
    alpha = np.array([RISING[::-1], RISING]) if alpha is None else alpha
    given = None if beta is None else np.array(beta)
    if cells is None:
        cells = -(alpha if given is None else given[:, None] * alpha)
    return compare(Looked(alpha, given, shared), Changed(cells, cells.sum(0), np.array(marks)), AXES)


def test_where_both_point_to_the_same_they_agree():
    found = agreement()
    assert (found.cells, found.marks, found.same_first_mark, found.verdict) == (1.0, [1.0, 1.0], True, "agree")
    assert found.sentence == (
        "The network looks most at high (beta 0.80), about 4.5 kb downstream of the TSS; removing it changes the "
        "answer most (logit -2.00). Attention and knock-out agree (rho 1.00)."
    )


def test_where_another_mark_matters_more_they_agree_in_part():
    found = agreement(marks=(3.0, -2.0))
    assert (found.same_first_mark, found.verdict) == (False, "partly")
    assert "but removing low changes the answer most (logit +3.00), removing high by -2.00." in found.sentence


def test_where_knock_out_points_elsewhere_they_disagree():
    found = agreement(cells=np.array([RISING[::-1], RISING])[:, ::-1] * [[3], [1]])
    assert found.verdict == "disagree"
    assert "do not read the attention as the reason" in found.sentence


def test_what_does_not_change_anything_cannot_be_compared():
    found = agreement(cells=np.full((2, 10), 1e-7) * np.arange(10), marks=(0.0, 0.0))
    assert (found.cells, found.same_first_mark, found.verdict) == (None, None, "undefined")
    assert found.marks == [None, None]


def test_without_attention_over_marks_the_median_over_marks_decides():
    found = agreement(beta=None)
    assert (found.cells, found.same_first_mark, found.verdict) == (None, None, "agree")
    assert found.sentence.startswith("Removing high changes the answer most (logit -2.00); of high the network looks")


def test_one_attention_for_all_marks_is_compared_with_all_marks_knocked_out():
    alpha = np.array([RISING, RISING])
    found = agreement(beta=None, alpha=alpha, cells=np.array([RISING, -3 * RISING]), shared=True)
    assert found.verdict == "agree"
    assert found.sentence.startswith("The network looks most about 4.5 kb downstream of the TSS, at all marks alike;")


def test_the_bins_around_the_tss_are_near_it():
    alpha = np.zeros((2, 10)) + 0.01
    alpha[:, 5] = 0.91
    assert "near the TSS" in agreement(alpha=alpha).sentence
