"""What no log may hold, taken out of every line: sequences, tokens, cookies, passwords, what a validator was given."""

import logging
import re
import traceback
from collections.abc import MutableMapping
from typing import Any, Final

HIDDEN: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"input_value=.*?, input_type", flags=re.DOTALL), "input_value=<hidden>, input_type"),  # pydantic's
    (re.compile(r">[^>\n\\]{0,500}(?:\n|\\n)[ACGTUNacgtun]{20,}"), "<sequence>"),  # with the name of its record
    (re.compile(r"[ACGTUNacgtun]{20,}"), "<sequence>"),
    (re.compile(r"\brgl_[A-Za-z0-9]+_[A-Za-z0-9_-]+"), "<token>"),
    (re.compile(r"(?i)\b(bearer|basic) [A-Za-z0-9._~+/=-]+"), r"\1 <hidden>"),
    (
        re.compile(r"(?i)\b(regulens-[a-z]+|set-cookie|cookie|password|secret)(['\"]?\s*[=:]\s*)[^\s,;}]+"),
        r"\1\2<hidden>",
    ),
    (re.compile(r"://[^/\s:@]*:[^/\s@]+@"), "://<hidden>@"),
)


def hide(text: str) -> str:
    """Take out of a text what no log may hold."""
    for pattern, instead in HIDDEN:
        text = pattern.sub(instead, text)
    return text


def hide_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Clean an event of structlog, at any depth."""
    return {name: _hidden(value) for name, value in event.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    if isinstance(value, dict):
        return {name: _hidden(item) for name, item in value.items()}
    return value


def hide_in_standard_logs() -> None:
    """Clean what libraries write through `logging`, tracebacks included, wherever it goes."""
    if getattr(logging.getLogRecordFactory(), "hides", False):
        return
    make = logging.getLogRecordFactory()

    def make_clean(*arguments: Any, **options: Any) -> logging.LogRecord:
        record = make(*arguments, **options)
        if isinstance(record.args, tuple):  # kept where that is enough: uvicorn's access log lays them out itself
            record.args = tuple(map(_hidden, record.args))
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # a line of a library whose words and values do not fit: no reason to end
            message = str(record.msg)
            record.msg, record.args = message, ()
        if (clean := hide(message)) != message:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = hide("".join(traceback.format_exception(*record.exc_info)).rstrip())
        return record

    make_clean.hides = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_clean)
