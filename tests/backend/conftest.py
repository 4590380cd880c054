"""The API in process, on two factors with random weights: fast, and independent of the shipped checkpoints."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import structlog
import torch
from fastapi import FastAPI

from backend.config import Settings
from backend.main import create_app
from models.architectures import ARCHITECTURES
from models.baselines import BASELINES
from models.card import Estimate, Metrics, SequenceCard, TrainingData
from models.checkpoints import save_checkpoint
from models.examples import random_sequence

FACTORS = ("alpha_cells", "beta_cells")
ESTIMATE = Estimate(value=0.9, low=0.8, high=0.95)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _default_logging() -> Iterator[None]:
    yield
    structlog.reset_defaults()


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
            auroc=ESTIMATE, auprc=ESTIMATE, accuracy=ESTIMATE, brier=ESTIMATE, reliability=(), n_positive=1, n_negative=1
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


@pytest.fixture(scope="session")
def settings(checkpoint_folder: Path) -> Settings:
    return Settings(
        checkpoint_dir=checkpoint_folder, device="cpu", redis_url=None, max_records=300, max_bases=50_000,
        max_request_bytes=100_000, explained_rows=4,
    )  # fmt: skip


@pytest.fixture(scope="session")
async def app(settings: Settings, anyio_backend: str) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def open_client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client:
        yield client


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(app) as client:
        yield client


@pytest.fixture(scope="session")
def sequences() -> list[str]:
    rng = np.random.default_rng(7)
    return [random_sequence(rng) for _ in range(100)]
