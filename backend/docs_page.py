"""The page that tries out the API: Swagger UI from this machine, its one inline script known by its hash."""

import re
from pathlib import Path
from typing import Final

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from backend.web.security_headers import page_policy, script_hash

DOCS_PATH: Final = "/docs"
STATIC_PATH: Final = "/static-offline-docs"
STATIC: Final = Path(fastapi_offline.__file__).parent / "static"
HTML: Final = bytes(
    get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Regulens - Swagger UI",
        swagger_js_url=f"{STATIC_PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{STATIC_PATH}/swagger-ui.css",
        swagger_favicon_url=f"{STATIC_PATH}/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},  # else a badge from swagger.io
    ).body
).decode()
DOCS_POLICY: Final = page_policy(
    script_hash(script) for script in re.findall(r"<script>(.*?)</script>", HTML, re.DOTALL)
)


def register_docs(app: FastAPI) -> None:
    """Serve the page and what it loads."""
    app.mount(STATIC_PATH, StaticFiles(directory=STATIC), name="docs-assets")

    @app.get(DOCS_PATH, include_in_schema=False)
    async def read_docs() -> HTMLResponse:
        return HTMLResponse(HTML)
