"""Who one is, as a person sees it: a browser by itself, and signing in where there are passwords."""

import re

import httpx
import pytest
from playwright.sync_api import expect

JOB = re.compile(r"/jobs/[0-9a-f]{32}$")


@pytest.fixture
def other(browser):
    """Open a page of somebody else's browser."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def lab(laboratory, tmp_path):
    """Return the address of a page that asks for passwords."""
    with laboratory(tmp_path, {}) as started:
        yield started.page


def test_a_job_is_its_browsers_own_until_it_is_shared(page, other, stack):
    page.goto(f"{stack.page}/jobs")
    page.get_by_role("button", name="Watch an example").click()
    page.wait_for_url(JOB)
    expect(page.locator("#jobs-head .job-state")).to_be_visible()
    other.goto(page.url)
    expect(other.locator("#jobs-head")).to_contain_text("There is no such job")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Share:").click()
    expect(page.locator("#jobs-head")).to_contain_text("Shared: who may use this Regulens")
    other.reload()
    expect(other.locator("#jobs-head")).to_contain_text("Shared with you")
    expect(other.get_by_role("button", name=re.compile("Re-run as mine"))).to_be_visible()
    assert other.get_by_role("button", name=re.compile("Delete|Cancel|[Ss]har")).count() == 0
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Share:")).to_be_visible()
    other.reload()
    expect(other.locator("#jobs-head")).to_contain_text("There is no such job")


def test_the_open_account_says_what_it_is_and_the_status_is_told(page, stack, screenshot):
    page.goto(f"{stack.page}/account")
    expect(page.locator("#account-who")).to_contain_text("kept by this browser")
    expect(page.locator("#account-tokens")).to_contain_text("none are needed")
    expect(page.get_by_role("button", name="Make a token")).not_to_be_visible()
    page.locator(".user-button").click()
    page.get_by_role("menuitem", name="Status of the service").click()
    expect(page.locator("#status-part-networks")).to_contain_text("works")
    expect(page.locator("#status-limits")).to_contain_text("Your jobs that may wait")
    screenshot("status")


@pytest.mark.console_errors_expected  # of the browser, for each answer of status 401
def test_a_lab_signs_in_makes_a_token_and_keeps_what_was_typed(page, lab, sign_in, screenshot):
    page.goto(f"{lab}/account")
    expect(page).to_have_title("Sign in · Regulens")
    sign_in(page, "ada", password="not the right one")
    expect(page.get_by_role("alert")).to_have_text("Name or password is not right.")
    expect(page.get_by_label("Password")).to_be_focused()
    screenshot("sign_in")
    sign_in(page, "ada")
    page.wait_for_url(f"{lab}/account")
    page.get_by_label("What it is for").fill("nightly scoring")
    page.get_by_role("button", name="Make a token").click()
    secret = page.get_by_label("The new token").input_value()
    asked = httpx.get(f"{lab}/job-watch", headers={"Authorization": f"Bearer {secret}"}, trust_env=False)
    assert asked.status_code == 401, "tokens are for the API, not for the page"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke nightly scoring").click()
    expect(page.locator("#account-tokens")).to_contain_text("No tokens yet.")
    page.goto(lab)
    tab = page.context.new_page()
    tab.goto(f"{lab}/account")
    tab.locator(".user-button").click()
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(f"{lab}/sign-in")
    page.locator("#sequence-text").fill(">x\nACGTACGT")
    expect(page.locator("#shell-signed-out")).to_contain_text("Your session has ended")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in again").click()
    sign_in(opened.value, "ada")
    opened.value.wait_for_url(f"{lab}/")
    page.locator("#sequence-text").fill(">x\nACGTACGTA")
    expect(page.locator("#sequence-feedback")).to_contain_text("1 record")
    expect(page.locator("#shell-signed-out")).to_be_empty()
