"""What a person waits for: from the click to the drawn dashboard, beside the API's share of it."""

import os
import statistics
import time
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.goals import Goal, Measured
from benchmarks.serving import FACTOR, KINDS
from benchmarks.stack import UNLIMITED, running_stack
from benchmarks.tables import markdown
from models.examples import random_sequence

REPETITIONS: Final = 15
CHROMIUM: Final = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_CLICK_TO_DRAWN: Final = """() => new Promise(resolve => {
  const graph = document.querySelector('#sequence-dashboard .js-plotly-plot');
  const started = performance.now();
  const drawn = () => requestAnimationFrame(() => {
    if (graph.layout.annotations.some(words => words.text.includes('computing'))) return;
    graph.removeListener('plotly_afterplot', drawn);
    resolve(performance.now() - started);
  });
  graph.on('plotly_afterplot', drawn);
  document.querySelector('#sequence-analyse').click();
})"""
# Badges and motifs of the sequence before are there: they follow the picture, and are not part of the next one.
_NOTHING_TO_COME: Final = "!document.querySelector('#sequence-hits')?.textContent.includes('Looking for motifs')"


class Waits(NamedTuple):
    """Milliseconds from each click to the drawn dashboard, of the API's answers, and to the first page.

    `payload` is the kilobytes, as they were sent, of all answers to one click until its picture stood.
    """

    clicks: Sequence[float]
    answers: Sequence[float]
    first_page: float
    payload: float


def measure(page_url: str, api_url: str) -> Waits:
    """Alternate clicks on the page with the same analysis asked of the API directly."""
    rng = np.random.default_rng(0)
    clicks, answers = list[float](), list[float]()
    with sync_playwright() as playwright, httpx.Client(base_url=api_url, timeout=60, trust_env=False) as api:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(bypass_csp=True, viewport={"width": 1920, "height": 1080})
        started = time.perf_counter()
        page.goto(page_url)
        page.locator("#sequence-examples button").first.wait_for()
        first_page = 1000 * (time.perf_counter() - started)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        _draw_first(page, random_sequence(rng, 101))
        sent, payloads = list[int](), list[int]()
        network.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
        for _ in range(REPETITIONS):
            sequence = random_sequence(rng, 101)
            _enter(page, sequence)
            sent.clear()
            clicks.append(page.evaluate(_CLICK_TO_DRAWN))
            payloads.append(sum(sent))
            started = time.perf_counter()
            api.post("/api/v1/sequence-analyses", json=KINDS[1].body(sequence)).raise_for_status()
            answers.append(1000 * (time.perf_counter() - started))
        browser.close()
    return Waits(clicks, answers, first_page, statistics.median(payloads) / 1000)


def table(page_url: str, api_url: str) -> str:
    """Print what was measured; reference: the API."""
    clicks, answers, first_page, payload = measure(page_url, api_url)
    answer, click = statistics.median(answers), statistics.median(clicks)
    rows = [
        (f"reference: the API's answer ({FACTOR}, one analysis)", answer, float(np.percentile(answers, 95)), 1.0),
        ("click to drawn dashboard, with contributions", click, float(np.percentile(clicks, 95)), click / answer),
        ("first page, from request to usable form", first_page, "", first_page / answer),
    ]
    title = f"What a person waits for ({payload:.0f} kB sent per analysis)"
    return markdown(title, ("", "p50 ms", "p95 ms", "ratio to reference"), rows)


def _enter(page: Page, sequence: str) -> None:
    page.get_by_label("Sequences").fill(f">{sequence[:8]}\n{sequence}")
    page.wait_for_function("!document.querySelector('#sequence-analyse').disabled")
    page.wait_for_timeout(700)  # the check of what was typed is not part of the click
    page.wait_for_function(_NOTHING_TO_COME, timeout=60_000)


def _draw_first(page: Page, sequence: str) -> None:
    _enter(page, sequence)
    page.locator("#sequence-analyse").click()
    page.wait_for_function("document.querySelector('#sequence-dashboard .js-plotly-plot')?.data?.length > 3")
    page.wait_for_timeout(1500)


@cache
def _waits() -> tuple[Waits, float]:
    with running_stack(**UNLIMITED) as stack:
        return measure(stack.page_url, stack.api_url), stack.start_s


def _click() -> Measured:
    waits, _ = _waits()
    slow = float(np.percentile(waits.clicks, 95))
    return Measured(
        statistics.median(waits.clicks) / 1000,
        f"p95 {slow / 1000:.2f} s; the API's answer {statistics.median(waits.answers):.0f} ms",
    )


def _first_page() -> Measured:
    waits, start_s = _waits()
    return Measured(start_s + waits.first_page / 1000, f"{start_s:.1f} s until the address is printed")


GOALS: Final = (
    Goal("G11-click", "page: click to drawn dashboard, p50", 0.5, "", _click, "lower", "s"),
    Goal("G11-start", "`make run` to the first usable page", 6.0, "", _first_page, "lower", "s"),
    Goal("G11-payload", "page: sent for one analysis, compressed", 150.0, "", lambda: Measured(_waits()[0].payload),
         "lower", "kB"),
)  # fmt: skip
