"""What every server of Regulens refuses by itself, and the one way to write a refusal."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from backend.schemas.problem import Problem, ProblemItem

PROBLEM_JSON: Final = "application/problem+json"
MAX_ITEMS: Final = 20
MAX_INSTANCE: Final = 80


class Kind(NamedTuple):
    """A kind of problem: its status code, the last part of its type, its title."""

    status: int
    slug: str
    title: str


class GuardError(HTTPException):
    """Something refused before the application has seen it; an HTTPException, as FastAPI hides all others in bodies."""

    kind: Kind

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(self.kind.status, detail, headers)

    def __str__(self) -> str:
        return self.detail


class CrossSiteError(GuardError):
    """A page of another site tries to change something in the name of the person who looks at it."""

    kind = Kind(403, "cross-site", "Another site may not do this")

    def __init__(self) -> None:
        super().__init__(
            "A page of another address has sent this request. Use the pages of Regulens itself; a script sends "
            "neither Origin nor Sec-Fetch-Site."
        )


class UnknownHostError(GuardError):
    """The server is asked under a name that is not its own."""

    kind = Kind(400, "unknown-host", "Regulens does not have this name")

    def __init__(self) -> None:
        super().__init__(
            "The Host header names a machine that Regulens does not answer for. Use the address that it printed at its "
            "start, or list the name in REGULENS_ALLOWED_HOSTS."
        )


class EncodedBodyError(GuardError):
    """A body that would have to be unpacked before it can be counted."""

    kind = Kind(415, "encoded-body", "Compressed requests are not read")

    def __init__(self) -> None:
        super().__init__("Send the body without Content-Encoding. A file may be gzip-compressed in itself.")


class BodyTypeError(GuardError):
    """A body that a page of another site could send without being asked."""

    kind = Kind(415, "unsupported-media-type", "The body is not JSON")

    def __init__(self) -> None:
        super().__init__("Send a JSON object in UTF-8 with Content-Type: application/json.")


class RequestTooLargeError(GuardError):
    """A body above the limit."""

    kind = Kind(413, "request-too-large", "The request is too large")

    def __init__(self, limit: int, *, remedy: str) -> None:
        super().__init__(f"One request may hold {limit:,} bytes. {remedy}")
        self.limit = limit


class TooManyRequestsError(GuardError):
    """Somebody asks faster than the settings allow."""

    kind = Kind(429, "too-many-requests", "Too many requests")

    def __init__(self, allowed: str, *, retry_after_s: int) -> None:
        super().__init__(
            f"One user may send {allowed}. Wait {retry_after_s} s, or put more into one request.",
            headers={"Retry-After": str(retry_after_s)},
        )


class OverloadedError(GuardError):
    """All users together ask for more than this machine can work on."""

    kind = Kind(503, "busy", "The networks are busy")

    def __init__(self, at_once: int, *, retry_after_s: int) -> None:
        super().__init__(
            f"{at_once} requests are being worked on, as many as may be at a time. Try again in {retry_after_s} s.",
            headers={"Retry-After": str(retry_after_s)},
        )


GUARD_ERRORS: Final = (
    CrossSiteError, UnknownHostError, EncodedBodyError, BodyTypeError, RequestTooLargeError, TooManyRequestsError,
    OverloadedError,
)  # fmt: skip


def write_problem(
    scope: Mapping[str, Any],
    kind: Kind,
    *,
    detail: str,
    instance: str | None = None,
    items: Iterable[ProblemItem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem document; an address that does not exist is not sent back."""
    if instance is None:
        instance = quote(scope["path"])[:MAX_INSTANCE] if "endpoint" in scope else ""
    problem = Problem(
        type=f"/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=instance,
        request_id=scope.get("state", {}).get("request_id", "none"),
        errors=list(items)[:MAX_ITEMS],
    )
    return Response(
        problem.model_dump_json(), status_code=kind.status, media_type=PROBLEM_JSON, headers=dict(headers or {})
    )


def refusal(scope: Mapping[str, Any], error: GuardError) -> Response:
    """Write what a guard refuses."""
    return write_problem(scope, error.kind, detail=str(error), headers=error.headers)
