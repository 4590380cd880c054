"""What an edit costs: from the key or click to the redrawn page, beside the API's answer in the same run."""

import os
import time
from typing import Final

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

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


def table(page_url: str, api_url: str) -> str:
    """Alternate edits on the page with the same question asked of the API directly; reference: the API."""
    original = EXAMPLES[0].sequences.split()[1]
    edits, answers, undone = list[float](), list[float](), list[float]()
    with sync_playwright() as playwright, httpx.Client(base_url=api_url, timeout=60, trust_env=False) as api:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        _open(page, page_url, original)
        for number in range(EDITS):
            edits.append(page.evaluate(_KEY_TO_DRAWN, _next_base(page)))
            started = time.perf_counter()
            api.post("/api/v1/constructs", json=_question(original, number)).raise_for_status()
            answers.append(1000 * (time.perf_counter() - started))
        undone += _undo(page)
        counts = page.evaluate("regulensConstruct.state().counts")
        browser.close()
    answer = float(np.median(answers))
    rows = [
        (f"reference: the API's answer ({FACTOR}, 3 networks, 101 bp)", *_quantiles(answers), 1.0),
        (f"key to redrawn page ({EDITS} edits, {counts['asked']} asked)", *_quantiles(edits), _median(edits) / answer),
        ("undo to redrawn page (nothing is asked)", *_quantiles(undone), _median(undone) / answer),
        ("goal", "", GOAL_MS, ""),
    ]
    return markdown("Edit and watch", ("", "p50 ms", "p95 ms", "ratio to reference"), rows)


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
