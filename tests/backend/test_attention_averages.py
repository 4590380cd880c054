"""Attention averaged over sets of genes, and correlated with the coverage of the same genes."""

import numpy as np
import pytest
import torch

from models.checkpoints import load_chromatin_checkpoint
from models.histone import MARKS, HistoneMatrices

pytestmark = pytest.mark.anyio

AVERAGES = "/attention-averages"
ALPHA_BETA, ALPHA, DEEPCHROME = (
    f"e003-{name}" for name in ("attentive_lstm_alpha_beta", "attentive_lstm_alpha", "deepchrome")
)


async def average(client, upload, *, checkpoint=ALPHA_BETA, **options):
    body = {"file": {"upload": upload}, "checkpoint": checkpoint, **options}
    response = await client.post(AVERAGES, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def attended(folder, matrices, name=ALPHA_BETA):
    with torch.inference_mode():
        found = load_chromatin_checkpoint(name, folder=folder).network.attend(torch.from_numpy(matrices.values))
    return found.output[:, 0].exp().numpy(), found.bin_attention.numpy(), found.mark_attention


async def test_sets_by_prediction_are_averaged_apart(client, upload_matrices, matrices_of, chromatin_folder):
    matrices = matrices_of(150)
    upload = await upload_matrices(matrices)
    probability, alpha, beta = attended(chromatin_folder, matrices)
    for name, chosen in (("predicted_on", probability >= 0.5), ("predicted_off", probability < 0.5)):
        assert 0 < chosen.sum() < 150
        found = await average(client, upload, genes=name)
        assert found["n_genes"] == chosen.sum()
        np.testing.assert_allclose(found["bin_attention"], alpha[chosen].mean(0), atol=1e-5)
        np.testing.assert_allclose(found["mark_attention"], beta.numpy()[chosen].mean(0), atol=1e-5)
        assert list(found["coverage"]) == list(MARKS)
        np.testing.assert_allclose(found["coverage"]["H3K4me1"], matrices.values[chosen, 2].mean(0), rtol=1e-5)
        assert found["selection"] == f"all genes {name.replace('_', ' ').replace('on', 'ON').replace('off', 'OFF')}"


async def test_named_genes_are_averaged_whatever_is_predicted(client, upload_matrices, matrices_of, chromatin_folder):
    matrices = matrices_of(30)
    found = await average(
        client, await upload_matrices(matrices), genes=["SYM4", "ENSG00002", "ensg00002", "nobody", "nobody"]
    )
    assert (found["n_genes"], found["not_found"]) == (2, ["nobody"])
    alpha = attended(chromatin_folder, matrices)[1][[2, 4]].mean(0)
    np.testing.assert_allclose(found["bin_attention"], alpha, atol=1e-5)


async def test_correlations_are_pearson_over_bins(client, upload_matrices, matrices_of):
    found = await average(client, await upload_matrices(matrices_of(40)), genes=[f"SYM{i}" for i in range(40)])
    assert len(found["correlations"]) == 25
    for one in found["correlations"]:
        expected = np.corrcoef(found["bin_attention"][MARKS.index(one["mark"])], found["coverage"][one["signal"]])
        assert one["r"] == pytest.approx(expected[0, 1], abs=1e-3)
        assert (one["n_bins"], one["n_genes"]) == (20, 40)


async def test_a_signal_that_is_constant_correlates_with_nothing(client, upload_matrices, matrices_of):
    matrices = matrices_of(10, signals=(*MARKS, "H3K27ac"))
    matrices.values[:, 5] = 3
    found = await average(client, await upload_matrices(matrices), genes=list(matrices.genes))
    assert {one["r"] for one in found["correlations"] if one["signal"] == "H3K27ac"} == {None}


async def test_an_extra_signal_is_matched_by_gene(client, upload_matrices, matrices_of, chromatin_folder):
    matrices = matrices_of(20)
    rng = np.random.default_rng(0)
    extra = HistoneMatrices(
        genes=(*reversed(matrices.genes[5:]), "other"),
        symbols=("",) * 16,
        signals=("H3K27ac", "H3K4me1"),
        values=rng.integers(0, 9, (16, 2, 24)).astype(np.float32),
        labels=None,
    )
    upload, other = await upload_matrices(matrices), await upload_matrices(extra)
    genes = list(matrices.genes[:10])
    found = await average(client, upload, genes=genes, extra={"file": {"upload": other}, "signal": "H3K27ac"})
    covered = [extra.genes.index(gene) for gene in matrices.genes[5:10]]
    np.testing.assert_allclose(found["coverage"]["H3K27ac"], extra.values[covered, 0, 2:22].mean(0), rtol=1e-5)
    alpha = attended(chromatin_folder, matrices)[1][5:10].mean(0)
    of_extra = {one["mark"]: one for one in found["correlations"] if one["signal"] == "H3K27ac"}
    for mark, one in of_extra.items():
        assert one["n_genes"] == 5
        expected = np.corrcoef(alpha[MARKS.index(mark)], found["coverage"]["H3K27ac"])[0, 1]
        assert one["r"] == pytest.approx(expected, abs=1e-3)
    assert found["n_genes"] == 10
    twice = await average(client, upload, genes=genes, extra={"file": {"upload": other}, "signal": "H3K4me1"})
    assert list(twice["coverage"]) == [*MARKS, "H3K4me1 (extra)"]


@pytest.mark.parametrize(
    ("n_bins", "bin_size_bp", "signal", "wrong"),
    [
        (20, 100, "H3K9ac", ("extra.signal", "missing_signal")),
        (20, 200, "H3K27ac", ("extra.file", "other_bins")),
        (15, 100, "H3K27ac", ("extra.file", "other_bins")),
    ],
)
async def test_an_extra_signal_that_does_not_fit_is_refused(
    client, upload_matrices, matrices_of, *, problem_of, n_bins, bin_size_bp, signal, wrong
):
    upload = await upload_matrices(matrices_of())
    other = await upload_matrices(matrices_of(n_bins=n_bins, signals=("H3K27ac",)))
    extra = {"file": {"upload": other, "bin_size_bp": bin_size_bp}, "signal": signal}
    body = {"file": {"upload": upload}, "checkpoint": ALPHA_BETA, "extra": extra}
    (item,) = problem_of(await client.post(AVERAGES, json=body), 422, "invalid-request").errors
    assert (item.field, item.code) == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"checkpoint": DEEPCHROME}, ("checkpoint", "no_attention")),
        ({"checkpoint": "nobody"}, ("checkpoint", "unknown_checkpoint")),
        ({"checkpoint": "e116-coarse"}, ("checkpoint", "refused")),
        ({"genes": ["nobody"]}, ("genes", "no_gene_found")),
        ({"genes": []}, ("genes", "no_gene_found")),
    ],
)
async def test_what_cannot_be_averaged_is_said(client, upload_matrices, matrices_of, *, problem_of, change, wrong):
    body = {"file": {"upload": await upload_matrices(matrices_of())}, "checkpoint": ALPHA_BETA} | change
    (item,) = problem_of(await client.post(AVERAGES, json=body), 422, "invalid-request").errors
    assert (item.field, item.code) == wrong


async def test_an_empty_set_is_said(client, upload_matrices, matrices_of, chromatin_folder, problem_of):
    matrices = matrices_of(40)
    on = int(attended(chromatin_folder, matrices, ALPHA)[0].argmax())
    alone = HistoneMatrices(("only",), ("",), MARKS, matrices.values[on : on + 1], None)
    body = {"file": {"upload": await upload_matrices(alone)}, "checkpoint": ALPHA, "genes": "predicted_off"}
    (item,) = problem_of(await client.post(AVERAGES, json=body), 422, "invalid-request").errors
    assert (item.code, "no gene OFF" in item.message) == ("empty_set", True)
    assert (await average(client, await upload_matrices(alone), checkpoint=ALPHA))["mark_attention"] is None
