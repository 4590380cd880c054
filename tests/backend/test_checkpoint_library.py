"""Trained checkpoints: served as soon as a job has added them, followed over processes, packed, removed."""

import io
import shutil
import zipfile
from contextlib import asynccontextmanager, nullcontext

import httpx
import pytest

from backend.config import Settings
from backend.jobs.storage import Storage
from backend.main import create_app
from backend.schemas.access import LOCAL_USER
from backend.services.checkpoint_library import add_to_library, library_folder, library_names, remove_from_library
from backend.services.checkpoints import SequenceCheckpoints
from backend.services.chromatin_checkpoints import ChromatinCheckpoints
from backend.services.errors import CheckpointNotFoundError, ForeignCheckpointError, TakenCheckpointError
from models.checkpoints import load_checkpoint

pytestmark = pytest.mark.anyio

TRAINED = "gamma_cells-demo_cnn"


@pytest.fixture(scope="module")
def trained(checkpoint_folder, tmp_path_factory):
    """The folder that a training job would add: a factor of its own with one architecture."""
    folder = tmp_path_factory.mktemp("trained") / TRAINED
    shutil.copytree(checkpoint_folder / "alpha_cells-demo_cnn", folder)
    card = (folder / "card.json").read_text()
    (folder / "card.json").write_text(card.replace("alpha_cells", "gamma_cells").replace("ALPHA", "GAMMA"))
    (folder / "curves.tsv").write_text("epoch\tloss\n1\t0.5\n")
    return folder


def changed(folder, target):
    """A different checkpoint of the same name."""
    shutil.copytree(folder, target / folder.name)
    card = target / folder.name / "card.json"
    card.write_text(card.read_text().replace('"seed": 0', '"seed": 1'))
    return target / folder.name


@pytest.fixture(params=["folder", "elsewhere"])
def place(request, settings, tmp_path):
    """Settings and a storage: a folder of this machine, or one that is reached over a network."""
    url = None if request.param == "folder" else f"memory://{tmp_path}"
    settings = settings.model_copy(update={"data_dir": tmp_path / "data", "storage_url": url})
    return settings, Storage(settings.files_url)


@asynccontextmanager
async def serving(settings):
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client,
    ):
        yield client


async def ask(client, factor="gamma_cells"):
    return await client.post("/sequence-analyses", json={"sequences": "ACGT" * 26, "factors": [factor]})


async def test_what_another_process_adds_is_served_at_once(place, trained, problem_of):
    settings, storage = place
    async with serving(settings) as client:
        problem_of(await ask(client), 422, "invalid-request")
        problem_of(await client.get(f"/checkpoints/{TRAINED}"), 404, "unknown-checkpoint")
        add_to_library(trained, "sequence", storage=storage, owner="local")
        (answer,) = (await ask(client)).json()["factors"]
        assert [one["checkpoint"] for one in answer["predictions"]] == [TRAINED]
        assert 0 <= answer["networks_calling_bound"][0] <= 1
        catalog = (await client.get("/catalog")).json()
        assert [factor["name"] for factor in catalog["factors"]] == ["alpha_cells", "beta_cells", "gamma_cells"]
        cards = (await client.get("/checkpoints")).json()
        assert [card["source"] for card in cards] == ["shipped"] * 8 + ["trained"]
        assert (await client.delete(f"/checkpoints/{TRAINED}")).status_code == 204
        problem_of(await ask(client), 422, "invalid-request")
        assert storage.names("checkpoints/sequence") == ()


async def test_only_who_has_trained_it_removes_a_checkpoint_and_everybody_uses_it(place, trained, problem_of):
    settings, storage = place
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    async with serving(settings) as client:
        problem_of(await client.delete(f"/checkpoints/{TRAINED}"), 403, "foreign-checkpoint")
        assert (await ask(client)).status_code == 200
        storage.remove(f"checkpoints/sequence/{TRAINED}/owner")  # as a former version has left it
        assert (await client.delete(f"/checkpoints/{TRAINED}")).status_code == 204


@pytest.mark.parametrize(("access", "goes"), [("open", True), ("password", False), ("proxy", False)])
def test_what_scripts_of_an_open_regulens_or_a_former_version_have_made_any_visitor_removes(
    place, trained, access, goes
):
    settings, storage = place
    add_to_library(trained, "sequence", storage=storage, owner=LOCAL_USER)
    store = SequenceCheckpoints(settings=settings.model_copy(update={"access": access}), storage=storage, device="cpu")
    with nullcontext() if goes else pytest.raises(ForeignCheckpointError):
        store.remove(TRAINED, owner="0123456789abcdef0123456789abcdef")
    assert (TRAINED in store) is not goes


async def test_an_archive_holds_every_file_and_is_the_same_twice(place, trained):
    settings, storage = place
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    async with serving(settings) as client:
        first, second = [await client.get(f"/checkpoints/{TRAINED}/archive") for _ in range(2)]
        chromatin = await client.get("/chromatin-checkpoints/e003-deepchrome/archive")
    assert first.content == second.content
    assert f"{TRAINED}.zip" in first.headers["content-disposition"]
    assert first.headers["content-type"] == "application/zip"
    packed = zipfile.ZipFile(io.BytesIO(first.content))
    files = ("card.json", "curves.tsv", "weights.safetensors")
    assert packed.namelist() == [f"{TRAINED}/{name}" for name in files]
    assert all(packed.read(f"{TRAINED}/{name}") == (trained / name).read_bytes() for name in files)
    assert len(zipfile.ZipFile(io.BytesIO(chromatin.content)).namelist()) == 2


async def test_what_comes_along_is_not_removed_and_what_is_unknown_is_not_found(client, problem_of):
    problem_of(await client.delete("/checkpoints/alpha_cells-demo_cnn"), 409, "shipped-checkpoint")
    for answer in (await client.delete("/checkpoints/nobody"), await client.get("/checkpoints/nobody/archive")):
        problem_of(answer, 404, "unknown-checkpoint")


def test_a_worker_finds_folders_without_loading_anything(place, trained, checkpoint_folder):
    settings, storage = place
    how = {"settings": settings, "storage": storage}
    assert TRAINED not in library_names("sequence", **how)
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    assert library_names("sequence", **how) == (*sorted(p.name for p in checkpoint_folder.iterdir()), TRAINED)
    assert TRAINED not in library_names("chromatin", **how)
    folder = library_folder(TRAINED, "sequence", **how)
    assert load_checkpoint(TRAINED, folder=folder).card.factor == "gamma_cells"
    assert library_folder("alpha_cells-demo_cnn", "sequence", **how) == checkpoint_folder
    with pytest.raises(CheckpointNotFoundError):
        library_folder("nobody", "sequence", **how)


def test_adding_twice_changes_nothing_and_another_of_the_name_is_refused(place, trained, tmp_path):
    _, storage = place
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    before = storage.stamps("checkpoints")
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    with pytest.raises(TakenCheckpointError, match=TRAINED):
        add_to_library(changed(trained, tmp_path), "sequence", storage=storage, owner="ada")
    assert storage.stamps("checkpoints") == before
    assert set(storage.names(f"checkpoints/sequence/{TRAINED}")) == {p.name for p in trained.iterdir()} | {"owner"}


def test_of_two_that_race_for_a_name_one_wins(place, trained, tmp_path, monkeypatch):
    """The second begins while the first one writes."""
    _, storage = place
    other = changed(trained, tmp_path)
    write = Storage.write
    refused = []

    def write_meanwhile(self, path, source):
        if not refused:
            with pytest.raises(TakenCheckpointError) as error:
                add_to_library(other, "sequence", storage=storage, owner="ada")
            refused.append(error)
        write(self, path, source)

    monkeypatch.setattr(Storage, "write", write_meanwhile)
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    assert storage.read(f"checkpoints/sequence/{TRAINED}/card.json") == (trained / "card.json").read_bytes()
    with pytest.raises(TakenCheckpointError):
        add_to_library(other, "sequence", storage=storage, owner="ada")


def test_an_interrupted_addition_is_no_checkpoint_and_can_be_repeated(place, trained, monkeypatch):
    settings, storage = place
    write = Storage.write

    def break_off(self, path, source):
        if path.endswith("card.json"):
            raise KeyboardInterrupt
        write(self, path, source)

    with monkeypatch.context() as patched:
        patched.setattr(Storage, "write", break_off)
        with pytest.raises(KeyboardInterrupt):
            add_to_library(trained, "sequence", storage=storage, owner="ada")
    assert TRAINED not in library_names("sequence", settings=settings, storage=storage)
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    assert TRAINED in library_names("sequence", settings=settings, storage=storage)


def test_a_replaced_checkpoint_is_loaded_anew(place, trained, tmp_path):
    settings, storage = place
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    store = SequenceCheckpoints(settings=settings, storage=storage, device="cpu")
    networks, before = store.networks, store[TRAINED]
    store.refresh()
    assert store[TRAINED] is before
    remove_from_library(TRAINED, "sequence", storage=storage)
    add_to_library(changed(trained, tmp_path), "sequence", storage=storage, owner="ada")
    store.refresh()
    assert store[TRAINED].card.seed == 1
    assert store.networks is networks
    assert networks[TRAINED] is store[TRAINED].network
    remove_from_library(TRAINED, "sequence", storage=storage)
    store.refresh()
    assert TRAINED not in store
    assert set(networks) == set(store)


def test_a_damaged_checkpoint_is_left_out_remembered_and_can_be_removed(place, trained, checkpoint_folder, tmp_path):
    settings, storage = place
    shipped = shutil.copytree(checkpoint_folder, tmp_path / "shipped")
    (shipped / "alpha_cells-demo_rnn" / "weights.safetensors").write_bytes(b"")
    (shipped / "alpha_cells-demo_cnn" / "card.json").write_text("{}")
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    storage.write(f"checkpoints/sequence/{TRAINED}/weights.safetensors", b"broken")
    settings = settings.model_copy(update={"checkpoint_dir": shipped})
    store = SequenceCheckpoints(settings=settings, storage=storage, device="cpu")
    assert set(store.damaged) == {"alpha_cells-demo_rnn", "alpha_cells-demo_cnn", TRAINED}
    assert "sha256" in store.damaged[TRAINED]
    assert set(store.networks) == set(store)
    assert len(store) == 6
    store.remove(TRAINED, owner="ada")
    assert TRAINED not in store.damaged
    assert storage.names("checkpoints/sequence") == ()


def test_a_card_of_another_name_is_damage(place, trained, tmp_path):
    settings, storage = place
    shutil.copytree(trained, tmp_path / "renamed")
    add_to_library(tmp_path / "renamed", "sequence", storage=storage, owner="ada")
    store = SequenceCheckpoints(settings=settings, storage=storage, device="cpu")
    assert TRAINED in store.damaged["renamed"]


def test_a_storage_that_cannot_be_reached_leaves_what_is_loaded(place, trained, monkeypatch):
    settings, storage = place
    add_to_library(trained, "sequence", storage=storage, owner="ada")
    store = SequenceCheckpoints(settings=settings, storage=storage, device="cpu")

    def unreachable(*_):
        raise ConnectionError("no route")

    monkeypatch.setattr(Storage, "stamps", unreachable)
    store.refresh()
    assert (TRAINED in store, len(store)) == (True, 9)


def test_what_could_not_be_fetched_is_tried_again(settings, trained, tmp_path, monkeypatch):
    storage = Storage(f"memory://{tmp_path}")
    settings = settings.model_copy(update={"data_dir": tmp_path / "data"})
    add_to_library(trained, "sequence", storage=storage, owner="ada")

    def unreachable(*_, **__):
        raise ConnectionError("no route")

    with monkeypatch.context() as patched:
        patched.setattr(Storage, "local", unreachable)
        store = SequenceCheckpoints(settings=settings, storage=storage, device="cpu")
        assert (TRAINED in store, dict(store.damaged)) == (False, {})
    store.refresh()
    assert TRAINED in store


def test_imports_of_an_earlier_version_are_taken_over_once(settings, chromatin_folder, tmp_path):
    settings = Settings(data_dir=tmp_path / "data", chromatin_checkpoint_dir=tmp_path / "none")
    earlier = tmp_path / "data" / "checkpoints"
    shutil.copytree(chromatin_folder / "e003-deepchrome", earlier / "e003-deepchrome")
    storage = Storage(settings.files_url)
    for _ in range(2):
        store = ChromatinCheckpoints(settings=settings, storage=storage, device="cpu")
        assert list(store) == ["e003-deepchrome"]
        assert list(earlier.iterdir()) == []
