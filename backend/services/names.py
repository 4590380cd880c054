"""Names that users give, as they may be said back to them."""

from typing import Final

SHOWN_CHARACTERS: Final = 40


def shown(name: str) -> str:
    """Quote a name, shortened where it is long."""
    return repr(name if len(name) <= SHOWN_CHARACTERS else f"{name[:SHOWN_CHARACTERS]}…")
