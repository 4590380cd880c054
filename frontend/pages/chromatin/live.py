"""The way of every edit to the API: a route of the page's server, quicker than a callback and asked by the browser."""

from fastapi import FastAPI
from fastapi.responses import Response

from backend.schemas.chromatin_analyses import GeneExplanationRequest
from frontend.client import BackendClient
from frontend.live_routes import passed_on

PATH = "/live-genes"


def register(server: FastAPI, client: BackendClient) -> None:
    """Forward one edited gene at a time; assets/chromatin_edits.js asks."""

    @server.post(PATH, include_in_schema=False)
    async def explain_gene(body: GeneExplanationRequest) -> Response:
        return await passed_on(client.explain_gene(body), path=PATH)
