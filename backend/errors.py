"""From exceptions to problem documents (RFC 9457): the only file that knows the status code of a failure."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from backend.access.errors import (
    MissingScopeError,
    NoPasswordsError,
    NoTokensError,
    SignInNeededError,
    TokenNotFoundError,
    TooManySignInsError,
    TooManyTokensError,
    WrongPasswordError,
)
from backend.jobs.submissions import KeyReusedError, TooManyJobsError
from backend.schemas.problem import ProblemItem
from backend.services.errors import (
    BrokenOutputError,
    CheckpointNotFoundError,
    EngineBusyError,
    EngineStoppedError,
    EngineUnavailableError,
    ForeignCheckpointError,
    InvalidFieldsError,
    JobExpiredError,
    JobNotFoundError,
    MotifNotFoundError,
    MotifsFailedError,
    MotifsNotReadyError,
    NoJobFileError,
    NoLiveError,
    NoMotifSummaryError,
    ShippedCheckpointError,
    StorageFullError,
    TakenCheckpointError,
    TooManyExplainedRowsError,
    UnavailableCheckpointError,
    UnfinishedJobError,
    UnknownExampleError,
    UnknownGeneError,
    UnusableMotifFileError,
    UploadInterruptedError,
    UploadNotFoundError,
    UploadTooLargeError,
)
from backend.services.problem_items import MAX_FIELD, failure_items
from backend.web.problems import GUARD_ERRORS, MAX_ITEMS, Kind, OverloadedError, write_problem
from models.errors import (
    CheckpointError,
    InvalidHistoneFileError,
    InvalidSequencesError,
    InvalidStartSitesError,
    MissingSignalError,
)

OF_TYPES: Final = ("function-", "constrained-")  # steps of a location that tell which type of several was tried
JOBS_RETRY_AFTER_S: Final = 30

log = structlog.get_logger(__name__)


UNREADABLE: Final = Kind(400, "unreadable-body", "The request cannot be read")


class UnreadableBodyError(HTTPException):
    """A body that could mean several things or none; an HTTPException, as FastAPI hides all others in bodies."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(UNREADABLE.status, message)
        self.code = code

    def __str__(self) -> str:
        return f"{self.detail} Send one JSON object in UTF-8."


KINDS: Final[Mapping[type[Exception], Kind]] = {
    UnreadableBodyError: UNREADABLE,
    InvalidSequencesError: Kind(422, "invalid-sequences", "The sequences cannot be read"),
    InvalidHistoneFileError: Kind(422, "invalid-histone-file", "The histone file cannot be read"),
    InvalidStartSitesError: Kind(422, "invalid-start-sites", "The start sites cannot be read"),
    MissingSignalError: Kind(422, "missing-signal", "The file lacks a mark"),
    CheckpointError: Kind(422, "invalid-checkpoint", "The weights cannot be used"),
    UnknownGeneError: Kind(422, "unknown-gene", "The gene is not in the file"),
    InvalidFieldsError: Kind(422, "invalid-request", "The request cannot be met as it is"),
    RequestValidationError: Kind(422, "invalid-request", "The request cannot be met as it is"),
    TooManyExplainedRowsError: Kind(422, "too-many-explained-rows", "Too many rows to explain"),
    CheckpointNotFoundError: Kind(404, "unknown-checkpoint", "There is no such checkpoint"),
    UploadNotFoundError: Kind(404, "unknown-upload", "There is no such upload"),
    UnknownExampleError: Kind(404, "unknown-example", "There is no such example"),
    ShippedCheckpointError: Kind(409, "shipped-checkpoint", "The checkpoint cannot be removed"),
    TakenCheckpointError: Kind(409, "taken-name", "The name is taken"),
    NoMotifSummaryError: Kind(404, "no-motif-summary", "There is no summary of motifs"),
    MotifNotFoundError: Kind(404, "unknown-motif", "There is no such motif"),
    JobNotFoundError: Kind(404, "unknown-job", "There is no such job"),
    NoJobFileError: Kind(404, "unknown-file", "The job has no such file"),
    NoLiveError: Kind(404, "no-live", "There is nothing to show yet"),
    ForeignCheckpointError: Kind(403, "foreign-checkpoint", "The checkpoint belongs to somebody else"),
    SignInNeededError: Kind(401, "sign-in-needed", "Nobody is signed in"),
    WrongPasswordError: Kind(401, "wrong-password", "Signing in has failed"),
    TooManySignInsError: Kind(429, "too-many-sign-ins", "Too many attempts to sign in"),
    NoPasswordsError: Kind(409, "no-passwords", "There is no signing in by password"),
    MissingScopeError: Kind(403, "missing-scope", "The token may not do this"),
    NoTokensError: Kind(409, "no-tokens", "There are no tokens"),
    TokenNotFoundError: Kind(404, "unknown-token", "There is no such token"),
    TooManyTokensError: Kind(409, "too-many-tokens", "Too many tokens"),
    UnfinishedJobError: Kind(409, "unfinished-job", "The job is not finished"),
    KeyReusedError: Kind(409, "reused-key", "The key belongs to another request"),
    JobExpiredError: Kind(410, "expired-job", "The files have been removed"),
    TooManyJobsError: Kind(429, "too-many-jobs", "Too many jobs"),
    UploadInterruptedError: Kind(400, "interrupted-upload", "The upload was interrupted"),
    UploadTooLargeError: Kind(422, "upload-too-large", "The file is too large"),
    StorageFullError: Kind(507, "storage-full", "There is no room for another file"),
    BrokenOutputError: Kind(500, "broken-output", "A network gave no usable number"),
    UnavailableCheckpointError: Kind(503, "unavailable-checkpoint", "The checkpoint cannot be used"),
    MotifsNotReadyError: Kind(503, "motifs-not-ready", "Motif names are being prepared"),
    MotifsFailedError: Kind(503, "motifs-failed", "Motifs cannot be named"),
    UnusableMotifFileError: Kind(503, "unusable-motif-file", "The motif library cannot be read"),
    EngineBusyError: OverloadedError.kind,
    EngineStoppedError: Kind(503, "shutting-down", "The service is shutting down"),
    **{error: error.kind for error in GUARD_ERRORS},
}
LEDGER_AWAY: Final = Kind(503, "ledger-away", "Jobs cannot be reached")
LEDGER_DETAIL: Final = (
    "The database of the jobs does not answer, or its disk is full. Try again; jobs that wait or run are not lost."
)
INTERNAL: Final = Kind(500, "internal-error", "Something went wrong in the service")
HTTP_KINDS: Final[Mapping[int, tuple[Kind, str]]] = {
    400: (
        UNREADABLE,
        "The body is not readable as UTF-8 JSON. Send a JSON object with Content-Type: application/json.",
    ),
    404: (Kind(404, "not-found", "There is nothing at this address"), "GET /docs lists the addresses that exist."),
    405: (
        Kind(405, "method-not-allowed", "This address does not take this method"),
        "GET /docs lists the methods of every address.",
    ),
}
INTERNAL_DETAIL: Final = "The fault is in the service, not in the request. Its log has the cause under the request id."


def install_error_handlers(app: FastAPI) -> None:
    """Answer everything that is raised on purpose with a problem; the rest goes on to the request log."""
    for error in (*KINDS, HTTPException, OperationalError):
        app.add_exception_handler(error, _handle)


async def _handle(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, error)


def problem_response(scope: Mapping[str, Any], error: Exception) -> Response:
    """Write an exception as a problem document; one that is not on purpose is logged and says nothing internal."""
    kind, detail = _kind(error)
    if kind.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", exc_info=error)
    return write_problem(scope, kind, detail=detail, items=_items(error), headers=_headers(error))


def _kind(error: Exception) -> tuple[Kind, str]:
    if isinstance(error, RequestValidationError):
        return KINDS[RequestValidationError], "Some fields of the request are missing or wrong; `errors` names each."
    if type(error) in KINDS:
        return KINDS[type(error)], str(error)
    if isinstance(error, OperationalError):
        return LEDGER_AWAY, LEDGER_DETAIL
    if isinstance(error, HTTPException):
        return HTTP_KINDS.get(error.status_code, _unforeseen(error))
    return INTERNAL, INTERNAL_DETAIL


def _unforeseen(error: HTTPException) -> tuple[Kind, str]:
    """Describe what a library refuses by its status code."""
    status = HTTPStatus(error.status_code)
    return Kind(status, status.name.lower().replace("_", "-"), status.phrase), status.description or status.phrase


def _items(error: Exception) -> Iterator[ProblemItem]:
    if isinstance(error, RequestValidationError):
        yield from (_validation_item(mistake) for mistake in error.errors()[:MAX_ITEMS])
    elif isinstance(error, UnreadableBodyError):
        yield ProblemItem(code=error.code, message=str(error))
    else:
        yield from failure_items(error)


def _validation_item(mistake: Mapping[str, Any]) -> ProblemItem:
    """Name field and mistake, and never send the input back."""
    field = _path(mistake["loc"])
    if mistake["type"] == "json_invalid":
        message = f"The body is not valid JSON: {mistake['ctx']['error']}, at character {field}."
        return ProblemItem(code="json_invalid", message=message)
    if not field:
        message = "The body must be a JSON object in UTF-8. Send it with Content-Type: application/json."
        return ProblemItem(code=mistake["type"], message=message)
    return ProblemItem(code=mistake["type"], message=f"{mistake['msg']}.", field=field)


def _path(location: Sequence[str | int]) -> str:
    """Join the steps to a field, without the part of the request that holds it and pydantic's names of types."""
    return ".".join(step for step in map(str, location[1:]) if not step.startswith(OF_TYPES))[:MAX_FIELD]


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, TooManyJobsError | OperationalError):
        return {"Retry-After": str(JOBS_RETRY_AFTER_S)}
    if isinstance(error, SignInNeededError | WrongPasswordError):
        return {"WWW-Authenticate": f'Bearer realm="Regulens", access="{error.access}"'}
    if isinstance(error, EngineUnavailableError | MotifsNotReadyError | TooManySignInsError):
        return {"Retry-After": str(error.retry_after_s)}
    return dict(getattr(error, "headers", None) or {})
