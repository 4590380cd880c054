"""Numbers and switches of requests: taken as they are written, never guessed from a word or from each other."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticKnownError


def _refuse_as_number(value: object) -> object:
    if isinstance(value, bool | str):  # "1" and true would count as 1
        raise PydanticKnownError("float_type")
    return value


def _refuse_as_whole(value: object) -> object:
    if isinstance(value, bool | str):
        raise PydanticKnownError("int_type")
    return value


IsNumber = BeforeValidator(_refuse_as_number)
IsWhole = BeforeValidator(_refuse_as_whole)  # 5.0 is whole, too, as in JSON schemas
Number = Annotated[float, IsNumber]
NumberIfAny = Annotated[float | None, IsNumber]
Whole = Annotated[int, IsWhole]
WholeIfAny = Annotated[int | None, IsWhole]
Flag = Annotated[bool, Field(strict=True)]
