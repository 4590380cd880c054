"""The application: wires routers, errors, middleware and services. `python -m backend.main` prints its OpenAPI."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from backend.api import (
    catalog,
    chromatin_analyses,
    chromatin_catalog,
    chromatin_matrices,
    comparisons,
    constructs,
    health,
    histone_files,
    jobs,
    motifs,
    sequence_analyses,
    trust_reports,
    uploads,
)
from backend.config import Settings
from backend.errors import PROBLEM_JSON, install_error_handlers
from backend.request_log import BodyLimitMiddleware, RequestLogMiddleware, configure_logging
from backend.schemas.problem import Problem
from backend.services.context import service_context
from backend.services.job_kinds import load_kinds
from backend.services.motif_library import preparing
from backend.services.versions import versions

API_PREFIX: Final = "/api/v1"
DESCRIPTION: Final = (
    "Predictions of deep models of gene regulation, with the reasons for them. "
    "Every failure is an `application/problem+json` document; its `request_id` is in the log."
)
FAILURE: Final = "default"
NOUNS: Final = (
    catalog,
    sequence_analyses,
    motifs,
    comparisons,
    constructs,
    trust_reports,
    uploads,
    histone_files,
    chromatin_matrices,
    chromatin_catalog,
    chromatin_analyses,
    jobs,
    health,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; weights are loaded when it starts."""
    settings = settings or Settings()
    app: FastAPI = FastAPIOffline(
        title="Regulens",
        version=versions()["regulens"],
        description=DESCRIPTION,
        lifespan=_lifespan,
        middleware=[
            Middleware(RequestLogMiddleware),
            Middleware(
                BodyLimitMiddleware,
                max_bytes=settings.max_request_bytes,
                upload_path=f"{API_PREFIX}{uploads.PATH}/",
                max_upload_bytes=settings.max_upload_bytes,
            ),
        ],
        redirect_slashes=False,
        redoc_url=None,  # ReDoc's bundle draws a logo from its maker's server
        swagger_ui_parameters={"validatorUrl": None},  # else a badge from swagger.io
    )
    app.state.settings = settings
    api = APIRouter(prefix=API_PREFIX, responses={FAILURE: {"model": Problem, "description": "Any failure"}})
    for noun in NOUNS:
        api.include_router(noun.router)
    app.include_router(api)
    install_error_handlers(app)
    _declare_problems(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the weights, keep the engine running, and end it."""
    settings: Settings = app.state.settings
    configure_logging(settings)
    load_kinds(settings)
    with service_context(settings) as context:
        app.state.context = context
        async with preparing(context.motifs):
            yield


def _declare_problems(app: FastAPI) -> None:
    """Give failures their media type in the OpenAPI document, where FastAPI knows only one for all answers."""
    schema = app.openapi()
    for path in schema["paths"].values():
        for operation in path.values():
            failure: dict[str, Any] = operation["responses"][FAILURE]
            failure["content"] = {PROBLEM_JSON: failure["content"].pop("application/json")}


if __name__ == "__main__":
    json.dump(create_app(Settings()).openapi(), sys.stdout, indent=1)
    sys.stdout.write("\n")
