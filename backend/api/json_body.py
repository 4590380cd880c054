"""Bodies of requests as JSON that means one thing only: UTF-8, no name twice, no NaN, no half of a character."""

import json
import re
from collections.abc import Callable, Coroutine
from json import JSONDecodeError
from math import isinf
from typing import Any, Final, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from backend.errors import UnreadableBodyError

LONGEST_NUMBER: Final = 1_000  # digits; Python's own limit may be set higher

_STRING_OR_NUMBER: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|-?[\w.+]++(?:-\d++)?')
_ESCAPE: Final = re.compile(  # a whole pair of surrogates, another escape, or a surrogate that stands alone
    r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\[^u]|(?P<lone>\\u[dD][89a-fA-F])"
)


class JsonRoute(APIRoute):
    """A route whose body is read by `read_json`; every router of this package is made of these."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hand the request on with another way to read its JSON."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return strict


class _StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = read_json(await self.body())
        return self._json


def read_json(body: bytes) -> Any:
    """Parse a body.

    Raises `JSONDecodeError` for what is no JSON, NaN, numbers that are too large and lone surrogates, all with their
    place, and `UnreadableBodyError` for other encodings than UTF-8, repeated names, and what is nested or long beyond
    all use.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableBodyError("not_utf8", f"Byte {error.start} of the body is not UTF-8.") from None

    def refuse(literal: str) -> NoReturn:
        raise JSONDecodeError(f"{literal[:20]} is not a number that JSON can carry", text, _place(text, literal))

    def finite(literal: str) -> float:
        number = float(literal)
        return refuse(literal) if isinf(number) else number

    try:
        parsed = json.loads(
            text, parse_constant=refuse, parse_float=finite, parse_int=_whole, object_pairs_hook=_unique
        )
    except RecursionError:
        raise UnreadableBodyError("too_deep", "The body is nested too deep.") from None
    if (lone := _lone_surrogate(text)) is not None:
        raise JSONDecodeError("half of a surrogate pair, which UTF-8 cannot write", text, lone)
    return parsed


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise UnreadableBodyError("long_number", f"A number of the body has more than {LONGEST_NUMBER:,} digits.")
    return int(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableBodyError("repeated_name", "An object of the body has one name twice. Name each field once.")
    return found


def _lone_surrogate(text: str) -> int | None:
    """Return where an escape stands for half of a character, which could be written neither to a file nor back."""
    return next((match.start() for match in _ESCAPE.finditer(text) if match["lone"]), None)


def _place(text: str, literal: str) -> int:
    return next((match.start() for match in _STRING_OR_NUMBER.finditer(text) if match.group() == literal), 0)
