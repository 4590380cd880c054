"""What every request needs, made once per process."""

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from backend.config import Settings
from backend.schemas.catalog import Catalog
from backend.services.catalog import build_catalog
from backend.services.checkpoints import Checkpoints, by_factor, choose_device, load_checkpoints
from backend.services.chromatin_checkpoints import ChromatinCheckpoints
from backend.services.histone_files import HistoneFiles
from backend.services.inference import InferenceEngine
from backend.services.uploads import UploadStore
from models.card import SequenceCard
from models.checkpoints import PRETRAINED, checkpoint_names


@dataclass(frozen=True)
class ServiceContext:
    """Settings, checkpoints and their cards by factor, engine, catalog, uploads, and how to count queue workers."""

    settings: Settings
    checkpoints: Checkpoints
    chromatin: ChromatinCheckpoints
    factors: Mapping[str, tuple[SequenceCard, ...]]
    n_damaged: int
    engine: InferenceEngine
    catalog: Catalog
    uploads: UploadStore
    histone_files: HistoneFiles
    count_workers: Callable[[], int]


@contextmanager
def service_context(settings: Settings, *, count_workers: Callable[[], int]) -> Iterator[ServiceContext]:
    """Load the checkpoints and keep the engine running until the end."""
    device = choose_device(settings.device)
    checkpoints = load_checkpoints(settings.checkpoint_dir, device=device)
    chromatin = ChromatinCheckpoints(
        settings.chromatin_checkpoint_dir, imported=settings.data_dir / "checkpoints", device=device
    )
    uploads = UploadStore(
        settings.data_dir / "uploads", max_total_bytes=settings.max_stored_bytes, kept_hours=settings.kept_hours
    )
    n_damaged = len(checkpoint_names(settings.checkpoint_dir or PRETRAINED)) - len(checkpoints) + chromatin.n_damaged
    engine = InferenceEngine(
        ChainMap({name: checkpoint.network for name, checkpoint in checkpoints.items()}, chromatin.networks),
        device=device,
        max_batch=settings.max_batch,
        max_waiting=settings.queue_windows,
        n_threads=settings.torch_threads,
    )
    with engine:
        yield ServiceContext(
            settings=settings,
            checkpoints=checkpoints,
            chromatin=chromatin,
            factors=by_factor(checkpoints),
            n_damaged=n_damaged,
            engine=engine,
            catalog=build_catalog(checkpoints, settings=settings),
            uploads=uploads,
            histone_files=HistoneFiles(uploads, settings=settings),
            count_workers=count_workers,
        )
