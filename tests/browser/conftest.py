"""A page of system Chromium that records what must not happen: requests to the internet and errors on the console."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from backend.ports import free_port

ARTEFACTS = Path(__file__).parents[2] / ".artefacts"
LOCAL = re.compile(r"^(?:data:|blob:|about:|file:///|(?:http|ws)://(?:127\.0\.0\.1|localhost)[:/])")
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
    page.wait_for_function = partial(_wait_for, page)  # type: ignore[method-assign]
    external: list[str] = []
    errors: list[str] = []
    context.on("request", lambda sent: None if LOCAL.match(sent.url) else external.append(sent.url))
    page.on("websocket", lambda opened: None if LOCAL.match(opened.url) else external.append(opened.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    yield page
    context.close()
    assert external == []
    if request.node.get_closest_marker("console_errors_expected") is None:
        assert errors == []


def _wait_for(page: Page, expression: str, *, arg: object = None, timeout: float = 30_000) -> None:
    """Ask until it is true: Playwright itself would evaluate text inside the page, which the page's policy forbids."""
    deadline = time.monotonic() + timeout / 1000
    while not page.evaluate(expression, arg):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not true within {timeout / 1000:g} s: {expression}")
        page.wait_for_timeout(30)


@pytest.fixture
def screenshot(page: Page) -> Callable[[str], Path]:
    """Keep a picture of the whole page under .artefacts, by name."""

    def take(name: str) -> Path:
        path = ARTEFACTS / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take


# What hostile text would do, if it could: set `window.__xss`, be refused by the page's policy, or put something live
# into the document (`data-xss`, an address at xss.invalid, an address that is a script).
WATCHER = """
Object.defineProperty(window, '__xss', { set: (told) => console.error(`hostile text ran: ${told}`) });
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`hostile text refused: ${event.violatedDirective} ${event.blockedURI}`));
"""
LIVE = r"""() => [...document.querySelectorAll('*')].filter((one) => one.getAttributeNames().some((name) => {
  const value = one.getAttribute(name).trim();
  if (name === 'data-xss' || (name.startsWith('on') && value.includes('__xss'))) return true;
  if (/^(xlink:)?href$|^(src|srcdoc|action|formaction|data|content)$/.test(name)) {
    return /^javascript:|^data:text|^(https?:)?\/\/xss\.invalid|__xss/i.test(value);
  }
  return name === 'style' && value.includes('xss.invalid');
})).map((one) => one.outerHTML.slice(0, 300))"""


@dataclass
class Watch:
    """What hostile text has done to a page and to whatever was opened beside it."""

    page: Page
    ran: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    seen: int = 0

    def hear(self, message: str) -> None:
        """Sort a line of the console."""
        if message.startswith("hostile text ran"):
            self.ran.append(message)
        elif message.startswith("hostile text refused") or "Content Security Policy" in message:
            self.refused.append(message)

    def look(self, page: Page | None = None) -> None:
        """Find what has become part of the document."""
        self.live += (page or self.page).evaluate(LIVE)

    def shows(self, text: str, payloads: Sequence[str]) -> None:
        """Check that all payloads stand in a text as they were given: what is not shown is not tested."""
        missing = [payload for payload in payloads if payload not in text]
        assert not missing, f"{len(missing)} of {len(payloads)} are not shown literally: {missing[:3]}"
        self.seen += len(payloads)

    def open(self, content: bytes, path: Path) -> Page:
        """Open a saved file from the disk, where no policy protects."""
        path.write_bytes(content)
        opened = self.page.context.new_page()
        opened.goto(path.as_uri())
        self.look(opened)
        return opened


@pytest.fixture
def watch(page: Page) -> Iterator[Watch]:
    """Watch a page for hostile text that comes alive; none may, and the counts are printed under `-s`."""
    watched, context = Watch(page), page.context
    context.add_init_script(WATCHER)
    context.on("console", lambda message: watched.hear(message.text))
    context.on("dialog", lambda dialog: (watched.ran.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    context.on("request", lambda sent: None if LOCAL.match(sent.url) else watched.outside.append(sent.url))
    yield watched
    watched.look()
    counts = {name: len(getattr(watched, name)) for name in ("ran", "refused", "outside", "live")}
    sys.stdout.write(f"\nhostile texts shown literally {watched.seen}, {counts}\n")
    assert not any(counts.values()), watched


@dataclass(frozen=True)
class Lab:
    """Addresses of API and page, without workers: jobs wait."""

    page: str
    api: str


Laboratory = Callable[[Path, Mapping[str, str]], AbstractContextManager[Lab]]


@pytest.fixture(scope="session")
def laboratory(launcher: Callable[..., AbstractContextManager[Any]]) -> Laboratory:
    """Start API and page for users `ada` and `bob` with passwords, over a data folder and more settings."""
    return partial(_laboratory, launcher)


PASSWORD, START_S = "correct horse battery", 120


@contextmanager
def _laboratory(launcher: Callable[..., Any], folder: Path, more: Mapping[str, str]) -> Iterator[Lab]:
    ports = [free_port(0, host="127.0.0.1") for _ in range(2)]
    api, page = (f"http://127.0.0.1:{port}" for port in ports)
    settings = {"REGULENS_ACCESS": "password", "REGULENS_DATA_DIR": str(folder), "REGULENS_API_URL": api, **more}
    for name in ("ada", "bob"):
        command = [sys.executable, "-m", "backend.access", "add-user", name, "--password-stdin"]
        subprocess.run(command, input=PASSWORD, text=True, env=os.environ | settings, check=True, capture_output=True)
    serve = [sys.executable, "-m", "uvicorn", "--factory", "--port"]
    with (
        launcher([*serve, str(ports[0]), "backend.main:create_app"], settings),
        launcher([*serve, str(ports[1]), "frontend.app:create_app"], settings),
    ):
        deadline = time.monotonic() + START_S
        while not (_answers(f"{api}/api/v1/health/live") and _answers(f"{page}/health/live")):
            assert time.monotonic() < deadline, "API or page has not started"
            time.sleep(0.1)
        yield Lab(page, api)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


@pytest.fixture(scope="session")
def sign_in() -> partial[None]:
    """Fill in the form of the page "Sign in", with the right password where no other is given."""
    return partial(_sign_in, password=PASSWORD)


expect.set_options(timeout=15_000)
