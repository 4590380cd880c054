"""A page of system Chromium that records what must not happen: requests to the internet and errors on the console."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ARTEFACTS = Path(__file__).parents[2] / ".artefacts"
LOCAL = re.compile(r"^(?:data:|blob:|about:|(?:http|ws)://(?:127\.0\.0\.1|localhost)[:/])")
ARGUMENTS = [
    "--no-sandbox",  # containers and CI run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MACOS_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def _chromium() -> str:
    candidates = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", MACOS_CHROME]
    for candidate in filter(None, candidates):
        if path := shutil.which(candidate):
            return path
    raise FileNotFoundError(
        "The browser tests need Chromium or Chrome. Install it (Debian: apt install chromium) "
        "or name it: CHROMIUM=/path/to/chrome make test"
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium for one file: while Playwright's event loop runs, `asyncio.run` does not work."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_chromium(), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open an empty page; afterwards it must have stayed on this machine and its console without errors.

    A test that provokes errors carries `@pytest.mark.console_errors_expected`.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    external: list[str] = []
    errors: list[str] = []
    context.on("request", lambda sent: None if LOCAL.match(sent.url) else external.append(sent.url))
    page.on("websocket", lambda opened: None if LOCAL.match(opened.url) else external.append(opened.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert external == []
    if request.node.get_closest_marker("console_errors_expected") is None:
        assert errors == []


@pytest.fixture
def screenshot(page: Page) -> Callable[[str], Path]:
    """Keep a picture of the whole page under .artefacts, by name."""

    def take(name: str) -> Path:
        path = ARTEFACTS / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take


expect.set_options(timeout=15_000)
