"""Checkpoints of histone marks: listed, imported, served at once, kept over a restart, removed."""

import asyncio
import pickle
from contextlib import asynccontextmanager

import httpx
import numpy as np
import pytest
import torch

from backend.main import create_app
from backend.schemas.chromatin_catalog import ChromatinCatalog
from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.histone import MARK_ROLES, MARKS
from models.histone_examples import EXAMPLES
from models.histone_file import LAYOUTS, write_deepchrome
from models.published import published_names

pytestmark = pytest.mark.anyio

CHECKPOINTS = "/chromatin-checkpoints"
SHIPPED = "e003-attentive_lstm_alpha_beta"
FILE = "E003_attchrome_avgAUC_model.pt"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A file as Kipoi publishes them, with random weights, and the network that it holds."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        network = AttentiveLSTMAlphaBeta().eval()
    ours = network.state_dict()
    state = {
        theirs: ours[name].unsqueeze(-1) if name.endswith("context") else ours[name]
        for theirs, name in published_names().items()
    }
    path = tmp_path_factory.mktemp("published") / FILE
    torch.save(state, path)
    return path.read_bytes(), network


@asynccontextmanager
async def serving(settings, folder):
    app = create_app(settings.model_copy(update={"data_dir": folder}))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client,
    ):
        client.app = app
        yield client


async def bring(client, content, *, name=FILE, **how):
    upload = (await client.put(f"/uploads/{name}", content=content)).json()["id"]
    return await client.post(CHECKPOINTS, json={"upload": upload, **how})


async def test_cards_are_served_one_by_one_and_together(client, settings):
    cards = (await client.get(CHECKPOINTS)).json()
    assert [card["name"] for card in cards][-1] == "e116-coarse"
    card = (await client.get(f"{CHECKPOINTS}/{SHIPPED}")).json()
    assert card in cards
    assert (card["has_bin_attention"], card["has_mark_attention"], card["reference"]) == (True, True, "one read")
    shown = {card["architecture"]: (card["has_bin_attention"], card["has_mark_attention"]) for card in cards}
    assert shown["attentive_lstm_alpha"] == shown["attentive_lstm_attn"] == (True, False)
    assert shown["deepchrome"] == shown["all_bins_logistic"] == (False, False)


async def test_an_unknown_checkpoint_is_not_found(client, problem_of):
    for ask in (client.get(f"{CHECKPOINTS}/nobody"), client.delete(f"{CHECKPOINTS}/nobody")):
        assert CHECKPOINTS in problem_of(await ask, 404, "unknown-checkpoint").detail


async def test_the_catalog_says_what_can_be_asked(client, settings):
    catalog = ChromatinCatalog.model_validate((await client.get("/chromatin-catalog")).json())
    assert catalog.marks == list(MARKS)
    assert catalog.mark_roles == MARK_ROLES
    assert [layout.name for layout in catalog.layouts] == list(LAYOUTS)
    assert [example.name for example in catalog.examples] == [example.name for example in EXAMPLES]
    assert catalog.architectures[0].name == "deepchrome"
    assert catalog.architectures[-1].kind == "baseline"
    assert (set(catalog.gene_tables), catalog.cell_types["E123"]) == ({"hg19", "hg38"}, "K562")
    assert all("GENCODE" in source for source in catalog.gene_tables.values())
    limits = catalog.limits
    assert (limits.genes, limits.rows, limits.bytes) == (300, 20_000, 400_000)
    assert (limits.bigwig_bytes, limits.checkpoint_bytes, limits.kept_hours) == (500_000, 300_000, 24)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
async def test_every_example_becomes_an_upload_without_mistakes(client, example):
    response = await client.post(f"/chromatin-examples/{example.name}")
    upload = response.json()
    assert (response.status_code, upload["name"]) == (201, f"{example.name}.csv.gz")
    assert response.headers["location"] == f"/api/v1/uploads/{upload['id']}"
    found = (await client.post("/histone-checks", json={"upload": upload["id"]})).json()
    assert (found["errors"], found["n_genes"] > 0, found["n_bins"]) == ([], True, 100)
    assert (await client.post(f"/chromatin-examples/{example.name}")).json() == upload


async def test_an_unknown_example_is_not_found(client, problem_of):
    assert EXAMPLES[0].name in problem_of(await client.post("/chromatin-examples/x"), 404, "unknown-example").detail


async def test_published_weights_are_served_at_once_and_after_a_restart(settings, tmp_path, published, matrices_of):
    content, network = published
    matrices = matrices_of(7, n_bins=100)
    write_deepchrome(tmp_path / "genes", matrices)
    expected = network(torch.from_numpy(matrices.values))[:, 0].exp().tolist()

    async def predicts(client, name):
        upload = (await client.put("/uploads/a", content=(tmp_path / "genes").read_bytes())).json()["id"]
        body = {"file": {"upload": upload}, "checkpoints": [name]}
        (answer,) = (await client.post("/chromatin-analyses", json=body)).json()["predictions"]
        assert answer["probability"] == pytest.approx(expected, abs=2e-6)

    async with serving(settings, tmp_path / "data") as client:
        response = await bring(client, content)
        card = response.json()
        assert (response.status_code, card["origin"], card["cell_types"]) == (201, "imported", ["E003"])
        assert response.headers["location"] == f"/api/v1{CHECKPOINTS}/{card['name']}"
        await predicts(client, card["name"])
        assert (await bring(client, content)).json()["name"] == card["name"]
        assert len((await client.get(CHECKPOINTS)).json()) == 7
        assert (await client.get("/health/ready")).json()["checkpoints"] == 15
    async with serving(settings, tmp_path / "data") as client:
        await predicts(client, card["name"])
        assert (await client.delete(f"{CHECKPOINTS}/{card['name']}")).status_code == 204
        assert (await client.get(f"{CHECKPOINTS}/{card['name']}")).status_code == 404
    async with serving(settings, tmp_path / "data") as client:
        assert len((await client.get(CHECKPOINTS)).json()) == 6
    assert list((tmp_path / "data" / "storage" / "checkpoints" / "chromatin").iterdir()) == []


async def test_the_cell_type_can_be_given_and_must_be_known(client, published, problem_of):
    content, _ = published
    for name in ("weights.pt", "weights"):
        problem = problem_of(await bring(client, content, name=name), 422, "invalid-checkpoint")
        assert "Roadmap id" in problem.detail
    problem_of(await bring(client, content, name="a.pt", cell_type="E999"), 422, "invalid-checkpoint")
    problem_of(await bring(client, content, name="a.pt", cell_type="K562"), 422, "invalid-request")
    card = (await bring(client, content, name="a.pt", cell_type="E123")).json()
    assert card["cell_type"] == "E123 K562"
    assert (await client.delete(f"{CHECKPOINTS}/{card['name']}")).status_code == 204


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (type(self.path).touch, (self.path,))


async def test_a_file_that_would_run_code_is_refused_and_does_not_run(client, app, tmp_path, problem_of):
    target = tmp_path / "run"
    torch.save({"rnn_hms.0": Malicious(target)}, tmp_path / "zip.pt")
    for content in (pickle.dumps(Malicious(target)), (tmp_path / "zip.pt").read_bytes()):
        problem_of(await bring(client, content), 422, "invalid-checkpoint")
    assert not target.exists()
    assert [name for name, one in app.state.context.chromatin.items() if one.card.origin == "imported"] == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a file", b"\x80\x02}q\x00."])
async def test_what_is_no_published_file_is_refused(client, content, problem_of):
    problem_of(await bring(client, content), 422, "invalid-checkpoint")


async def test_a_file_above_the_limit_is_not_opened(client, settings, problem_of):
    response = await bring(client, b"0" * (settings.max_checkpoint_bytes + 1))
    assert "300,000" in problem_of(response, 422, "upload-too-large").detail


async def test_what_comes_with_regulens_is_not_removed(client, problem_of):
    problem_of(await client.delete(f"{CHECKPOINTS}/{SHIPPED}"), 409, "shipped-checkpoint")
    assert (await client.get(f"{CHECKPOINTS}/{SHIPPED}")).status_code == 200


async def test_one_that_is_removed_while_a_request_waits_is_said_to_be_gone(
    settings, tmp_path, published, matrices_of, problem_of
):
    write_deepchrome(tmp_path / "genes", matrices_of(200, n_bins=100))
    large = settings.model_copy(update={"max_histone_bytes": 10**8, "max_rows": 10**6, "max_bigwig_bytes": 10**8})
    async with serving(large, tmp_path / "data") as client:
        name = (await bring(client, published[0])).json()["name"]
        upload = (await client.put("/uploads/a", content=(tmp_path / "genes").read_bytes())).json()["id"]
        network = client.app.state.context.chromatin[name].network
        loop = asyncio.get_running_loop()
        begun = asyncio.Event()
        removed = asyncio.Event()

        def wait(*_):
            loop.call_soon_threadsafe(begun.set)
            asyncio.run_coroutine_threadsafe(removed.wait(), loop).result(5)

        hook = network.register_forward_hook(wait)
        body = {"file": {"upload": upload}, "checkpoints": [name]}
        request = asyncio.create_task(client.post("/chromatin-analyses", json=body))
        await begun.wait()
        assert (await client.delete(f"{CHECKPOINTS}/{name}")).status_code == 204
        removed.set()
        problem_of(await request, 404, "unknown-checkpoint")
        hook.remove()


async def test_imports_at_the_same_time_end_in_one_checkpoint(settings, tmp_path, published):
    async with serving(settings, tmp_path) as client:
        responses = await asyncio.gather(*(bring(client, published[0]) for _ in range(4)))
        assert {response.status_code for response in responses} == {201}
        (folder,) = (tmp_path / "storage" / "checkpoints" / "chromatin").iterdir()
        assert folder.name == responses[0].json()["name"]
        assert np.isfinite(client.app.state.context.chromatin[folder.name].network.output.linear.weight.numpy()).all()
