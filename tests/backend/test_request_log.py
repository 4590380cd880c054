"""The log: one line per request, as text or as JSON."""

import json

import pytest
import structlog

from backend.config import Settings
from backend.request_log import configure_logging


def write_a_line(settings, capsys):
    configure_logging(settings)
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger().info("request", status=200)
        try:
            raise ValueError("odd")
        except ValueError as error:
            structlog.get_logger().error("request_failed", exc_info=error)
    return capsys.readouterr().out


def test_json_lines_carry_the_request_id_and_the_traceback(capsys):
    request, failed = map(json.loads, write_a_line(Settings(log_format="json"), capsys).splitlines())
    assert (request["event"], request["status"], request["request_id"], request["level"]) == (
        "request", 200, "abc", "info",
    )  # fmt: skip
    assert failed["exception"][0]["exc_value"] == "odd"
    assert "locals" not in failed["exception"][0]["frames"][0]


def test_text_lines_carry_the_request_id_and_the_traceback(capsys):
    text = write_a_line(Settings(log_format="text"), capsys)
    assert "request_id=abc" in text
    assert "ValueError: odd" in text


@pytest.mark.parametrize(("level", "written"), [("info", 2), ("error", 1)])
def test_less_important_lines_are_left_out(capsys, level, written):
    assert len(write_a_line(Settings(log_format="json", log_level=level), capsys).splitlines()) == written
