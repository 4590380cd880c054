"""What an edit costs, of bases and of signals: from the key to the redrawn page, beside the API's answer."""

import os
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import httpx
import numpy as np
from playwright.sync_api import Page, Request, sync_playwright

from benchmarks.goals import Goal, Measured
from benchmarks.stack import UNLIMITED, running_stack
from benchmarks.tables import markdown
from models.examples import EXAMPLES
from models.sequence import ALPHABET

EDITS: Final = 100
CHROMIUM: Final = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FACTOR: Final = "ctcf_weri"
GOAL_MS: Final = 250.0
_READY: Final = "regulensConstruct.state().named"
# From the key that types a base to the frame in which all pictures of all networks belong to the new sequence.
_KEY_TO_DRAWN: Final = """base => new Promise(resolve => {
  const stage = document.querySelector('#construct-stage');
  const started = performance.now();
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started), 0));
  });
  seen.observe(stage, {attributeFilter: ['data-drawn']});
  stage.dispatchEvent(new KeyboardEvent('keydown', {key: base}));
})"""

SIGNAL_EDITS: Final = 30
SETTLED_MS: Final = 2500
# From the key that pulls the slider to the frame in which table, tracks, alpha and beta are of the new signal.
_PULL_TO_DRAWN: Final = """key => new Promise(resolve => {
  const graph = document.querySelector('#chromatin-gene-picture .js-plotly-plot');
  const slider = document.querySelector('#chromatin-edit-factor [role=slider]');
  const started = performance.now();
  const drawn = () => {
    graph.removeListener('plotly_afterplot', drawn);
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started), 0));
  };
  graph.on('plotly_afterplot', drawn);
  slider.dispatchEvent(new KeyboardEvent('keydown', {key, code: key, bubbles: true}));
})"""


class Edits(NamedTuple):
    """Milliseconds from the key to the redrawn page, of the API's answers, of undoing, and what was asked for it."""

    edits: Sequence[float]
    answers: Sequence[float]
    undone: Sequence[float]
    n_asked: int


def measure(page_url: str, api_url: str) -> Edits:
    """Alternate edits of bases on the page with the same question asked of the API directly."""
    original = EXAMPLES[0].sequences.split()[1]
    edits, answers, undone = list[float](), list[float](), list[float]()
    with sync_playwright() as playwright, httpx.Client(base_url=api_url, timeout=60, trust_env=False) as api:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(bypass_csp=True, viewport={"width": 1440, "height": 1000})
        _open(page, page_url, original)
        for number in range(EDITS):
            edits.append(page.evaluate(_KEY_TO_DRAWN, _next_base(page)))
            started = time.perf_counter()
            api.post("/api/v1/constructs", json=_question(original, number)).raise_for_status()
            answers.append(1000 * (time.perf_counter() - started))
        undone += _undo(page)
        counts = page.evaluate("regulensConstruct.state().counts")
        browser.close()
    return Edits(edits, answers, undone, counts["asked"])


def table(page_url: str, api_url: str) -> str:
    """Print what was measured; reference: the API."""
    edits, answers, undone, n_asked = measure(page_url, api_url)
    answer = float(np.median(answers))
    signals, quick = _signal_edits(page_url, api_url)
    rows = [
        (f"reference: the API's answer ({FACTOR}, 3 networks, 101 bp)", *_quantiles(answers), 1.0),
        (f"key to redrawn page ({EDITS} edits, {n_asked} asked)", *_quantiles(edits), _median(edits) / answer),
        ("undo to redrawn page (nothing is asked)", *_quantiles(undone), _median(undone) / answer),
        ("reference: the API's answer to an edited gene (3 networks, 5 marks)", *_quantiles(quick), 1.0),
        (
            f"slider to P, alpha and beta redrawn ({len(signals)} edits)",
            *_quantiles(signals),
            _median(signals) / _median(quick),
        ),
        ("goal", "", GOAL_MS, ""),
    ]
    return markdown("Edit and watch", ("", "p50 ms", "p95 ms", "ratio to reference"), rows)


def _signal_edits(page_url: str, api_url: str) -> tuple[list[float], list[float]]:
    """Pull a mark of the example's first gene step by step; the same question, with another factor, asked directly."""
    pulled, answers, questions = list[float](), list[float](), list[dict[str, Any]]()
    with sync_playwright() as playwright, httpx.Client(base_url=api_url, timeout=60, trust_env=False) as api:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(bypass_csp=True, viewport={"width": 1440, "height": 1000})
        page.on("requestfinished", lambda sent: _keep_question(sent, questions))
        page.goto(f"{page_url.rstrip('/')}/chromatin")
        page.locator("#chromatin-examples button").first.click()
        page.locator("#chromatin-analyse:not([disabled])").click()
        page.get_by_role("button", name="Edit the signal and watch the networks").click()
        page.wait_for_function("document.querySelector('#chromatin-gene-picture .js-plotly-plot')?.data?.length > 5")
        page.locator("#chromatin-edit-table tbody tr").first.wait_for()
        page.locator("#chromatin-edit-factor").get_by_role("slider").focus()
        for number in range(SIGNAL_EDITS + 1):
            page.wait_for_timeout(SETTLED_MS)  # the long question of the pull before is not part of this one
            pulled.append(page.evaluate(_PULL_TO_DRAWN, "ArrowLeft" if number % 20 < 10 else "ArrowRight"))
            question = questions[-1] | {"edits": [questions[0]["edits"][0] | {"factor": 1.01 + number / 100}]}
            started = time.perf_counter()
            api.post("/api/v1/gene-explanations", json=question).raise_for_status()
            answers.append(1000 * (time.perf_counter() - started))
        browser.close()
    return pulled[1:], answers[1:]  # the first pull warms up


def _keep_question(sent: Request, questions: list[dict[str, Any]]) -> None:
    if "/live-genes" in sent.url and isinstance(sent.post_data_json, dict):
        questions.append(sent.post_data_json)


def _open(page: Page, page_url: str, original: str) -> None:
    page.goto(f"{page_url.rstrip('/')}/edit#factor={FACTOR}&sequence={original}")
    page.locator("#construct-stage[data-drawn]").wait_for()
    page.wait_for_function(_READY, timeout=120_000)
    page.locator("#construct-stage").press("Home")
    page.wait_for_timeout(500)


def _next_base(page: Page) -> str:
    """Return another base than the one at the cursor, which moves on with each edit and turns back at the end."""
    base, cursor = page.evaluate(
        "() => [document.querySelector('#construct-status').textContent, regulensConstruct.state().cursor]"
    )
    if cursor >= 100:
        page.locator("#construct-stage").press("Home")
        return _next_base(page)
    present = base.split(": ")[1][0]
    return ALPHABET[(ALPHABET.index(present) + 1) % len(ALPHABET)]


def _question(original: str, number: int) -> dict[str, object]:
    """Ask about an edit that the page does not make, so that neither answers for the other."""
    position = number % len(original)
    present = original[position]
    inserted = ALPHABET[(ALPHABET.index(present) + 2) % len(ALPHABET)]
    return {
        "factor": FACTOR,
        "original": original,
        "edits": [{"position": position, "removed": present, "inserted": inserted}],
    }


def _undo(page: Page) -> list[float]:
    """Go back edit by edit; answers are kept by the page."""
    key = _KEY_TO_DRAWN.replace("{key: base}", "{key: 'z', ctrlKey: true}")
    return [page.evaluate(key, "") for _ in range(EDITS // 4)]


def _quantiles(values: list[float]) -> tuple[float, float]:
    return _median(values), float(np.percentile(values, 95))


def _median(values: list[float]) -> float:
    return float(np.median(values))


def _edit() -> Measured:
    with running_stack(**UNLIMITED) as stack:
        found = measure(stack.page_url, stack.api_url)
    (p50, p95), (answer, _) = _quantiles(list(found.edits)), _quantiles(list(found.answers))
    return Measured(p95, f"p50 {p50:.0f} ms; the API's answer {answer:.0f} ms")


GOALS: Final = (Goal("G11-edit", "page: edit of a base to the redrawn page, p95", GOAL_MS, "", _edit, "lower", "ms"),)
