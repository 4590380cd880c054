"""What the services refuse or cannot do, each error carrying the values that explain it."""

from typing import ClassVar, NamedTuple


class ServiceError(Exception):
    """The root of all errors that services raise on purpose."""


class FieldError(NamedTuple):
    """One field of a request that is wrong."""

    field: str
    code: str
    message: str


class InvalidFieldsError(ServiceError):
    """A request whose fields are well formed but cannot be meant."""

    def __init__(self, fields: tuple[FieldError, ...]) -> None:
        self.fields = fields
        super().__init__(fields[0].message)


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

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__("There is no checkpoint of that name. GET /api/v1/checkpoints lists those that exist.")


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
            f"{waiting:,} windows are already waiting for the networks, of {limit:,} that may. Try again in a moment."
        )


class EngineStoppedError(EngineUnavailableError):
    """The service is shutting down."""

    def __init__(self) -> None:
        super().__init__("The service is shutting down. Try again in a moment.")
