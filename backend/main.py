"""The application: wires routers, errors, middleware and services. `python -m backend.main` prints its OpenAPI."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware

from backend.access.gate import open_gate
from backend.api import (
    access,
    catalog,
    chromatin_analyses,
    chromatin_catalog,
    chromatin_matrices,
    comparisons,
    constructs,
    health,
    histone_files,
    jobs,
    metrics,
    motifs,
    sequence_analyses,
    trust_reports,
    uploads,
)
from backend.api.authentication import user_of
from backend.api.dependencies import refuse_undeclared
from backend.api.openapi import FAILURES, declare_credentials, declare_problems
from backend.config import Settings, read_settings
from backend.docs_page import register_docs
from backend.errors import install_error_handlers
from backend.request_guards import request_guards
from backend.request_log import configure_logging
from backend.services.context import service_context
from backend.services.job_kinds import load_kinds
from backend.services.lasting_objects import lasting_objects
from backend.services.metrics import RequestMetrics
from backend.services.motif_library import preparing
from backend.services.versions import versions

API_PREFIX: Final = "/api/v1"
DESCRIPTION: Final = (
    "Predictions of deep models of gene regulation, with the reasons for them. "
    "Every failure is an `application/problem+json` document; its `request_id` is in the log."
)
NOUNS: Final = (
    access,
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
    settings = settings or read_settings()
    requests = RequestMetrics()
    app = FastAPI(
        title="Regulens",
        version=versions()["regulens"],
        description=DESCRIPTION,
        lifespan=_lifespan,
        middleware=[
            Middleware(metrics.CountRequestsMiddleware, requests=requests),
            *request_guards(settings, prefix=API_PREFIX, identify=user_of),
        ],
        redirect_slashes=False,
        docs_url=None,  # FastAPI's own pages load their scripts from elsewhere
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.requests = requests
    for noun in NOUNS:  # without a router around all: FastAPI searches each level of routers twice for every request
        app.include_router(
            noun.router, prefix=API_PREFIX, responses=FAILURES, dependencies=[Depends(refuse_undeclared)]
        )
    app.include_router(metrics.router, dependencies=[Depends(refuse_undeclared)])
    register_docs(app)
    install_error_handlers(app)
    declare_problems(app.openapi())
    declare_credentials(app.openapi(), (noun.router for noun in NOUNS), prefix=API_PREFIX)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the weights, keep the engine running, and end it."""
    settings: Settings = app.state.settings
    configure_logging(settings)
    load_kinds(settings)
    with service_context(settings) as context, lasting_objects():
        app.state.context = context
        app.state.gate = open_gate(settings, context.ledger)
        async with preparing(context.motifs):
            yield


if __name__ == "__main__":
    json.dump(create_app(Settings()).openapi(), sys.stdout, indent=1)
    sys.stdout.write("\n")
