"""The sequence page as a person uses it, on the running stack."""

import csv
import gzip
import io
import json
import os
import re
import signal

import pytest
from playwright.sync_api import expect

WINDOW = "ACGTTGCA" * 12 + "ACGTA"
SECOND = "TTGACCAT" * 8
FASTA = f">alpha\n{WINDOW}\n>beta\n{SECOND}\n>gamma\n{WINDOW[::-1]}\n"
DRAWN = """() => {
  const box = document.querySelector('#sequence-dashboard');
  return box.offsetParent !== null && (box.querySelector('.js-plotly-plot')?.data?.length ?? 0) > 3;
}"""
SIZES = ((1920, 1080), (1280, 900), (400, 800))
INK_IS_LIGHT = r"""() => {
  const title = document.querySelector('#sequence-dashboard .gtitle');
  return title && (Number(getComputedStyle(title).fill.match(/\d+/)[0]) > 128) === EXPECTED;
}"""


@pytest.fixture
def at_page(page, stack):
    """Open the sequence page, ready to be used."""
    page.goto(stack.page)
    expect(page.get_by_role("button", name="Analyse")).to_be_visible()
    expect(page.locator("#sequence-examples button").first).to_be_visible()
    return page


def enter(page, text):
    page.get_by_label("Sequences").fill(text)
    expect(page.locator("#sequence-analyse")).to_be_enabled()


def analyse(page):
    page.locator("#sequence-analyse").click()
    page.wait_for_function(DRAWN)


def row(page, record, strand):
    return page.locator(f"#sequence-table .ag-center-cols-container .ag-row[row-id='{record}-{strand}']")


def save(page, menu, item):
    page.get_by_role("button", name=menu).click()
    with page.expect_download() as caught:
        page.get_by_role("menuitem", name=item).click()
    return caught.value.path().read_bytes(), caught.value.suggested_filename


def records_of(data):
    lines = data.decode().splitlines()
    return [line for line in lines if line.startswith("#")], list(
        csv.DictReader(io.StringIO("\n".join(line for line in lines if not line.startswith("#"))))
    )


def wait_for_badges(page):
    """Wait until every network has a verdict, which comes after the picture."""
    expect(page.locator("#sequence-badges button.trust-badge")).to_have_count(3, timeout=60_000)


def choose_method(page, title):
    page.get_by_role("textbox", name="Explanation").click()
    page.get_by_role("option", name=title).click()


def set_props(page, component, data):
    page.evaluate("([id, data]) => dash_clientside.set_props(id, { data })", [component, data])


def test_an_example_leads_to_the_dashboard(at_page, screenshot):
    page = at_page
    expect(page.locator("#sequence-analyse")).to_be_disabled()
    expect(page.locator("#sequence-limits")).to_contain_text("Both strands are scored")
    page.locator("#sequence-examples button").first.click()
    expect(page.locator("#sequence-feedback")).to_contain_text("record")
    expect(page.locator("#sequence-analyse")).to_be_enabled()
    analyse(page)
    expect(row(page, 0, "forward")).to_have_class(re.compile("ag-row-selected"))
    expect(page.locator("#sequence-dashboard-title")).to_contain_text("forward")
    expect(page.locator("#sequence-accuracy .js-plotly-plot .trace").first).to_be_visible()
    assert page.locator("[data-title*='hare chart'], [data-title*='loud']").count() == 0
    screenshot("sequence_example")


def test_another_row_and_another_view_are_drawn(at_page):
    page = at_page
    enter(page, FASTA)
    expect(page.locator("#sequence-feedback")).to_contain_text("3 records")
    expect(page.locator("#sequence-feedback")).to_contain_text("1 record shorter than 101 bp")
    analyse(page)
    row(page, 1, "reverse").click()
    expect(page.locator("#sequence-dashboard-title")).to_contain_text("beta, reverse")
    expect(page.locator("#sequence-dashboard-notes")).to_contain_text("37 of 101 positions are padding")
    expect(page.locator("#sequence-dashboard")).to_contain_text("logit of bound, positive supports it")
    temporal = page.locator("#sequence-dashboard").get_by_text("temporal output")
    choose_method(page, "DeMo saliency (unsigned)")
    expect(page.locator("#sequence-dashboard")).to_contain_text("unsigned gradient")
    expect(page.locator("#sequence-badges")).to_contain_text("no sign, no badge")
    expect(page.locator("#sequence-hits")).to_contain_text("Choose another than the unsigned one")
    expect(temporal).to_have_count(4)


def test_badges_come_and_ctcf_is_named_on_the_logo(at_page, screenshot):
    page = at_page
    page.locator("#sequence-examples button").first.click()
    analyse(page)
    wait_for_badges(page)
    expect(page.locator("#sequence-badges .trust-green")).to_have_count(3)
    dashboard = page.locator("#sequence-dashboard")
    expect(dashboard.get_by_text("✓ believable")).to_have_count(3)
    expect(page.locator("tr[data-hit='demo_cnn/0']")).to_contain_text("CTCF", timeout=90_000)
    expect(dashboard.locator(".annotation-text", has_text=re.compile("^CTCF")).first).to_be_visible()
    expect(page.locator("#sequence-hit-logo")).to_contain_text("in CNN")
    page.locator("#sequence-badges button.trust-badge").first.focus()
    panel = page.locator(".trust-panel").first
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("Completeness gap")
    page.keyboard.press("Tab")
    expect(panel).to_be_focused()  # so that the keys can scroll it
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    other = page.locator("tr[data-hit^='demo_rnn/'] button").first
    other.focus()
    expect(page.locator("#sequence-hit-logo")).to_contain_text("in RNN")
    comments, trust = records_of(save(page, "Download figure", "Trust as CSV")[0])
    assert {t["badge"] for t in trust} == {"green"}
    assert any("random_state" in line for line in comments)
    assert "CTCF" in {m["motif_name"] for m in records_of(save(page, "Download figure", "Motifs as CSV")[0])[1]}
    assert save(page, "Download table", "Everything as ZIP")[0].startswith(b"PK")
    expect(page.get_by_role("link", name="Edit and watch").last).to_have_attribute(
        "href", re.compile("^/edit#factor=ctcf")
    )
    screenshot("sequence_badges")


def test_an_answer_about_another_row_changes_nothing(at_page):
    page = at_page
    enter(page, FASTA)
    analyse(page)
    expect(page.locator("#sequence-dashboard")).to_contain_text("logit of bound, positive supports it")
    title = page.locator("#sequence-dashboard-title")
    before = title.inner_text()
    late = {
        "key": "old/0-forward/best",
        "choice": "best",
        "analysis": {"explanations": [{"record": 2, "strand": "forward"}]},
    }
    picture = [{}, {}, {}, "LATE", *["LATE"] * 4, "/late", "/late"]
    set_props(page, "sequence-row-answer", {"explanation": late, "picture": picture})
    set_props(page, "sequence-redrawn", {"key": late["key"], "picture": picture})
    set_props(page, "sequence-trust-answer", {"key": late["key"], "note": "LATE"})
    set_props(page, "sequence-motifs-answer", {"key": late["key"], "note": "LATE"})
    row(page, 1, "forward").click()
    expect(title).to_contain_text("beta, forward")
    assert before != title.inner_text()
    expect(page.locator("#sequence-badges")).not_to_contain_text("LATE")
    expect(page.locator("#sequence-hits")).not_to_contain_text("LATE")
    set_props(page, "sequence-redrawn", {"key": late["key"], "picture": picture})
    expect(title).to_contain_text("beta, forward")


def test_what_comes_after_its_page_was_left_is_dropped(at_page):
    set_late = "([id, data]) => regulensSetProps(id, { data })"
    at_page.evaluate(set_late, ["jobs-frame", 1])  # a console without errors is what every page is held to
    at_page.evaluate(set_late, ["sequence-motifs-answer", None])
    missing = at_page.evaluate("() => { try { dash_clientside.set_props('jobs-frame', {}) } catch { return true } }")
    assert missing, "Dash has learned it: regulensSetProps can go"


def test_control_enter_analyses_and_the_table_is_sorted_and_filtered(at_page):
    page = at_page
    enter(page, FASTA)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(DRAWN)
    page.get_by_text("Top hits first").click()
    means = page.locator("#sequence-table .ag-center-cols-container .ag-row [col-id='mean']")
    expect(page.locator("#sequence-table [col-id='mean'] .ag-sort-descending-icon")).to_be_visible()
    in_order = page.evaluate(
        "() => { const v = []; dash_ag_grid.getApi('sequence-table')"
        ".forEachNodeAfterFilterAndSort(n => v.push(n.data.mean)); return v; }"
    )
    assert in_order == sorted(in_order, reverse=True)
    page.locator("#sequence-strand").get_by_text("reverse").click()
    expect(means).to_have_count(3)


def test_a_long_record_is_scanned(at_page, screenshot):
    page = at_page
    enter(page, WINDOW * 3)
    expect(page.locator("#sequence-feedback")).to_contain_text("scanned in tiles of 101 bp every 50 bp")
    analyse(page)
    expect(page.locator("#sequence-scan .js-plotly-plot .trace").first).to_be_visible()
    screenshot("sequence_scan")


def test_factors_are_ranked_and_opened(at_page, screenshot):
    page = at_page
    enter(page, FASTA)
    page.get_by_text("Rank factors").click()
    page.get_by_label("Record to rank").fill("2")
    page.locator("#sequence-analyse").click()
    expect(page.locator("#sequence-ranking-title")).to_contain_text("ranked for beta")
    rows = page.locator("#sequence-ranking-table .ag-pinned-left-cols-container .ag-row")
    expect(rows).to_have_count(8)
    screenshot("sequence_ranking")
    name = rows.nth(3).inner_text()
    rows.nth(3).click()
    page.wait_for_function(DRAWN)
    expect(page.locator("#sequence-dashboard-title")).to_contain_text(f"{name}, beta")
    expect(page.locator("#sequence-factor")).to_have_value(re.compile(re.escape(name)))


def test_everything_can_be_taken_away(at_page):
    page = at_page
    enter(page, FASTA)
    analyse(page)
    expect(page.locator("#sequence-dashboard")).to_contain_text("logit of bound, positive supports it")
    comments, rows = records_of(save(page, "Download table", "Table as CSV")[0])
    assert [(r["record"], r["strand"]) for r in rows][:2] == [("alpha", "forward"), ("alpha", "reverse")]
    assert len(rows) == 6
    assert all(0 <= float(r["p_bound_demo_cnn"]) <= 1 for r in rows)
    assert sum("sha256" in line for line in comments) == 4
    assert b"\t" in save(page, "Download table", "Table as TSV")[0]
    analysis = json.loads(save(page, "Download table", "Whole analysis as JSON")[0])
    assert (len(analysis["rows"]["record"]), len(analysis["explanations"])) == (6, 1)
    comments, tracks = records_of(save(page, "Download figure", "Every track as CSV")[0])
    assert {t["track"] for t in tracks} > {"temporal_forward", "temporal_backward"}
    assert {t["architecture"] for t in tracks} == {"demo_cnn", "demo_rnn", "demo_cnn_rnn"}
    assert "".join(t["base"] for t in tracks[:101]) == WINDOW
    assert any("convention" in line for line in comments)
    assert save(page, "Download figure", "Picture as SVG")[0].startswith(b"<svg")
    assert save(page, "Download figure", "Picture as PNG")[0].startswith(b"\x89PNG")
    paints_without_a_network(page, save(page, "Download figure", "Picture as HTML")[0])


def paints_without_a_network(page, html):
    """Acceptance test 9: the exported page opens with the network blocked and paints its tracks."""
    alone = page.context.browser.new_context(offline=True).new_page()
    asked = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.set_content(html.decode())
    expect(alone.locator("#figure")).to_contain_text("CNN DeepLIFT/SHAP")
    assert alone.evaluate("document.querySelectorAll('.scatterlayer .trace path').length") > 20
    assert asked == []
    alone.context.close()


def test_a_compressed_file_is_read_and_can_be_removed(at_page):
    page = at_page
    page.get_by_label("Sequences").fill("ACGT")
    file = {"name": "peaks.fa.gz", "mimeType": "application/gzip", "buffer": gzip.compress(FASTA.encode())}
    page.locator("#sequence-upload input").set_input_files(file)
    expect(page.locator("#sequence-file-chip")).to_contain_text("peaks.fa.gz")
    expect(page.locator("#sequence-feedback")).to_contain_text("3 records")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_label("Sequences")).to_have_value("ACGT")
    expect(page.locator("#sequence-feedback")).to_contain_text("1 record, 4 bases")


def test_what_cannot_be_read_is_refused_beside_its_field(at_page, screenshot):
    page = at_page
    file = {"name": "peaks.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04\0\0"}
    page.locator("#sequence-upload input").set_input_files(file)
    expect(page.locator("#sequence-file-error")).to_contain_text("peaks.xlsx: The file is not plain text")
    page.get_by_label("Sequences").fill(">good\nACGT\n>bad\nACGT\nAC!T\n")
    expect(page.locator("#sequence-feedback")).to_contain_text("Record 'bad', line 5, column 3")
    expect(page.locator("#sequence-analyse")).to_be_disabled()
    expect(page.locator("#sequence-reason")).to_contain_text("Mend the sequences first")
    screenshot("sequence_invalid")


def choose_file_of(page, n_records):
    records = "".join(f">r{i}\n{WINDOW}\n" for i in range(n_records)).encode()
    file = {"name": "peaks.fa", "mimeType": "text/plain", "buffer": records}
    page.locator("#sequence-upload input").set_input_files(file)
    expect(page.locator("#sequence-feedback")).to_contain_text(f"{n_records:,} records")


def test_each_slice_of_a_long_file_is_asked_for_once(at_page):
    page = at_page
    choose_file_of(page, 1200)
    asked = []
    page.on("request", lambda sent: asked.append("sequence-next-slice.data" in (sent.post_data or "")))
    analyse(page)
    page.wait_for_function("dash_ag_grid.getApi('sequence-table').getDisplayedRowCount() === 2400")
    expect(page.locator("#sequence-analyse")).to_be_enabled()
    rows = records_of(save(page, "Download table", "Table as CSV")[0])[1]
    assert [row["record"] for row in rows[::2]] == [f"r{i}" for i in range(1200)]
    assert 2 <= sum(asked) <= 4


def test_many_records_arrive_in_slices_and_can_be_cancelled(at_page):
    page = at_page
    choose_file_of(page, 2600)
    analyse(page)
    expect(page.locator("#sequence-progress-label")).to_contain_text("of 2,600 records analysed")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#sequence-progress-label")).to_contain_text("Cancelled after")
    rows = page.evaluate("dash_ag_grid.getApi('sequence-table').getDisplayedRowCount()")
    assert 0 < rows < 5200
    expect(page.locator("#sequence-analyse")).to_be_enabled()


def test_it_fits_the_screen_in_light_and_dark(at_page, screenshot):
    page = at_page
    page.locator("#sequence-examples button").nth(1).click()
    expect(page.locator("#sequence-analyse")).to_be_enabled()
    screenshot("sequence_form")
    analyse(page)
    wait_for_badges(page)  # their hidden tables must not widen the page
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme, light_ink in (("light", "false"), ("dark", "true")):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(INK_IS_LIGHT.replace("EXPECTED", light_ink))
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            screenshot(f"sequence_result_{width}_{scheme}")
    expect(page.get_by_role("link", name="DNA sequences")).to_be_in_viewport()
    assert page.evaluate("document.querySelector('#sequence-dashboard .main-svg').clientWidth") > 700


def test_the_chosen_colours_are_remembered(at_page):
    page = at_page
    page.emulate_media(color_scheme="light")
    page.get_by_label("Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def press_until(page, focused, key="Tab", most=40):
    for _ in range(most):
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", focused):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{focused} is not reached by {key}")


def test_the_keyboard_alone_is_enough(at_page):
    page = at_page
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    press_until(page, "#sequence-text")
    page.keyboard.insert_text(FASTA)
    expect(page.locator("#sequence-analyse")).to_be_enabled()
    press_until(page, "#sequence-analyse")
    page.keyboard.press("Enter")
    page.wait_for_function(DRAWN)
    press_until(page, "#sequence-table .ag-cell, #sequence-table .ag-header-cell")
    press_until(page, "#sequence-table .ag-row[row-id='1-forward'] .ag-cell", key="ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#sequence-dashboard-title")).to_contain_text("beta, forward")


@pytest.mark.console_errors_expected  # Chromium tells of the 404
def test_an_unknown_address_has_a_page(page, stack):
    page.goto(f"{stack.page}/nowhere")
    expect(page.get_by_role("heading", name="There is no page at this address")).to_be_visible()
    page.get_by_role("link", name="Go to the sequence page").click()
    expect(page.get_by_label("Sequences")).to_be_visible()


def test_the_documentation_of_the_api_works_offline(page, stack):
    page.goto(f"{stack.api}/docs")
    expect(page.get_by_text("/api/v1/sequence-analyses").first).to_be_visible()


def test_the_page_outlives_the_service(at_page, stack, screenshot):
    page = at_page
    pid = next(pid for pid, command in stack.launch.living().items() if "backend.main" in command)
    os.kill(pid, signal.SIGKILL)
    page.get_by_label("Sequences").fill("ACGTACGT")
    expect(page.get_by_text("The analysis service does not answer")).to_be_visible()
    screenshot("sequence_backend_down")
    expect(page.get_by_text("The analysis service does not answer")).to_be_hidden(timeout=60_000)
    expect(page.get_by_label("Sequences")).to_have_value("ACGTACGT")
    expect(page.locator("#sequence-feedback")).to_contain_text("1 record, 8 bases")
    analyse(page)
