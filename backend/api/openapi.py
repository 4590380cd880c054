"""What the OpenAPI document says beyond what FastAPI finds by itself."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from backend.api.dependencies import PUBLIC
from backend.schemas.access import PROXY_USER_HEADER, SESSION_COOKIE
from backend.schemas.problem import Problem
from backend.web.problems import PROBLEM_JSON

FAILURE: Final = "default"
FAILURES: Final[dict[int | str, dict[str, Any]]] = {FAILURE: {"model": Problem, "description": "Any failure"}}
# Written down here, as FastAPI would look for each of them in every request, after `AuthenticationMiddleware`.
CREDENTIALS: Final[Mapping[str, Mapping[str, str]]] = {
    "token": {"type": "http", "description": "A token for scripts, `rgl_...`.", "scheme": "bearer"},
    "session": {
        "type": "apiKey",
        "description": "The signed cookie of a browser.",
        "in": "cookie",
        "name": SESSION_COOKIE,
    },
    "proxy": {
        "type": "apiKey",
        "description": "The user whom a reverse proxy has signed in, beside the secret of that proxy.",
        "in": "header",
        "name": PROXY_USER_HEADER,
    },
}


def declare_problems(document: Mapping[str, Any]) -> None:
    """Give failures their media type, where FastAPI knows only one for all answers."""
    for path in document["paths"].values():
        for operation in path.values():
            failure: dict[str, Any] = operation["responses"][FAILURE]
            failure["content"] = {PROBLEM_JSON: failure["content"].pop("application/json")}


def declare_credentials(document: Mapping[str, Any], routers: Iterable[APIRouter], *, prefix: str) -> None:
    """Say of every route but the public ones that it needs one of the credentials."""
    document["components"]["securitySchemes"] = {name: dict(scheme) for name, scheme in CREDENTIALS.items()}
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and PUBLIC not in route.dependencies:
                for method in route.methods or ():
                    operation = document["paths"][prefix + route.path_format][method.lower()]
                    operation["security"] = [{name: []} for name in CREDENTIALS]
