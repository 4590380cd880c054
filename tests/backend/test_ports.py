"""Free ports and local answers."""

import socket

from backend.ports import answers_http, free_port


def _listening() -> socket.socket:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken


def test_a_free_port_is_kept_and_a_taken_one_is_not():
    with _listening() as taken:
        port = taken.getsockname()[1]
        other = free_port(port)
        assert other not in {0, port}
        assert free_port(other) == other
    assert free_port(port) == port


def test_zero_and_ports_to_avoid_give_any_free_port():
    first = free_port(0)
    assert first > 0
    assert free_port(first, avoid=frozenset({first})) != first


def test_no_answer_is_no_exception():
    with _listening() as taken:
        port = taken.getsockname()[1]
        assert answers_http("127.0.0.1", port, "/") is False  # accepts, says nothing
    assert answers_http("127.0.0.1", port, "/") is False  # refuses
