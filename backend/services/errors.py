"""What the services refuse or cannot do, each error carrying the values that explain it."""

from datetime import datetime
from typing import ClassVar, NamedTuple


class ServiceError(Exception):
    """The root of all errors that services raise on purpose."""


class FieldError(NamedTuple):
    """One field of a request that is wrong, or one place in the file that it names."""

    field: str
    code: str
    message: str
    line: int | None = None
    column: int | None = None


class InvalidFieldsError(ServiceError):
    """A request whose fields are well formed but cannot be meant."""

    def __init__(self, fields: tuple[FieldError, ...]) -> None:
        self.fields = fields
        super().__init__(fields[0].message)


def refused_field(field: str, code: str, message: str) -> InvalidFieldsError:
    """Make the error of one field."""
    return InvalidFieldsError((FieldError(field, code, message),))


class TooManyExplainedRowsError(ServiceError):
    """More rows to explain than one request may hold."""

    def __init__(self, asked: int, *, limit: int) -> None:
        self.asked, self.limit = asked, limit
        super().__init__(
            f"{asked:,} rows (record, strand and factor) were to be explained; one request may hold {limit:,}. "
            "Ask for fewer records with `records`, for one strand, or for one factor."
        )


class CheckpointNotFoundError(ServiceError):
    """A checkpoint that is not loaded."""

    def __init__(self, name: str, *, list_path: str = "/api/v1/checkpoints") -> None:
        self.name = name
        super().__init__(f"There is no checkpoint of that name. GET {list_path} lists those that exist.")


class UnavailableCheckpointError(ServiceError):
    """A checkpoint that is there, but whose files cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{reason} It is used again as soon as its files are; the others work meanwhile.")


class UploadNotFoundError(ServiceError):
    """An upload that is not there, or not any more."""

    def __init__(self, upload: str, *, kept_hours: float) -> None:
        self.upload = upload
        super().__init__(
            f"There is no upload of that id. Uploads are kept for {kept_hours:g} hours after their last use: "
            "upload the file again."
        )


class UploadTooLargeError(ServiceError):
    """A file that is larger than its use allows."""

    def __init__(self, n_bytes: int, *, limit: int) -> None:
        self.n_bytes, self.limit = n_bytes, limit
        super().__init__(f"The file holds {n_bytes:,} bytes; for this use it may hold {limit:,}.")


class UploadInterruptedError(ServiceError):
    """A connection that ended before the file did."""

    def __init__(self) -> None:
        super().__init__("The connection ended before the file did, so nothing is kept. Upload the file again.")


class StorageFullError(ServiceError):
    """No room for another file: on the disk, or in what uploads may take together."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        cause = "The disk of the service is full" if limit is None else f"Uploads may take {limit:,} bytes together"
        super().__init__(f"{cause}. Remove uploads that are no longer needed, or come back when old ones have expired.")


class UnknownGeneError(ServiceError):
    """A gene that a file does not hold, or a symbol that stands for several."""

    def __init__(self, gene: str, *, suggestions: tuple[str, ...], ambiguous: bool = False) -> None:
        self.gene, self.suggestions = gene, suggestions
        shown = ", ".join(suggestions)
        if ambiguous:
            super().__init__(f"Several genes of the file have this symbol. Name one by its identifier: {shown}.")
        else:
            hint = f"Did you mean {shown}?" if suggestions else "Name it by identifier or symbol, as in the file."
            super().__init__(f"The file does not hold this gene. {hint}")


class UnknownExampleError(ServiceError):
    """An example that does not exist."""

    def __init__(self, known: tuple[str, ...]) -> None:
        self.known = known
        super().__init__(f"There is no example of that name. Known: {', '.join(known)}.")


class ShippedCheckpointError(ServiceError):
    """A checkpoint that comes with Regulens and cannot be removed."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__("This checkpoint comes with Regulens. Only trained and imported ones can be removed.")


class ForeignCheckpointError(ServiceError):
    """A checkpoint of somebody else that was to be removed."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            "Somebody else has trained or imported this checkpoint. Only they can remove it, or who runs this "
            f"Regulens: with its folder in the storage, below checkpoints/, {name} is gone."
        )


class TakenCheckpointError(ServiceError):
    """A name that already stands for another checkpoint."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"There is another checkpoint called {name}. Choose another name, or remove that checkpoint first."
        )


class BrokenOutputError(ServiceError):
    """A network that answered with something that is not a number."""

    def __init__(self, operation: str, *, checkpoint: str) -> None:
        self.operation, self.checkpoint = operation, checkpoint
        super().__init__(
            f"Checkpoint {checkpoint} gave a {operation} that is not finite, so nothing is shown. "
            "Its weights may be damaged: restore them and start again."
        )


class EngineUnavailableError(ServiceError):
    """The networks cannot take this request now."""

    retry_after_s: ClassVar[int] = 1


class EngineBusyError(EngineUnavailableError):
    """Too much work is waiting for the networks."""

    def __init__(self, waiting: int, *, limit: int) -> None:
        self.waiting, self.limit = waiting, limit
        super().__init__(
            f"{waiting:,} windows and genes are already waiting for the networks, of {limit:,} that may. "
            "Try again in a moment."
        )


class EngineStoppedError(EngineUnavailableError):
    """The service is shutting down."""

    def __init__(self) -> None:
        super().__init__("The service is shutting down. Try again in a moment.")


class MotifsNotReadyError(ServiceError):
    """The functions that name motifs are being compiled."""

    retry_after_s: ClassVar[int] = 5

    def __init__(self) -> None:
        super().__init__(
            "Motif names are being prepared; the first start takes about a minute, later ones some seconds. "
            "Everything else works meanwhile."
        )


class MotifsFailedError(ServiceError):
    """The functions that name motifs could not be loaded."""

    def __init__(self) -> None:
        super().__init__(
            "Motifs cannot be named: what names them could not be loaded. The log of the API says why, after "
            "`motif_names_failed`. Mend it and start Regulens again; everything else works meanwhile."
        )


class UnusableMotifFileError(ServiceError):
    """A lab's own motif file that cannot be read."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(
            f"The motif file {name}, named by REGULENS_MOTIF_FILE, cannot be read. {reason} "
            "Mend it, or unset REGULENS_MOTIF_FILE to use JASPAR, and start Regulens again."
        )


class NoMotifSummaryError(ServiceError):
    """A checkpoint whose filters and windows nobody has summarised."""

    def __init__(self, *, is_network: bool) -> None:
        if is_network:
            super().__init__(
                "This checkpoint has no summary of its motifs: only the networks that come with Regulens have one, "
                "made with `python -m models.motifs summarise --data DATA`. Explain single sequences instead: "
                "their motifs are named for every network."
            )
        else:
            super().__init__("This checkpoint counts k-mers: it has no filters, and its coefficients are its motifs.")


class MotifNotFoundError(ServiceError):
    """A motif that the library does not hold."""

    def __init__(self, library: str) -> None:
        super().__init__(f"{library} holds no motif of that identifier. GET /api/v1/motifs lists those that it holds.")


class JobNotFoundError(ServiceError):
    """A job that is not in the ledger."""

    def __init__(self) -> None:
        super().__init__(
            "There is no job of that id. It may have been deleted; your list of jobs shows those that there are."
        )


class UnfinishedJobError(ServiceError):
    """A job that was to be deleted while it waits or runs."""

    def __init__(self) -> None:
        super().__init__("The job still waits or runs. Cancel it first, then delete it.")


class NoLiveError(ServiceError):
    """A job that has nothing to show yet."""

    def __init__(self) -> None:
        super().__init__("The job has nothing to show yet. Ask again in a moment.")


class NoJobFileError(ServiceError):
    """A file that a job has not written."""

    def __init__(self) -> None:
        super().__init__("The job has no file of that name, or not yet. Its description lists the files it has.")


class JobExpiredError(ServiceError):
    """Files of a job whose time is over."""

    def __init__(self, expired: datetime) -> None:
        self.expired = expired
        super().__init__(
            f"The files of this job were removed on {expired:%Y-%m-%d}. Its description is kept: run it again with "
            "POST /api/v1/jobs and the same parameters (`rerun_of` names this job)."
        )
