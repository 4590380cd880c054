"""The page of comparisons as a person uses it, on the running stack."""

import csv

from playwright.sync_api import expect

DRAWN = "() => (document.querySelector('#compare-figure .js-plotly-plot')?.data?.length ?? 0) > 4"
SITE = "ACGTTGACCATGCATCGATTGGCCACCAGGGGGCGCTATTGACGATTACA"


def open_page(page, stack):
    page.goto(f"{stack.page}/compare")
    expect(page.locator("#compare-examples button").first).to_be_visible()


def pills(page):
    return page.locator(".mantine-MultiSelect-root .mantine-Pill-root")


def test_an_example_is_compared_and_the_numbers_are_saved(page, stack, screenshot):
    open_page(page, stack)
    expect(pills(page)).to_have_count(3)
    page.get_by_role("button", name="CTCF motif in random DNA").click()
    expect(page.locator("#compare-text")).not_to_be_empty()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_function(DRAWN)
    expect(page.locator("#compare-verdict")).to_contain_text("rank correlation")
    expect(page.locator("#compare-spans li").first).to_contain_text("Bases")
    expect(page.locator("#compare-facts")).to_contain_text("Average model")
    expect(page.locator("#compare-figure")).to_contain_text("Consensus")
    screenshot("compare")
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as caught:
        page.get_by_role("menuitem", name="Numbers as CSV").click()
    lines = caught.value.path().read_text().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert len(rows) == 101
    assert sum(float(row["share_ctcf_weri-demo_cnn"]) > 0.03 for row in rows[41:60]) > 5


def test_an_address_brings_sequence_and_models_and_what_is_wrong_stands_beside_its_field(page, stack):
    page.goto(f"{stack.page}/compare#factor=ctcf_weri&sequence={SITE}")
    page.wait_for_function(DRAWN)
    expect(page.locator("#compare-text")).to_have_value(SITE)
    expect(page.locator("#compare-facts")).to_contain_text("51 positions of padding")
    start = page.get_by_role("button", name="Compare", exact=True)
    page.locator("#compare-text").fill("ACGU")
    start.click()
    expect(page.locator(".mantine-Textarea-error")).to_be_visible()
    page.locator("#compare-text").fill("A" * 150)
    start.click()
    expect(page.locator(".mantine-Textarea-error")).to_contain_text("holds 150 bases, the networks read 101")
    for _ in range(2):
        pills(page).first.get_by_role("button", include_hidden=True).click()
    page.locator("#compare-text").fill(SITE)
    start.click()
    expect(page.locator(".mantine-MultiSelect-error")).to_contain_text("at least 2 models")
    expect(page.locator("#compare-figure")).to_be_visible()  # the last answer stays
