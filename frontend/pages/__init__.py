"""One module or package per page, each with layout() and register_callbacks(app, client)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from frontend.pages import chromatin, sequence


class Page(NamedTuple):
    """A page of the navigation."""

    path: str
    title: str
    layout: Callable[[], Any]
    register_callbacks: Callable[..., None]


PAGES = (
    Page("/", "DNA sequences", sequence.layout, sequence.register_callbacks),
    Page("/chromatin", "Histone marks", chromatin.layout, chromatin.register_callbacks),
)
