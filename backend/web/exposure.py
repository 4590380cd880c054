"""Whether others than this machine could reach a Regulens that does not ask who they are; read by API and page."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

SHORTEST_SECRET: Final = 32
DEBUGGERS: Final = ("DEBUG", "DASH_DEBUG", "FLASK_DEBUG")
ON: Final = frozenset({"1", "true", "yes", "on"})


def debugger_mistake(environment: Mapping[str, str]) -> str | None:
    """Say which variable asks for a debugger, or None: it would show what others have, and run what strangers send."""
    for name in DEBUGGERS:
        if environment.get(name, "").lower() in ON:
            return f"{name} asks for a debugger, which a server that others may reach must not have. Unset {name}."
    return None


def proxy_mistake(access: str, secret: str) -> str | None:
    """Say what is missing where a proxy says who asks, or None where all is well."""
    if access != "proxy" or len(secret) >= SHORTEST_SECRET:
        return None
    return (
        f"REGULENS_ACCESS is proxy, which needs REGULENS_PROXY_SECRET: {SHORTEST_SECRET} characters or more that only "
        "the reverse proxy and Regulens know. Draw it with `openssl rand -hex 32`."
    )


def exposure_mistake(access: str, host: str, published_at: str | None) -> str | None:
    """Say what is to be set before anybody is let in, or None where all is well."""
    places = {"REGULENS_HOST": host, "REGULENS_PUBLISH": None if published_at is None else _host_of(published_at)}
    for name, place in places.items():
        if access == "open" and place is not None and not is_loopback(place):
            return (
                f"{name} lets other machines reach Regulens, and REGULENS_ACCESS is open: everybody could read and "
                "remove what others have. Set REGULENS_ACCESS to password or proxy, or "
                f"{name} to an address of this machine only, such as {_local(name)}."
            )
    return None


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens there."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _host_of(published_at: str) -> str:
    """Return the address of `address:port`; a port alone is published everywhere."""
    return published_at.rpartition(":")[0]


def _local(name: str) -> str:
    return "127.0.0.1" if name == "REGULENS_HOST" else "127.0.0.1:8050"
