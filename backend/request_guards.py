"""What stands around every request to the API, from the outside in."""

from typing import Final

from starlette.middleware import Middleware

from backend.api.authentication import AuthenticationMiddleware
from backend.config import Settings
from backend.docs_page import DOCS_PATH, DOCS_POLICY, STATIC_PATH
from backend.request_log import RequestLogMiddleware
from backend.web.body_limit import BodyLimit
from backend.web.cross_site import CrossSiteGuard
from backend.web.hosts import HostGuard, answered_names
from backend.web.overload import OverloadGuard
from backend.web.rate_limit import Identify, RateLimit
from backend.web.security_headers import SecurityHeaders

COSTLY: Final = (  # what runs networks while somebody waits
    "sequence-analyses",
    "comparisons",
    "constructs",
    "marginal-effects",
    "trust-reports",
    "motif-reports",
    "chromatin-analyses",
    "gene-explanations",
    "attention-averages",
)
NOT_COUNTED: Final = ("/api/v1/health/live",)  # the rest of what is public asks the database


def request_guards(settings: Settings, *, prefix: str, identify: Identify) -> list[Middleware]:
    """Set up the guards; the first is the outermost, so that its headers are on every refusal."""
    uploads = f"{prefix}/uploads/"
    costly_paths = [f"{prefix}/{noun}" for noun in COSTLY]
    return [
        Middleware(SecurityHeaders, policies={DOCS_PATH: DOCS_POLICY}, public_paths=(STATIC_PATH,)),
        Middleware(RequestLogMiddleware),
        Middleware(HostGuard, allowed=answered_names(settings.allowed_hosts, access=settings.access)),
        Middleware(CrossSiteGuard, raw_paths=(uploads,)),
        Middleware(AuthenticationMiddleware),
        Middleware(
            RateLimit,
            requests_per_minute=settings.requests_per_minute,
            predictions_per_second=settings.predictions_per_second,
            costly_paths=costly_paths,
            free_paths=NOT_COUNTED,
            identify=identify,
        ),
        Middleware(
            BodyLimit,
            max_bytes=settings.max_request_bytes,
            upload_path=uploads,
            max_upload_bytes=settings.max_upload_bytes,
        ),
        Middleware(OverloadGuard, at_once=settings.predictions_at_once, costly_paths=costly_paths),
    ]
