"""Weights that are damaged on the disk: the service starts, says which and why, and takes them back once mended."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import safetensors.torch
import torch

from backend.config import Settings
from backend.jobs.storage import Storage
from backend.main import create_app
from backend.schemas.access import LOCAL_USER
from backend.services import motif_library
from backend.services.checkpoint_library import add_to_library
from backend.services.checkpoint_store import CheckpointStore
from backend.services.checkpoints import SequenceCheckpoints
from backend.services.chromatin_checkpoints import ChromatinCheckpoints
from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.checkpoints import PRETRAINED, PRETRAINED_CHROMATIN, WEIGHTS_FILE, weights_sha256
from models.published import import_published, published_names

FACTOR, OTHER_FACTOR = "ctcf_weri", "sp1_gm12878"
SEQUENCE = (f"{FACTOR}-kmer_logistic", f"{OTHER_FACTOR}-demo_cnn", f"{OTHER_FACTOR}-kmer_logistic")
CHROMATIN = ("e003-deepchrome", "e003-all_bins_logistic")
CARD = "card.json"
Damage = Callable[[Path], None]


def _flip_weights(folder: Path) -> None:
    content = bytearray((folder / WEIGHTS_FILE).read_bytes())
    content[-5] ^= 1
    (folder / WEIGHTS_FILE).write_bytes(content)


def _cut_weights(folder: Path) -> None:
    os.truncate(folder / WEIGHTS_FILE, 100)


def _break_card(folder: Path) -> None:
    (folder / CARD).write_bytes(b'{"name": "\xff')


def _change_sha256(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | {"sha256": "0" * 64}))


def _unknown_parameters(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | {"architecture_parameters": {"no_such": 1}}))


def _forbid(folder: Path) -> None:
    (folder / WEIGHTS_FILE).chmod(0)


def _remove_weights(folder: Path) -> None:
    (folder / WEIGHTS_FILE).unlink()


DAMAGES: dict[str, tuple[Damage, str]] = {
    "one bit of the weights": (_flip_weights, "sha256 differs"),
    "weights cut off": (_cut_weights, "sha256 differs"),
    "weights missing": (_remove_weights, "No such file"),
    "weights that may not be read": (_forbid, "Permission denied"),
    "a card that is no JSON": (_break_card, "its card is damaged"),
    "a card of other weights": (_change_sha256, "sha256 differs"),
    "a card of another architecture": (_unknown_parameters, "the weights do not fit"),
}


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Settings:
    """Few weights: three that read DNA and two of histone marks come along, one each was trained and imported."""
    for name in SEQUENCE:
        shutil.copytree(PRETRAINED / name, tmp_path / "sequence" / name)
    for name in CHROMATIN:
        shutil.copytree(PRETRAINED_CHROMATIN / name, tmp_path / "chromatin" / name)
    return settings.model_copy(update={
        "data_dir": tmp_path / "data", "checkpoint_dir": tmp_path / "sequence",
        "chromatin_checkpoint_dir": tmp_path / "chromatin",
    })  # fmt: skip


def _shipped(place: Settings) -> tuple[CheckpointStore, Path]:
    store = SequenceCheckpoints(settings=place, storage=Storage(place.files_url), device="cpu")
    return store, place.checkpoint_dir / SEQUENCE[0]


def _trained(place: Settings) -> tuple[CheckpointStore, Path]:
    source = shutil.copytree(PRETRAINED / SEQUENCE[0], place.data_dir.parent / "mine-kmer_logistic")
    card = json.loads((source / CARD).read_text())
    (source / CARD).write_text(json.dumps(card | {"name": source.name, "factor": "mine"}))
    storage = Storage(place.files_url)
    add_to_library(source, "sequence", storage=storage, owner=LOCAL_USER)
    store = SequenceCheckpoints(settings=place, storage=storage, device="cpu")
    return store, Path(place.files_url) / "checkpoints" / "sequence" / source.name


def _imported(place: Settings) -> tuple[CheckpointStore, Path]:
    ours = AttentiveLSTMAlphaBeta().state_dict()
    state = {
        theirs: ours[name].unsqueeze(-1) if name.endswith("context") else ours[name]
        for theirs, name in published_names().items()
    }
    path = place.data_dir.parent / "E003_attchrome_avgAUC_model.pt"
    torch.save(state, path)
    card = import_published(path, name=path.name, cell_type=None, folder=place.data_dir.parent / "imported")
    storage = Storage(place.files_url)
    add_to_library(place.data_dir.parent / "imported" / card.name, "chromatin", storage=storage, owner=LOCAL_USER)
    store = ChromatinCheckpoints(settings=place, storage=storage, device="cpu")
    return store, Path(place.files_url) / "checkpoints" / "chromatin" / card.name


@pytest.mark.parametrize("origin", [_shipped, _trained, _imported], ids=["shipped", "trained", "imported"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_said_and_mended_without_a_restart(
    damage: str, origin: Callable[[Settings], tuple[CheckpointStore, Path]], place: Settings, tmp_path: Path
) -> None:
    spoil, reason = DAMAGES[damage]
    if spoil is _forbid and os.geteuid() == 0:
        pytest.skip("root may read everything")
    store, folder = origin(place)
    n_whole = len(store)
    assert (folder.name in store, dict(store.damaged)) == (True, {})
    whole = shutil.copytree(folder, tmp_path / "whole")

    spoil(folder)
    store.refresh()
    again = type(store)(settings=place, storage=store.storage, device="cpu")  # as after a restart
    for one in (store, again):
        assert set(one.damaged) == {folder.name}
        assert reason in one.damaged[folder.name]
        assert (folder.name in one, folder.name in one.networks, len(one)) == (False, False, n_whole - 1)

    if (folder / WEIGHTS_FILE).exists():
        (folder / WEIGHTS_FILE).chmod(0o644)
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    for one in (store, again):
        one.refresh()
        assert (folder.name in one, dict(one.damaged), len(one)) == (True, {}, n_whole)


def test_what_is_damaged_is_not_read_again_until_it_changes(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    store, folder = _shipped(place)
    _flip_weights(folder)
    store.refresh()
    loads: list[str] = []
    monkeypatch.setattr(store, "_load", lambda name, _: loads.append(name))
    store.refresh()
    assert loads == []


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client,
    ):
        yield client


def check_problem(response: httpx.Response, status: int, slug: str, *words: str) -> None:
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"/problems/{slug}"), problem
    assert all(word in problem["detail"] for word in words), problem


async def ask_dna(client: httpx.AsyncClient, factor: str, **more: object) -> httpx.Response:
    return await client.post("/sequence-analyses", json={"sequences": "ACGT" * 26, "factors": [factor], **more})


@pytest.mark.anyio
async def test_the_service_starts_with_damaged_weights_and_says_so_everywhere(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motif_library, "DELAY_S", 1e6)
    dna, histone = place.checkpoint_dir / SEQUENCE[0], place.chromatin_checkpoint_dir / CHROMATIN[0]
    half = place.checkpoint_dir / SEQUENCE[1]
    for folder in (dna, half, histone):
        _flip_weights(folder)
    async with serving(place) as client:
        ready = (await client.get("/health/ready")).json()
        assert ready["unavailable"].keys() == {dna.name, half.name, histone.name}
        assert ready["status"] == "degraded"
        catalog = (await client.get("/catalog")).json()
        assert catalog["unavailable"].keys() == {dna.name, half.name}
        assert "sha256" in catalog["unavailable"][dna.name]
        assert (await client.get("/chromatin-catalog")).json()["unavailable"].keys() == {histone.name}

        unavailable = (503, "unavailable-checkpoint", dna.name, "sha256 differs", "as soon as its files are")
        check_problem(await ask_dna(client, FACTOR), *unavailable)
        check_problem(await client.get(f"/checkpoints/{dna.name}"), *unavailable)
        (answer,) = (await ask_dna(client, OTHER_FACTOR)).json()["factors"]
        assert [one["checkpoint"] for one in answer["predictions"]] == [SEQUENCE[2]]
        named = {"explanations": [{"name": "saliency", "checkpoints": [half.name]}]}
        check_problem(await ask_dna(client, OTHER_FACTOR, **named), 503, "unavailable-checkpoint", half.name)

        upload = (await client.post("/chromatin-examples/" + await first_example(client))).json()["id"]
        body = {"file": {"upload": upload}, "checkpoints": [histone.name]}
        check_problem(await client.post("/chromatin-analyses", json=body), 503, "unavailable-checkpoint", histone.name)
        body["checkpoints"] = [CHROMATIN[1]]
        assert (await client.post("/chromatin-analyses", json=body)).status_code == 200

        shutil.copytree(PRETRAINED / dna.name, dna, dirs_exist_ok=True)
        assert (await ask_dna(client, FACTOR)).status_code == 200
        shutil.copytree(PRETRAINED_CHROMATIN / histone.name, histone, dirs_exist_ok=True)  # and nobody asks for it
        assert (await client.get("/health/ready")).json()["unavailable"].keys() == {half.name}


async def first_example(client: httpx.AsyncClient) -> str:
    return (await client.get("/chromatin-catalog")).json()["examples"][0]["name"]


@pytest.mark.anyio
@pytest.mark.parametrize("value", [float("inf"), float("nan")])
async def test_weights_that_give_no_number_are_an_error_with_their_name(
    value: float, place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sha256 is right, so they are loaded; what comes out is never shown."""
    monkeypatch.setattr(motif_library, "DELAY_S", 1e6)
    dna, histone = place.checkpoint_dir / SEQUENCE[0], place.chromatin_checkpoint_dir / CHROMATIN[1]
    for folder in (dna, histone):
        state = safetensors.torch.load_file(folder / WEIGHTS_FILE)
        spoilt = {name: torch.full_like(one, value) if one.is_floating_point() else one for name, one in state.items()}
        safetensors.torch.save_file(spoilt, folder / WEIGHTS_FILE)
        card = json.loads((folder / CARD).read_text())
        (folder / CARD).write_text(json.dumps(card | {"sha256": weights_sha256(folder)}))
    async with serving(place) as client:
        response = await ask_dna(client, FACTOR)
        check_problem(response, 500, "broken-output", dna.name, "not finite")
        upload = (await client.post("/chromatin-examples/" + await first_example(client))).json()["id"]
        body = {"file": {"upload": upload}, "checkpoints": [histone.name]}
        check_problem(await client.post("/chromatin-analyses", json=body), 500, "broken-output", histone.name)
