"""What pydantic refuses, in sentences that end with the remedy."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from backend.services.job_kinds.kind import UPLOAD_ID

Context = Mapping[str, Any]


def field_message(mistake: Mapping[str, Any], *, hint: str = "") -> str:
    """Turn one error of pydantic into what a person can do; `hint` is what the form says of the field."""
    kind, said = mistake["type"], mistake.get("ctx", {})
    if kind in _MESSAGES:
        return _MESSAGES[kind](said)
    if kind == "string_pattern_mismatch":
        what = (
            "This is not the id of an upload" if said["pattern"] == UPLOAD_ID else "This is not of the form asked for"
        )
        return f"{what}. {hint}".strip()
    return f"{mistake['msg']}. {hint}".strip()


def _number(value: Any) -> str:
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _always(text: str) -> Callable[[Context], str]:
    return lambda _: text


_WHOLE: Final = _always("This takes a whole number. Write one without letters and decimals, such as 12.")
_REAL: Final = _always("This takes a number. Write one with a point before the decimals, such as 0.05.")

_MESSAGES: Final[Mapping[str, Callable[[Context], str]]] = {
    "missing": _always("This is required. Give a value."),
    "extra_forbidden": _always("This kind of job has no such parameter. Leave it out, or look for a slip in its name."),
    "less_than_equal": lambda said: f"This is too large. Give {_number(said['le'])} or less.",
    "less_than": lambda said: f"This is too large. Give less than {_number(said['lt'])}.",
    "greater_than_equal": lambda said: f"This is too small. Give {_number(said['ge'])} or more.",
    "greater_than": lambda said: f"This is too small. Give more than {_number(said['gt'])}.",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _REAL,
    "float_parsing": _REAL,
    "finite_number": _REAL,
    "bool_type": _always("This is yes or no. Give true or false."),
    "bool_parsing": _always("This is yes or no. Give true or false."),
    "string_type": _always("This takes text. Put it in quotation marks."),
    "list_type": _always("This takes a list. Put the value in square brackets."),
    "literal_error": lambda said: f"There is no such choice. Choose {said['expected']}.",
    "string_too_long": lambda said: f"This is too long. Give at most {_count(said['max_length'], 'character')}.",
    "string_too_short": lambda said: f"This is too short. Give at least {_count(said['min_length'], 'character')}.",
    "too_long": lambda said: f"These are too many. Give at most {_number(said['max_length'])}.",
    "too_short": lambda said: f"These are too few. Give at least {_number(said['min_length'])}.",
}
