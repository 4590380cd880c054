"""The way of every edit to the API: a route of the page's server, quicker than a callback and asked by the browser."""

from fastapi import FastAPI
from fastapi.responses import Response

from backend.schemas.constructs import ConstructRequest
from frontend.client import BackendClient
from frontend.live_routes import passed_on

PATH = "/live-constructs"


def register(server: FastAPI, client: BackendClient) -> None:
    """Forward one construct at a time; assets/construct.js asks."""

    @server.post(PATH, include_in_schema=False)
    async def create_construct(body: ConstructRequest) -> Response:
        return await passed_on(client.construct(body), path=PATH)
