"""Names of the components of the frame around all pages."""

from enum import StrEnum


class Shell(StrEnum):
    """The frame around every page."""

    URL = "shell-url"
    CONTENT = "shell-content"
    COLOR_SCHEME = "shell-color-scheme"
    FAILURE = "shell-failure"
    SIGNED_OUT = "shell-signed-out"
    PAPER = "shell-paper"
    USER = "shell-user"
