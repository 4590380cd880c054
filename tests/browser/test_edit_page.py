"""The page "Edit and watch" as a biologist uses it, on the running stack."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from models.examples import CTCF_MOTIF, EXAMPLES

ORIGINAL = EXAMPLES[0].sequences.split()[1]
CURRENT = """() => [...document.querySelectorAll('#construct-stage .construct-base')]
  .map(node => node.textContent).join('').replace(/[^ACGTN]+$/, '')"""
DRAWN = "n => JSON.parse(document.querySelector('#construct-stage')?.dataset.drawn ?? '[0]').length === n"


@pytest.fixture
def at_page(page, stack):
    """Open the page with a planted CTCF site by its address, as the DNA page does."""
    page.goto(f"{stack.page}/edit#factor=ctcf_weri&sequence={ORIGINAL}")
    page.wait_for_function(DRAWN, arg=0)
    return page


def state(page, expression):
    return page.evaluate(f"regulensConstruct.state().{expression}")


def probabilities(page):
    rows = page.locator("#construct-scores tbody tr")
    return [float(rows.nth(i).locator("td").nth(1).inner_text()) for i in range(3)]


def press(page, *keys, edits):
    for key in keys:
        page.locator("#construct-stage").press(key)
    page.wait_for_function(DRAWN, arg=edits)


def words(page):
    return page.locator("#construct-edits .construct-words").all_inner_texts()


def save(page, item):
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as caught:
        page.get_by_role("menuitem", name=item).click()
    return caught.value.path().read_bytes()


def test_a_site_is_broken_and_mended(at_page, screenshot):
    page = at_page
    assert min(probabilities(page)) > 0.9
    start = ORIGINAL.index(CTCF_MOTIF)
    page.evaluate("document.querySelector('#construct-stage').focus()")
    press(page, "Home", *["ArrowRight"] * (start + 9), "t", "t", "t", "t", edits=4)
    assert max(probabilities(page)) < 0.5
    assert words(page)[0] == "original"
    assert re.fullmatch(rf"w\.{start + 10}[ACG]>T", words(page)[1])
    asked = state(page, "counts.asked")
    press(page, "Control+z", "Control+z", "Control+z", "Control+z", edits=0)
    assert min(probabilities(page)) > 0.9
    press(page, "Control+Shift+Z", edits=1)
    assert page.evaluate(CURRENT)[start + 9] == "T"
    page.locator("#construct-edits button").nth(4).click()
    page.wait_for_function(DRAWN, arg=4)
    assert state(page, "counts.asked") - asked <= 2  # at most those that motif names or skipped states are asked for
    screenshot("edit_broken_site")


def test_deleting_inserting_and_pasting(at_page, screenshot):
    page = at_page
    page.locator("#construct-stage").focus()
    press(page, "Home", "Shift+ArrowRight", "Shift+ArrowRight", "Delete", edits=1)
    assert words(page)[-1] == f"w.1_3del{ORIGINAL[:3]}"
    expect(page.locator("#construct-status")).to_contain_text("98 of 101 bases")
    expect(page.locator("#construct-notes")).to_contain_text("3 positions on the right are padding")
    press(page, "Insert", "g", edits=2)
    assert words(page)[-1] == "w.0_1insG"
    assert page.evaluate(CURRENT) == "G" + ORIGINAL[3:]
    press(page, "Insert", edits=2)
    page.get_by_label("or your own bases").fill("agataag")
    page.get_by_role("button", name="Paste at the cursor").click()
    page.wait_for_function(DRAWN, arg=3)
    assert words(page)[-1] == "w.2_8delinsAGATAAG"
    page.locator("#construct-stage").press("End")
    page.get_by_role("button", name="Paste at the cursor").click()
    expect(page.locator("#construct-motif-error")).to_contain_text("Move the cursor to position 92 or before")
    page.get_by_text("Minus the original", exact=True).click()
    screenshot("edit_difference")


def test_a_cell_of_the_map_is_a_mutation(at_page):
    page = at_page
    svg = page.locator("#construct-stage svg")
    box = svg.bounding_box()
    cell = (box["width"] - 210) / 101
    row = "ACGT".index(ORIGINAL[30]) ^ 1
    place = {"x": 118 + 30.5 * cell, "y": 4 + 26 + 22 + 14 + 15 * row + 7}
    svg.hover(position=place)
    base = "ACGT"[row]
    expect(page.locator(".construct-tip")).to_contain_text(f"CNN, 30 {ORIGINAL[30]}>{base}: logit")
    svg.click(position=place)
    page.wait_for_function(DRAWN, arg=1)
    assert words(page)[-1] == f"w.31{ORIGINAL[30]}>{base}"


def test_a_held_key_asks_no_more_than_it_can_be_answered(at_page):
    page = at_page
    before = state(page, "counts.asked")
    page.evaluate(
        """() => { const stage = document.querySelector('#construct-stage');
        for (let i = 0; i < 30; i += 1) {
          stage.dispatchEvent(new KeyboardEvent('keydown', {key: i % 2 ? 'a' : 'c'}));
        } }"""
    )
    n = state(page, "applied")
    assert n > 15
    page.wait_for_function(DRAWN, arg=n)
    assert state(page, "counts.asked") - before <= 3
    assert len(words(page)) == n + 1


@pytest.mark.console_errors_expected
def test_edits_outlive_another_page_a_reload_and_an_api_that_is_away(at_page):
    page = at_page
    page.locator("#construct-stage").focus()
    page.route("**/live-constructs", lambda route: route.abort())
    page.locator("#construct-stage").press("Home")
    page.locator("#construct-stage").press("Delete")
    expect(page.locator("#construct-error")).to_contain_text("Nothing you did is lost")
    expect(page.locator("#construct-edits")).to_contain_text("waits for an answer")
    page.unroute("**/live-constructs")
    page.wait_for_function(DRAWN, arg=1)
    expect(page.locator("#construct-error")).to_be_hidden()
    page.wait_for_url(re.compile(r"&edits=0\."))
    page.reload()
    expect(page.locator("#construct-edits .construct-words").last).to_have_text(f"w.1del{ORIGINAL[0]}")
    page.get_by_role("link", name="Jobs").first.click()
    expect(page.locator("#construct-stage")).to_have_count(0)
    page.get_by_role("link", name="Edit and watch").first.click()
    page.wait_for_function(DRAWN, arg=1)
    expect(page.locator("#construct-edits .construct-words").last).to_have_text(f"w.1del{ORIGINAL[0]}")


def test_constructs_can_be_taken_away(at_page):
    page = at_page
    page.locator("#construct-stage").focus()
    press(page, "Home", "Delete", edits=1)
    header, *lines = save(page, "Construct as FASTA").decode().splitlines()
    assert f": w.1del{ORIGINAL[0]} (w.: bases of this window, from 1)" in header
    assert "".join(lines) == ORIGINAL[1:]
    text = save(page, "Maps and tracks as CSV").decode()
    rows = list(csv.DictReader(io.StringIO("\n".join(x for x in text.splitlines() if not x.startswith("#")))))
    assert {row["sequence"] for row in rows} == {"construct", "original"}
    assert save(page, "Picture as SVG").startswith(b"<svg")
    assert save(page, "Picture as PNG").startswith(b"\x89PNG")


def test_the_effect_of_a_motif_by_itself_is_drawn(at_page):
    page = at_page
    page.get_by_label("or your own bases").fill(CTCF_MOTIF)
    page.get_by_role("button", name="Its effect in shuffled backgrounds").click()
    expect(page.locator("#construct-effect-picture .js-plotly-plot .trace").first).to_be_visible()
    expect(page.locator("#construct-effect-picture")).to_contain_text("20 dinucleotide shuffles")


def test_what_cannot_be_read_is_refused_beside_the_field(page, stack):
    page.goto(f"{stack.page}/edit")
    field, error = page.get_by_label("Sequence to edit"), page.locator("#construct-text-error")
    expect(page.get_by_role("combobox", name="Factor").or_(page.get_by_label("Factor")).first).not_to_have_value("")
    for text, said in (
        ("ACGX", "Character 4 is 'X'"),
        ("nnn", "no known base"),
        ("A" * 102, "holds 102 bases, the networks read 101"),
    ):
        field.fill(text)
        page.get_by_role("button", name="Edit", exact=True).click()
        expect(error).to_contain_text(said)
    field.fill(ORIGINAL)
    field.press("Enter")
    page.wait_for_function(DRAWN, arg=0)
    expect(error).to_be_empty()


ROUND_TRIP = """names => {
  const edits = names.map((motif, position) => ({ position, removed: "A", inserted: "C", motif }));
  const { written, read } = window.regulensRules;
  return read(written(edits)).map(edit => [edit.position, edit.removed, edit.inserted, edit.motif]);
}"""


def test_an_address_keeps_whatever_a_motif_is_called(page):
    page.add_script_tag(path=Path(__file__).parents[2] / "frontend" / "assets" / "construct_rules.js")
    names = ["CTCF", "a;b", "50%", "%3B", "100%25;3.A.C.x", "MA0139.2", "a.b;;"]
    assert page.evaluate(ROUND_TRIP, names) == [[i, "A", "C", name] for i, name in enumerate(names)]
