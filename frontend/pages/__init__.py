"""One module or package per page, each with layout() and register_callbacks(app, client)."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from frontend.pages import account, chromatin, compare, construct, jobs, sequence, status


class Page(NamedTuple):
    """A page; without a title it is not in the navigation. A path may end in `*`."""

    path: str
    title: str
    layout: Callable[[], Any]
    register_callbacks: Callable[..., None]


PAGES = (
    Page("/", "DNA sequences", sequence.layout, sequence.register_callbacks),
    Page("/edit", "Edit and watch", construct.layout, construct.register_callbacks),
    Page("/compare", "Compare models", compare.layout, compare.register_callbacks),
    Page("/chromatin", "Histone marks", chromatin.layout, chromatin.register_callbacks),
    Page("/jobs", "Jobs", jobs.list_layout, jobs.register_callbacks),
    Page("/jobs/new", "", jobs.form_layout, jobs.register_callbacks),
    Page("/jobs/*", "", jobs.detail_layout, jobs.register_callbacks),
    Page("/account", "", account.layout, account.register_callbacks),
    Page("/status", "", status.layout, status.register_callbacks),
)


def page_at(path: str) -> Page | None:
    """Find the page of an address; the first that fits."""
    return next((page for page in PAGES if fnmatchcase(path, page.path)), None)
