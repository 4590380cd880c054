"""What every request needs, made once per process."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from backend.config import Settings
from backend.jobs.database import migrate
from backend.jobs.ledger import Ledger, open_ledger
from backend.jobs.storage import Storage
from backend.services.checkpoints import SequenceCheckpoints, by_factor, choose_device
from backend.services.chromatin_checkpoints import ChromatinCheckpoints
from backend.services.histone_files import HistoneFiles
from backend.services.inference import InferenceEngine
from backend.services.job_requests import JobRequests
from backend.services.motif_library import MotifTools
from backend.services.uploads import UploadStore
from models.card import SequenceCard


@dataclass(frozen=True)
class ServiceContext:
    """Settings, checkpoints, engine, motifs, uploads, and the ledger of jobs with their files."""

    settings: Settings
    checkpoints: SequenceCheckpoints
    chromatin: ChromatinCheckpoints
    engine: InferenceEngine
    motifs: MotifTools
    uploads: UploadStore
    histone_files: HistoneFiles
    ledger: Ledger
    storage: Storage
    job_requests: JobRequests

    @property
    def factors(self) -> Mapping[str, tuple[SequenceCard, ...]]:
        """Return the cards that read DNA by factor, as of now."""
        return by_factor(self.checkpoints.loaded)


@contextmanager
def service_context(settings: Settings) -> Iterator[ServiceContext]:
    """Load the checkpoints, open the ledger and keep the engine running until the end."""
    device = choose_device(settings.device)
    storage = Storage(settings.files_url)
    checkpoints = SequenceCheckpoints(settings=settings, storage=storage, device=device)
    chromatin = ChromatinCheckpoints(settings=settings, storage=storage, device=device)
    uploads = UploadStore(
        settings.data_dir / "uploads", max_total_bytes=settings.max_stored_bytes, kept_hours=settings.kept_hours
    )
    engine = InferenceEngine(
        ChainMap(checkpoints.networks, chromatin.networks),
        device=device,
        max_batch=settings.max_batch,
        max_waiting=settings.queue_windows,
        n_threads=settings.torch_threads,
    )
    migrate(settings.ledger_url)
    ledger = open_ledger(settings)
    with engine:
        yield ServiceContext(
            settings=settings,
            checkpoints=checkpoints,
            chromatin=chromatin,
            engine=engine,
            motifs=MotifTools(settings),
            uploads=uploads,
            histone_files=HistoneFiles(uploads, settings=settings),
            ledger=ledger,
            storage=storage,
            job_requests=JobRequests(ledger, storage=storage, uploads=uploads, settings=settings),
        )
    ledger.engine.dispose()
