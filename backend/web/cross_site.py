"""Requests that another site's page makes a browser send: refused by what browsers say of themselves, without tokens.

The rule of datasette and of Go 1.25: Sec-Fetch-Site where the browser sends it, else Origin against Host; a request
with neither comes from no browser.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.web.problems import BodyTypeError, CrossSiteError, GuardError, refusal

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN: Final = frozenset({"same-origin", "none"})  # none: typed into the address bar
FORM: Final = "application/x-www-form-urlencoded"


class CrossSiteGuard:
    """Refuse what another site sends, and bodies that it could send without asking the browser's leave.

    Below `raw_paths` any type of body may be PUT; at `form_paths` a form may be sent.
    """

    def __init__(self, app: ASGIApp, *, raw_paths: tuple[str, ...] = (), form_paths: tuple[str, ...] = ()) -> None:
        self._app = app
        self._raw_paths = raw_paths
        self._form_paths = form_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the headers of one request."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and (error := self._fault(scope)):
            await refusal(scope, error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _fault(self, scope: Scope) -> GuardError | None:
        headers = Headers(scope=scope)
        if is_cross_site(headers):
            return CrossSiteError()
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        return BodyTypeError() if has_body and not self._may_have(scope, headers) else None

    def _may_have(self, scope: Scope, headers: Headers) -> bool:
        """Tell whether a body of this type may come to this address."""
        path: str = scope["path"]
        if scope["method"] == "PUT" and path.startswith(self._raw_paths):
            return True
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or (kind == FORM and path in self._form_paths)


def is_cross_site(headers: Headers) -> bool:
    """Tell whether a browser sends this for a page of another origin."""
    if site := headers.get("sec-fetch-site"):
        return site not in OWN
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")
