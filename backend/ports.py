"""Ports of this machine: which are free, and what answers on them."""

import http.client
import socket


def free_port(preferred: int, *, host: str = "127.0.0.1", avoid: frozenset[int] = frozenset()) -> int:
    """Return the preferred port, or one that the system names when it is 0, taken or to be avoided."""
    if preferred and preferred not in avoid and _can_listen(host, preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _can_listen(host: str, port: int) -> bool:
    """Try the port as a server would."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still closing is not taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError:
            return False
        return True


def answers_http(host: str, port: int, path: str) -> bool:
    """Tell whether a GET of the path succeeds, past any proxy that the environment names."""
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
