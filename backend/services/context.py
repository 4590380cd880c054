"""What every request needs, made once per process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from backend.config import Settings
from backend.schemas.catalog import Catalog
from backend.services.catalog import build_catalog
from backend.services.checkpoints import Checkpoints, by_factor, choose_device, load_checkpoints
from backend.services.inference import InferenceEngine
from models.card import ModelCard
from models.checkpoints import PRETRAINED, checkpoint_names


@dataclass(frozen=True)
class ServiceContext:
    """Settings, checkpoints and their cards by factor, engine, catalog, and how to count the queue's workers."""

    settings: Settings
    checkpoints: Checkpoints
    factors: Mapping[str, tuple[ModelCard, ...]]
    n_damaged: int
    engine: InferenceEngine
    catalog: Catalog
    count_workers: Callable[[], int]


@contextmanager
def service_context(settings: Settings, *, count_workers: Callable[[], int]) -> Iterator[ServiceContext]:
    """Load the checkpoints and keep the engine running until the end."""
    device = choose_device(settings.device)
    checkpoints = load_checkpoints(settings.checkpoint_dir, device=device)
    engine = InferenceEngine(
        {name: checkpoint.network for name, checkpoint in checkpoints.items()},
        device=device,
        max_batch=settings.max_batch,
        max_waiting=settings.queue_windows,
        n_threads=settings.torch_threads,
    )
    with engine:
        yield ServiceContext(
            settings=settings,
            checkpoints=checkpoints,
            factors=by_factor(checkpoints),
            n_damaged=len(checkpoint_names(settings.checkpoint_dir or PRETRAINED)) - len(checkpoints),
            engine=engine,
            catalog=build_catalog(checkpoints, settings=settings),
            count_workers=count_workers,
        )
