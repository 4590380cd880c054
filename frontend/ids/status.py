"""Names of the components of the page about the service itself."""

from enum import StrEnum


class Status(StrEnum):
    """The page "Status": what works, what does not, and what one may ask for."""

    BACKEND_DOWN = "status-backend-down"
    RETRY = "status-retry"
    POLL = "status-poll"
    VERDICT = "status-verdict"
    PARTS = "status-parts"
    UNAVAILABLE = "status-unavailable"
    LIMITS = "status-limits"
    VERSIONS = "status-versions"
