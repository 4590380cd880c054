"""Analyses of histone files over HTTP, on random weights: what holds whatever the networks have learned."""

import asyncio
import threading

import httpx
import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from backend.main import create_app
from models.checkpoints import load_chromatin_checkpoint
from models.histone import DEEPDIFF_MARKS, MARKS, HistoneMatrices

pytestmark = pytest.mark.anyio

ANALYSES = "/chromatin-analyses"
ALPHA_BETA, DEEPCHROME, BASELINE = "e003-attentive_lstm_alpha_beta", "e003-deepchrome", "e003-all_bins_logistic"
FINE = [
    DEEPCHROME, "e003-attentive_lstm_attn", "e003-attentive_lstm_alpha", ALPHA_BETA, BASELINE,
]  # fmt: skip


async def analyse(client, upload, *, checkpoints=None, **how):
    body = {"file": {"upload": upload, **how}} | ({"checkpoints": checkpoints} if checkpoints else {})
    response = await client.post(ANALYSES, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def scores(analysis):
    return {prediction["checkpoint"]: prediction["probability"] for prediction in analysis["predictions"]}


def expected(folder, name, values):
    with torch.inference_mode():
        network = load_chromatin_checkpoint(name, folder=folder).network
        return network(torch.from_numpy(np.ascontiguousarray(values)))[:, 0].exp().tolist()


def with_values(matrices, values, **changes):
    fields = {"genes": matrices.genes, "symbols": matrices.symbols, "signals": matrices.signals} | changes
    return HistoneMatrices(values=np.ascontiguousarray(values), labels=matrices.labels, **fields)


async def test_scores_are_those_of_the_networks(client, upload_matrices, matrices_of, chromatin_folder):
    matrices = matrices_of(150)
    analysis = await analyse(client, await upload_matrices(matrices))
    assert sorted(scores(analysis)) == sorted(FINE)
    for name, probability in scores(analysis).items():
        assert probability == pytest.approx(expected(chromatin_folder, name, matrices.values), abs=2e-6)
        assert np.ptp(probability) > 0.01
    assert analysis["genes"]["gene"] == list(matrices.genes)
    assert analysis["genes"]["symbol"] == list(matrices.symbols)
    assert analysis["genes"]["label"] == matrices.labels.tolist()


async def test_marks_are_found_by_name_whatever_their_order(client, upload_matrices, matrices_of):
    matrices = matrices_of(9)
    signals = ("H3K27ac", *DEEPDIFF_MARKS)
    values = np.stack(
        [matrices.values[:, MARKS.index(s)] if s in MARKS else 7 + 0 * matrices.values[:, 0] for s in signals], 1
    )
    turned = with_values(matrices, values, signals=signals)
    one = await analyse(client, await upload_matrices(matrices))
    other = await analyse(client, await upload_matrices(turned))
    assert scores(one) == scores(other)
    assert other["signals"] == list(signals)


async def test_a_file_without_a_header_is_read_in_the_order_of_its_layout(client, matrices_of, chromatin_folder):
    matrices = matrices_of(3)
    for layout, marks in (("deepchrome", MARKS), ("deepdiff", DEEPDIFF_MARKS)):
        rows = []
        for gene, values in zip(matrices.genes, matrices.of(marks), strict=True):
            for number, bins in enumerate(values.T, 1):
                start = f"{gene},{number}" if layout == "deepchrome" else f"{gene}_X_{number}"
                rows.append(",".join([start, *(f"{value:g}" for value in bins)]))
        upload = (await client.put("/uploads/a.csv", content="\n".join(rows).encode())).json()["id"]
        analysis = await analyse(client, upload, checkpoints=[ALPHA_BETA])
        assert scores(analysis)[ALPHA_BETA] == pytest.approx(
            expected(chromatin_folder, ALPHA_BETA, matrices.values), abs=2e-6
        )
        assert analysis["settings"]["file"]["layout"] == layout
        assert analysis["evaluations"] == []
        assert analysis["genes"]["label"] is None


async def test_networks_that_call_on_are_counted_without_the_baseline(client, upload_matrices, matrices_of):
    analysis = await analyse(client, await upload_matrices(matrices_of(40)))
    networks = [values for name, values in scores(analysis).items() if name != BASELINE]
    assert analysis["networks_calling_on"] == (np.array(networks) >= 0.5).sum(0).tolist()
    alone = await analyse(client, await upload_matrices(matrices_of(40)), checkpoints=[BASELINE])
    assert alone["networks_calling_on"] == [0] * 40


async def test_labels_are_held_against_the_scores(client, upload_matrices, matrices_of):
    matrices = matrices_of(80)
    analysis = await analyse(client, await upload_matrices(matrices))
    on = matrices.labels == 1
    for evaluation in analysis["evaluations"]:
        probability = np.array(scores(analysis)[evaluation["checkpoint"]])
        assert evaluation["auroc"]["value"] == pytest.approx(roc_auc_score(on, probability), abs=1e-6)
        assert evaluation["auroc"]["low"] <= evaluation["auroc"]["value"] <= evaluation["auroc"]["high"]
        confusion = evaluation["confusion"]
        assert confusion["on_called_on"] == int((on & (probability >= 0.5)).sum())
        assert confusion["off_called_off"] == int((~on & (probability < 0.5)).sum())
        assert sum(confusion.values()) == 80
        assert sum(one["n"] for one in evaluation["reliability"]) == 80
        assert evaluation["prevalence"] == 0.5
    assert [evaluation["checkpoint"] for evaluation in analysis["evaluations"]] == list(scores(analysis))


async def test_labels_that_are_all_the_same_measure_nothing(client, upload_matrices, matrices_of):
    matrices = matrices_of(6)
    same = HistoneMatrices(matrices.genes, matrices.symbols, MARKS, matrices.values, np.ones(6, np.int8))
    analysis = await analyse(client, await upload_matrices(same))
    assert (analysis["evaluations"], analysis["genes"]["label"]) == ([], [1] * 6)


async def test_of_more_bins_the_middle_is_read_and_that_is_said(client, upload_matrices, matrices_of, chromatin_folder):
    matrices = matrices_of(5, n_bins=27)
    analysis = await analyse(client, await upload_matrices(matrices), checkpoints=[DEEPCHROME])
    middle = matrices.values[:, :, 3:23]
    assert scores(analysis)[DEEPCHROME] == pytest.approx(expected(chromatin_folder, DEEPCHROME, middle), abs=2e-6)
    (shift,) = [shift for shift in analysis["shifts"] if shift["code"] == "number_of_bins"]
    assert "27 bins per gene" in shift["message"]
    assert analysis["n_bins"] == 27


async def test_of_fewer_bins_only_networks_without_a_fixed_length_answer(client, upload_matrices, matrices_of):
    analysis = await analyse(client, await upload_matrices(matrices_of(4, n_bins=15)))
    assert set(analysis["refused"]) == {DEEPCHROME, BASELINE}
    assert analysis["refused"][DEEPCHROME] == "It needs 20 bins per gene; the file has 15."
    assert set(scores(analysis)) == set(FINE) - {DEEPCHROME, BASELINE}


async def test_another_scale_is_refused_and_chosen_by_the_bin_size(client, upload_matrices, matrices_of, problem_of):
    upload = await upload_matrices(matrices_of(4))
    assert list(scores(await analyse(client, upload, bin_size_bp=10_000))) == ["e116-coarse"]
    mixed = await analyse(client, upload, checkpoints=["e116-coarse", ALPHA_BETA])
    assert list(scores(mixed)) == [ALPHA_BETA]
    assert "another scale" in mixed["refused"]["e116-coarse"]
    response = await client.post(ANALYSES, json={"file": {"upload": upload, "bin_size_bp": 200}})
    (item,) = problem_of(response, 422, "invalid-request").errors
    assert (item.field, item.code) == ("file.bin_size_bp", "no_checkpoint")
    assert "100, 10,000" in item.message
    response = await client.post(ANALYSES, json={"file": {"upload": upload}, "checkpoints": ["e116-coarse"]})
    assert problem_of(response, 422, "invalid-request").errors[0].code == "refused"


async def test_a_file_that_lacks_a_mark_is_refused(client, upload_matrices, matrices_of, problem_of):
    upload = await upload_matrices(matrices_of(4, signals=(*MARKS[:3], "H3K27ac")))
    problem = problem_of(await client.post(ANALYSES, json={"file": {"upload": upload}}), 422, "missing-signal")
    assert "lacks H3K4me3, H3K9me3" in problem.detail
    assert problem.errors[0].field == "file.signals"


async def test_names_of_columns_can_be_corrected(client, upload_matrices, matrices_of):
    matrices = matrices_of(4)
    misnamed = with_values(matrices, matrices.values, signals=("a_mark", *MARKS[1:]))
    right = await analyse(client, await upload_matrices(misnamed), signals=list(MARKS))
    assert scores(right) == scores(await analyse(client, await upload_matrices(matrices)))


async def test_unknown_checkpoints_are_named(client, upload_matrices, matrices_of, problem_of):
    body = {"file": {"upload": await upload_matrices(matrices_of(4))}, "checkpoints": [DEEPCHROME, "x" * 99, "y"]}
    items = problem_of(await client.post(ANALYSES, json=body), 422, "invalid-request").errors
    assert [(item.field, item.code) for item in items] == [
        ("checkpoints.1", "unknown_checkpoint"),
        ("checkpoints.2", "unknown_checkpoint"),
    ]
    assert "x" * 41 not in items[0].message


async def test_an_answer_says_how_to_have_it_again(client, upload_matrices, matrices_of):
    upload = await upload_matrices(matrices_of(4), name="mine.csv.gz")
    analysis = await analyse(client, upload, checkpoints=[ALPHA_BETA, ALPHA_BETA])
    file = analysis["settings"]["file"]
    assert (file["upload"], file["name"], file["layout"]) == (upload, "mine.csv.gz", "header")
    assert len(file["sha256"]) == 64
    again = await analyse(
        client, upload, checkpoints=analysis["settings"]["checkpoints"], layout=file["layout"],
        signals=file["signals"], bin_size_bp=file["bin_size_bp"],
    )  # fmt: skip
    volatile = {"created", "request_id"}
    assert {k: v for k, v in analysis.items() if k not in volatile} == {
        k: v for k, v in again.items() if k not in volatile
    }
    (reference,) = analysis["checkpoints"]
    assert (reference["name"], reference["kind"], len(reference["sha256"])) == (ALPHA_BETA, "network", 64)
    assert {"class", "probability", "bins", "attention", "knock_out"} <= set(analysis["conventions"])


async def test_others_get_by_while_a_large_file_is_scored(app, client, upload_matrices, matrices_of, sequences):
    context = app.state.context
    order, gate = [], threading.Event()

    def large_runs(*_):
        gate.wait(5)
        order.append("large")

    networks = {
        context.chromatin[DEEPCHROME].network: large_runs,
        context.checkpoints["alpha_cells-demo_cnn"].network: lambda *_: order.append("small"),
    }
    hooks = [network.register_forward_hook(note) for network, note in networks.items()]
    try:
        body = {"file": {"upload": await upload_matrices(matrices_of(300))}, "checkpoints": [DEEPCHROME]}
        large = asyncio.create_task(client.post(ANALYSES, json=body))
        while not context.engine._admitted:
            await asyncio.sleep(0.01)
        body = {"sequences": sequences[0], "factors": ["alpha_cells"]}
        small = asyncio.create_task(client.post("/sequence-analyses", json=body))
        assert (await client.get("/health/live")).status_code == 200
        gate.set()
        assert {(await small).status_code, (await large).status_code} == {200}
    finally:
        for hook in hooks:
            hook.remove()
    assert order.count("large") == 5
    assert order[-1] == "large"
    assert "small" in order


async def test_a_busy_service_turns_away_what_has_not_begun(settings, tmp_path, matrices_of):
    from models.histone_file import write_deepchrome

    write_deepchrome(tmp_path / "genes", matrices_of(60), header=True)
    app = create_app(settings.model_copy(update={"queue_windows": 64, "data_dir": tmp_path}))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client,
    ):
        upload = (await client.put("/uploads/a", content=(tmp_path / "genes").read_bytes())).json()["id"]
        await analyse(client, upload)
        body = {"file": {"upload": upload}}
        responses = await asyncio.gather(*(client.post(ANALYSES, json=body) for _ in range(6)))
    assert {response.status_code for response in responses} == {200, 503}
    assert all(r.headers["retry-after"] == "1" for r in responses if r.status_code == 503)
