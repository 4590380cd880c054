"""The API in process, on checkpoints with random weights: fast, and independent of the shipped ones."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from fastapi import FastAPI

from backend.config import Settings
from backend.main import create_app
from backend.schemas.problem import Problem
from backend.services import motif_library
from models.architectures import ARCHITECTURES, CHROMATIN_ARCHITECTURES
from models.baselines import BASELINES, CHROMATIN_BASELINES
from models.card import ChromatinCard, Estimate, Metrics, SequenceCard, SignalRange, TrainingData
from models.checkpoints import save_checkpoint
from models.examples import random_sequence
from models.histone import MARKS, HistoneMatrices
from models.histone_file import write_deepchrome
from models.predict import positive_logit

FACTORS = ("alpha_cells", "beta_cells")
ESTIMATE = Estimate(value=0.9, low=0.8, high=0.95)


@pytest.fixture
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass, one second into a minute: the windows of limits begin with those of the clock."""
    moment = time.time() // 60 * 60 + 1
    monkeypatch.setattr(time, "time", lambda: moment)


def make_card(factor: str, architecture: str) -> SequenceCard:
    is_baseline = architecture in BASELINES
    return SequenceCard(
        name=f"{factor}-{architecture}", kind="baseline" if is_baseline else "network", architecture=architecture,
        architecture_parameters={}, title=architecture, task="binds or not", factor=factor, factor_title=factor.upper(),
        cell_type="cells", input_length=101, alphabet="ACGT", classes=("bound", "not bound"), n_parameters=1,
        training_data=TrainingData(
            source="none", files={}, licence="MIT", negatives="none", split="none", n_train=0, n_validation=0,
            n_test=0, n_removed_as_duplicates=0,
        ),
        metrics=Metrics(
            auroc=ESTIMATE, auprc=ESTIMATE, accuracy=ESTIMATE, brier=ESTIMATE, reliability=(), n_positive=1,
            n_negative=1,
        ),
        gc_range=(0.3, 0.7), length_range=(101, 101), sha256="", seed=0, training_command="none", recipe={},
        versions={}, licence="MIT", citation="none", golden_predictions=(), class_optimization=None,
    )  # fmt: skip


def random_network(architecture: str, *, seed: int) -> torch.nn.Module:
    """Weights large enough that sequences differ in their scores."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = (BASELINES if architecture in BASELINES else ARCHITECTURES).get(architecture).network()
        with torch.no_grad():
            for name, tensor in network.state_dict().items():
                if tensor.is_floating_point() and ("output" in name or name == "weight"):
                    tensor.normal_(0.0, 0.5 if architecture in BASELINES else 4.0)
    return network


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    for seed, factor in enumerate(FACTORS):
        for architecture in (*ARCHITECTURES, *BASELINES):
            save_checkpoint(random_network(architecture, seed=seed), make_card(factor, architecture), folder)
    return folder


N_BINS = 20
SMALL = {
    "attentive_lstm_alpha_beta": {"hidden_size": 4},
    "attentive_lstm_alpha": {"hidden_size": 4},
    "attentive_lstm_attn": {"hidden_size": 4},
    "deepchrome": {"n_bins": N_BINS, "n_filters": 3},
    "all_bins_logistic": {"features": "all_bins", "n_bins": N_BINS},
}
SEEN = tuple(SignalRange(mark=mark, percentile_99=20, maximum=60, zero_share=0.4, whole_numbers=True) for mark in MARKS)


def make_chromatin_card(name: str, architecture: str, **changes: object) -> ChromatinCard:
    """A card of a network that was trained on counts: 99th percentile 20, 40 % zeros."""
    card = ChromatinCard(
        name=name, kind="baseline" if architecture in CHROMATIN_BASELINES else "network", architecture=architecture,
        architecture_parameters=SMALL[architecture], title=architecture, summary="random weights", task="ON or OFF",
        cell_type="E003 H1 Cell Line", cell_types=("E003",), classes=("ON", "OFF"), n_parameters=1, sha256="",
        training_command="none", recipe={}, versions={}, licence="MIT", citation="none", origin="trained here",
        marks=MARKS, n_bins=N_BINS, bin_size_bp=100, other_lengths=architecture.startswith("attentive"),
        training_data={}, n_genes=None, metrics=None, baselines=(), signal_ranges=SEEN,
        reference=((1.0,) * N_BINS,) * len(MARKS), reference_origin="one read", pattern_maps=(), seed=0,
        golden_probabilities=(),
    )  # fmt: skip
    return card.model_copy(update=changes)


def random_chromatin_network(architecture: str, *, seed: int) -> torch.nn.Module:
    """Weights large enough that genes differ in their scores, half of them above 0.5."""
    registry = CHROMATIN_BASELINES if architecture in CHROMATIN_BASELINES else CHROMATIN_ARCHITECTURES
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = registry.get(architecture).network(**SMALL[architecture])
        with torch.no_grad():
            for name, tensor in network.state_dict().items():
                if tensor.is_floating_point():
                    wide = "output" in name and architecture.startswith("attentive")
                    tensor.mul_(0.1).add_(torch.randn_like(tensor).mul_(3.0 if wide else 0.3))
            network.eval()
            *_, bias = (module.bias for module in network.modules() if isinstance(module, torch.nn.Linear))
            bias[0] -= positive_logit(network, torch.from_numpy(random_matrices(64).values)).median()
    return network


@pytest.fixture(scope="session")
def chromatin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One checkpoint per architecture at 100 bp, and one at 10 kb."""
    folder = tmp_path_factory.mktemp("chromatin")
    for seed, architecture in enumerate(SMALL):
        card = make_chromatin_card(f"e003-{architecture}", architecture)
        save_checkpoint(random_chromatin_network(architecture, seed=seed), card, folder)
    coarse = make_chromatin_card("e116-coarse", "attentive_lstm_alpha_beta", bin_size_bp=10_000)
    save_checkpoint(random_chromatin_network(coarse.architecture, seed=9), coarse, folder)
    return folder


@pytest.fixture
def chromatin_card() -> ChromatinCard:
    return make_chromatin_card("a-card", "attentive_lstm_alpha_beta")


def random_matrices(n_genes: int = 12, *, n_bins: int = N_BINS, signals: tuple[str, ...] = MARKS) -> HistoneMatrices:
    """Counts as in training, every other gene ON."""
    rng = np.random.default_rng(n_genes)
    values = rng.negative_binomial(0.6, 0.12, size=(n_genes, len(signals), n_bins)).astype(np.float32)
    return HistoneMatrices(
        genes=tuple(f"ENSG{index:05d}" for index in range(n_genes)),
        symbols=tuple(f"SYM{index}" for index in range(n_genes)),
        signals=signals,
        values=values,
        labels=(np.arange(n_genes) % 2).astype(np.int8),
    )


@pytest.fixture(scope="session")
def matrices_of() -> Callable[..., HistoneMatrices]:
    return random_matrices


@pytest.fixture
def upload_matrices(client: httpx.AsyncClient, tmp_path: Path) -> Callable[..., Awaitable[str]]:
    """Write matrices with a header, upload them and return the id."""

    async def upload(matrices: HistoneMatrices, *, name: str = "genes.csv.gz") -> str:
        write_deepchrome(tmp_path / "genes", matrices, header=True)
        response = await client.put(f"/uploads/{name}", content=(tmp_path / "genes").read_bytes())
        assert response.status_code == 201, response.text
        return response.json()["id"]

    return upload


@pytest.fixture(scope="session")
def settings(checkpoint_folder: Path, chromatin_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        checkpoint_dir=checkpoint_folder, chromatin_checkpoint_dir=chromatin_folder,
        data_dir=tmp_path_factory.mktemp("data"), device="cpu", redis_url=None, max_records=300, max_bases=50_000,
        max_request_bytes=100_000, explained_rows=4, max_genes=300, max_rows=20_000, max_histone_bytes=400_000,
        max_bigwig_bytes=500_000, max_checkpoint_bytes=300_000, max_stored_bytes=50_000_000,
    )  # fmt: skip


@pytest.fixture(scope="session")
async def app(settings: Settings, anyio_backend: str) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def app_with(app: FastAPI, settings: Settings) -> Callable[..., FastAPI]:
    """Make an application with other settings over the same networks and ledger: nothing has to be started."""

    def make(**changes: object) -> FastAPI:
        other = create_app(settings.model_copy(update=changes))
        other.state.context, other.state.gate = app.state.context, app.state.gate
        return other

    return make


@pytest.fixture(scope="session", autouse=True)
def _many_questions_under_a_made_up_name() -> Iterator[None]:
    """Tests ask faster than people, at http://api; those of the guards have settings of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULENS_ALLOWED_HOSTS", '["api"]')
        patch.setenv("REGULENS_REQUESTS_PER_MINUTE", "1000000")
        patch.setenv("REGULENS_PREDICTIONS_PER_SECOND", "1000000")
        yield


@pytest.fixture(scope="session", autouse=True)
def _motifs_are_prepared_by_those_who_name_them() -> Iterator[None]:
    """Else every process that runs tests would load them in the background, some seconds into a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(motif_library, "DELAY_S", 1e6)
        yield


@asynccontextmanager
async def open_client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client:
        yield client


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(app) as client:
        yield client


def _problem_of(response: httpx.Response, status: int, slug: str) -> Problem:
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = Problem.model_validate_json(response.content)
    assert (response.status_code, problem.status, problem.type) == (status, status, f"/problems/{slug}"), problem
    assert problem.request_id == response.headers["x-request-id"]
    assert len(response.content) < 16_000
    return problem


@pytest.fixture(scope="session")
def problem_of() -> Callable[[httpx.Response, int, str], Problem]:
    """Check that an answer is a problem document of this kind, and return it."""
    return _problem_of


@pytest.fixture(scope="session")
def sequences() -> list[str]:
    rng = np.random.default_rng(7)
    return [random_sequence(rng) for _ in range(100)]
