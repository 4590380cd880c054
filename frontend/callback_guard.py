"""Calls of Dash's callbacks: those that the page's own script would not send are refused before Dash sees them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash._utils import split_callback_id
from pydantic import BaseModel, TypeAdapter
from pydantic_core import from_json
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.web.problems import Kind, write_problem

PATH = "/_dash-update-component"
UNREADABLE = Kind(400, "unreadable-callback", "The page's question cannot be read")
DETAIL = "The page's server does not know this question. Load the page again; what it sends then fits the server."
MANY = (["ALL"], ["ALLSMALLER"])


class Place(BaseModel):
    """A property of a component, with its value."""

    id: str | dict[str, str | int | float | bool]
    property: str
    value: Any = None


class Call(BaseModel):
    """What the page's script sends when something has changed."""

    output: str
    outputs: Place | list[Place | list[Place]] | None = None
    inputs: list[Place | list[Place]]
    state: list[Place | list[Place]] = []
    changedPropIds: list[str] = []  # noqa: N815 - as Dash spells it


CALL: TypeAdapter[Call] = TypeAdapter(Call)


class CallbackGuard:
    """Let through what names a callback and brings what that callback takes."""

    def __init__(self, app: ASGIApp, *, callbacks: Mapping[str, Mapping[str, Any]]) -> None:
        self._app = app
        self._callbacks = callbacks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the call, judge it, and hand it on as it came."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        if not is_sound(body, self._callbacks):
            await write_problem(scope, UNREADABLE, detail=DETAIL)(scope, receive, send)
            return
        unread = [body]

        async def again() -> Message:
            return {"type": "http.request", "body": unread.pop()} if unread else await receive()

        await self._app(scope, again, send)


def is_sound(body: bytes, callbacks: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether the page's script could have sent this."""
    try:
        json.loads(body)  # as Dash reads it: it knows no integers of thousands of digits
        call = CALL.validate_python(from_json(body, allow_inf_nan=False))  # and no lone surrogates
    except (ValueError, RecursionError):
        return False
    callback = callbacks.get(call.output)
    return callback is not None and "callback" in callback and _fits(call, callback)


def _fits(call: Call, callback: Mapping[str, Any]) -> bool:
    """Compare a call with what its callback declares."""
    fitting = _same(call.inputs, callback["inputs"]) and _same(call.state, callback["state"])
    return fitting and (callback.get("no_output") or _same(*_outputs(call)))


def _outputs(call: Call) -> tuple[Sequence[Place | list[Place]], Sequence[Mapping[str, Any]]]:
    """Return the outputs that a call names and those that its callback has, each as a list."""
    declared = split_callback_id(call.output)
    if isinstance(declared, list):
        return call.outputs if isinstance(call.outputs, list) else [], declared
    if _is_many(declared):
        given = [place for place in call.outputs if isinstance(place, Place)] if isinstance(call.outputs, list) else []
        return [given], [declared]
    return [call.outputs] if isinstance(call.outputs, Place) else [], [declared]


def _same(given: Sequence[Place | list[Place]], declared: Sequence[Mapping[str, Any]]) -> bool:
    return len(given) == len(declared) and all(
        isinstance(place, list) == _is_many(wanted)
        and all(_is_at(one, wanted) for one in (place if isinstance(place, list) else [place]))
        for place, wanted in zip(given, declared, strict=True)
    )


def _is_at(place: Place, declared: Mapping[str, Any]) -> bool:
    """Compare component and property; where any component of a kind is declared, the kind."""
    pattern = _pattern(declared)
    # "@...": one of several callbacks that set it; the page's script sends it along
    if place.property.partition("@")[0] != declared["property"].partition("@")[0]:
        return False
    if pattern is None or not isinstance(place.id, dict):
        return place.id == declared["id"]
    kept = {name: wanted if isinstance(wanted, list) else place.id.get(name) for name, wanted in pattern.items()}
    return place.id.keys() == pattern.keys() and kept == pattern


def _is_many(declared: Mapping[str, Any]) -> bool:
    """Tell whether a declared place stands for any number of components."""
    return any(value in MANY for value in (_pattern(declared) or {}).values())


def _pattern(declared: Mapping[str, Any]) -> dict[str, Any] | None:
    identity: str = declared["id"]
    return json.loads(identity) if identity.startswith("{") else None
