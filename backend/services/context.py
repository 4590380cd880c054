"""What every request needs, made once per process."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from backend.config import Settings
from backend.jobs.database import migrate
from backend.jobs.ledger import Ledger, open_ledger
from backend.jobs.storage import Storage
from backend.schemas.access import LOCAL_USER
from backend.services.checkpoints import SequenceCheckpoints, by_factor, choose_device
from backend.services.chromatin_checkpoints import ChromatinCheckpoints
from backend.services.histone_files import HistoneFiles
from backend.services.inference import InferenceEngine
from backend.services.job_requests import JobRequests
from backend.services.motif_library import MotifTools
from backend.services.uploads import Uploads, UploadStore
from models.card import SequenceCard


@dataclass(frozen=True)
class ServiceContext:
    """Settings, checkpoints, engine, motifs, the ledger of jobs with their files, and what belongs to one user.

    A route gets one that is made for who asks, so that none can reach what belongs to somebody else.
    """

    user: str
    settings: Settings
    checkpoints: SequenceCheckpoints
    chromatin: ChromatinCheckpoints
    engine: InferenceEngine
    motifs: MotifTools
    upload_store: UploadStore
    uploads: Uploads
    histone_files: HistoneFiles
    ledger: Ledger
    storage: Storage
    job_requests: JobRequests

    @property
    def factors(self) -> Mapping[str, tuple[SequenceCard, ...]]:
        """Return the cards that read DNA by factor, as of now."""
        return by_factor(self.checkpoints.loaded)

    def of(self, user: str) -> "ServiceContext":
        """Return the same for another user."""
        uploads = self.upload_store.of(user)
        return replace(
            self,
            user=user,
            uploads=uploads,
            histone_files=self.histone_files.of(uploads),
            job_requests=self.job_requests.of(uploads),
        )


@contextmanager
def service_context(settings: Settings) -> Iterator[ServiceContext]:
    """Load the checkpoints, open the ledger and keep the engine running until the end."""
    device = choose_device(settings.device)
    storage = Storage(settings.files_url)
    checkpoints = SequenceCheckpoints(settings=settings, storage=storage, device=device)
    chromatin = ChromatinCheckpoints(settings=settings, storage=storage, device=device)
    upload_store = UploadStore(
        settings.data_dir / "uploads", max_total_bytes=settings.max_stored_bytes, kept_hours=settings.kept_hours
    )
    uploads = upload_store.of(LOCAL_USER)
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
            user=LOCAL_USER,
            settings=settings,
            checkpoints=checkpoints,
            chromatin=chromatin,
            engine=engine,
            motifs=MotifTools(settings),
            upload_store=upload_store,
            uploads=uploads,
            histone_files=HistoneFiles(uploads, settings=settings),
            ledger=ledger,
            storage=storage,
            job_requests=JobRequests(ledger, storage=storage, uploads=uploads, settings=settings),
        )
    ledger.engine.dispose()
