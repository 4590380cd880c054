"""Nothing that a user writes is fetched: every text of every request is an address that somebody listens at."""

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

pytestmark = pytest.mark.anyio

PREFIX = "/api/v1"
METHODS = {"get", "post", "put", "patch", "delete"}
DEPTH = 8  # of schemas within schemas


class Canary:
    """Counts who comes to a port of this machine."""

    def __init__(self) -> None:
        self.hits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/x"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.hits += 1
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


class Bodies:
    """Values that fit a schema, every free text of them the address."""

    def __init__(self, document: Mapping[str, Any], address: str, *, strict: bool) -> None:
        self._schemas, self._address, self._strict = document["components"]["schemas"], address, strict

    def value(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        if "$ref" in schema:
            return self.value(self._schemas[schema["$ref"].rsplit("/", 1)[-1]], depth)
        if self._strict and ("const" in schema or "enum" in schema):
            return schema.get("const", schema.get("enum", [None])[0])
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self.value(schema[choice][0], depth + 1)
        return self._by_type(schema, depth)

    def _by_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            return self._object(schema, depth)
        if kind == "array":
            items = schema.get("items", (schema.get("prefixItems") or [{}])[0])
            n = max(1, schema.get("minItems", 1))
            return [self.value(items, depth + 1) for _ in range(n)] if depth < DEPTH else []
        if kind in {"integer", "number"}:
            return schema.get("default", schema.get("minimum", 1))
        return False if kind == "boolean" else self._address

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        if depth >= DEPTH:
            return {}
        found = {name: self.value(one, depth + 1) for name, one in schema.get("properties", {}).items()}
        if isinstance(more := schema.get("additionalProperties"), dict) or (more is not False and not found):
            found[self._address] = self.value(more if isinstance(more, dict) else {}, depth + 1)
        return found


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method in METHODS & methods.keys():
            yield method, path, methods[method]


def body_schema(operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every text."""
    if isinstance(value, str):
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from leaves(one, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], text: str) -> Any:
    if not path:
        return text
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], text)
    return copy


@pytest.mark.parametrize("scheme", ["http", "https", "file"])
async def test_every_text_of_every_route_is_an_address_and_nobody_comes(
    scheme: str, app: FastAPI, client: httpx.AsyncClient, canary: Canary
) -> None:
    document, n_bodies = app.openapi(), 0
    address = canary.url.replace("http", scheme, 1)
    for method, path, operation in operations(document):
        parameters = operation.get("parameters", [])
        by_place: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
        for one in parameters:
            by_place.get(one["in"], {})[one["name"]] = address
        place = path.removeprefix(PREFIX)
        for name in by_place["path"]:
            place = place.replace(f"{{{name}}}", httpx.QueryParams({"": address}).__str__()[1:])
        schema = body_schema(operation)
        bodies = [None] if schema is None else [
            Bodies(document, address, strict=strict).value(schema) for strict in (True, False)
        ]  # fmt: skip
        for body in bodies:
            response = await client.request(
                method, place, params=by_place["query"], headers=by_place["header"], json=body
            )
            assert response.status_code < 500 or response.json()["type"] in {
                "/problems/motifs-not-ready", "/problems/ledger-away",
            }, (method, path, response.text)  # fmt: skip
            n_bodies += body is not None
    assert n_bodies >= 20
    assert canary.hits == 0


async def test_where_a_request_is_good_but_for_one_text_nobody_comes_either(
    client: httpx.AsyncClient, canary: Canary, put_upload: Callable[..., Awaitable[str]]
) -> None:
    """A request that fails early would reach no code that could open anything."""
    genes = (await client.post("/chromatin-examples/" + await _example(client))).json()["id"]
    bed = await put_upload(b"chr21\t10000\t20000\tgene\t0\t+\n", "starts.bed")
    window, address = "ACGT" * 25 + "A", canary.url
    attributions = [{"checkpoint": "ctcf_weri-demo_cnn", "method": "saliency"}]
    good = {
        "/sequence-analyses": {"sequences": window, "factors": ["ctcf_weri"], "explanations": [{"name": "saliency"}]},
        "/chromatin-analyses": {"file": {"upload": genes, "layout": "deepchrome"}, "checkpoints": ["e003-deepchrome"]},
        "/histone-checks": {"upload": genes},
        "/chromatin-checkpoints": {"upload": genes, "cell_type": "E003"},
        "/trust-reports": {"sequence": window, "attributions": attributions},
        "/chromatin-matrices": {
            "signals": {"H3K4me3": genes}, "starts": bed, "assembly": "hg19", "unit": "fold_change",
        },
        "/jobs": {"kind": "sequence_scoring", "parameters": {
            "source": "bed", "intervals": bed, "genome": bed, "sequences": bed, "checkpoints": ["ctcf_weri-demo_cnn"],
        }},
    }  # fmt: skip
    for place, body in good.items():
        for path in leaves(body):
            response = await client.post(place, json=replaced(body, path, address))
            assert response.status_code < 500, (place, path, response.text)
    assert canary.hits == 0


@pytest.mark.parametrize("field", ["bigwig", "starts", "histone", "weights", "sequences"])
async def test_a_file_that_holds_addresses_is_text(
    field: str, client: httpx.AsyncClient, canary: Canary, put_upload: Callable[..., Awaitable[str]]
) -> None:
    url = canary.url.encode()
    upload = await put_upload(b"track bigDataUrl=" + url + b"\n" + url + b"\t1\t2\t" + url + b"\t0\t+\n", "hub.txt")
    ask = {
        "bigwig": ("/chromatin-matrices", {"signals": {"H3K4me3": upload}, "assembly": "hg19", "unit": "fold_change"}),
        "starts": ("/chromatin-matrices", {"signals": {}, "starts": upload, "assembly": "hg19", "unit": "unknown"}),
        "histone": ("/histone-checks", {"upload": upload}),
        "weights": ("/chromatin-checkpoints", {"upload": upload, "cell_type": "E003"}),
        "sequences": ("/sequence-analyses", {"sequences": f">{canary.url}\n{canary.url}", "factors": ["ctcf_weri"]}),
    }  # fmt: skip
    place, body = ask[field]
    assert (await client.post(place, json=body)).status_code in {200, 422}
    assert canary.hits == 0


async def test_the_canary_hears_who_comes(canary: Canary) -> None:
    with socket.create_connection(("127.0.0.1", int(canary.url.rsplit(":", 1)[1].split("/")[0]))) as connection:
        connection.recv(1)
    assert canary.hits == 1


async def _example(client: httpx.AsyncClient) -> str:
    return (await client.get("/chromatin-catalog")).json()["examples"][0]["name"]
