"""The jobs pages as a person uses them, on the running stack."""

import io
import os
import random
import re
import signal
import zipfile

import httpx
import pytest
from playwright.sync_api import expect

FINISH_MS = 120_000
DRAWN = "() => (document.querySelector('#jobs-figure .js-plotly-plot')?.data?.length ?? 0) > 0"
SIZES = {"1280": (1280, 900), "1920": (1920, 1080)}


def open_form(page, stack, kind="class_optimization"):
    page.goto(f"{stack.page}/jobs/new?kind={kind}")
    expect(page.locator("#jobs-choice")).not_to_be_empty()


def submit(page):
    expect(page.locator("#jobs-submit")).to_be_enabled()
    page.locator("#jobs-submit").dblclick()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f]{32}$"))


def start_long_job(page, stack):
    open_form(page, stack)
    page.get_by_label("Restarts").fill("50")
    page.get_by_label("Steps").fill("10000")
    page.get_by_label("Name of this job").fill("A long one")
    expect(page.locator("#jobs-estimate")).to_contain_text("10,000 steps x 50 restarts")
    submit(page)
    expect(page.locator("#jobs-head .job-running")).to_be_visible()


def cancel(page):
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#jobs-head .job-cancelled")).to_be_visible(timeout=FINISH_MS)


def save(page, click):
    with page.expect_download() as caught:
        click.click()
    return caught.value.path().read_bytes(), caught.value.suggested_filename


def frame_label(page):
    return page.locator("#jobs-frame-label")


def test_a_newcomer_sees_a_job_work_and_plays_it(page, stack, screenshot):
    page.goto(f"{stack.page}/jobs")
    screenshot("jobs_empty")
    page.get_by_role("button", name="Watch an example").dblclick()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f]{32}$"))
    expect(page.locator("#jobs-head .job-state")).to_be_visible()
    expect(page.locator("#jobs-head .job-succeeded")).to_be_visible(timeout=FINISH_MS)
    page.wait_for_function(DRAWN)
    expect(frame_label(page)).to_have_text("step 1,000 of 1,000")
    expect(page).to_have_title(re.compile(r"^\(✓\) .* · Regulens$"))
    page.locator("#jobs-frame [role=slider]").press("Home")
    expect(frame_label(page)).not_to_have_text("step 1,000 of 1,000")
    expect(page.locator("#jobs-follow")).not_to_be_checked()
    first = frame_label(page).inner_text()
    page.locator("#jobs-play").click()
    expect(page.locator("#jobs-play")).to_have_text("Pause")
    expect(frame_label(page)).not_to_have_text(first)
    page.locator("#jobs-play").click()
    page.locator("#jobs-follow").click()
    expect(frame_label(page)).to_have_text("step 1,000 of 1,000")
    expect(page.locator("#jobs-figure")).to_contain_text("step 1,000 of 1,000")
    screenshot("jobs_detail")
    page.goto(f"{stack.page}/jobs")
    expect(page.locator("#jobs-list tbody tr")).to_have_count(1)


def test_a_job_is_watched_live_and_its_files_are_taken_away(page, stack, screenshot):
    open_form(page, stack)
    page.get_by_label("Steps").fill("3000")
    page.get_by_label("Name of this job").fill("Watched")
    expect(page.locator("#jobs-estimate")).to_contain_text("3,000 steps x 1 restart")
    screenshot("jobs_form")
    submit(page)
    expect(frame_label(page)).to_contain_text("of 3,000", timeout=FINISH_MS)
    early = frame_label(page).inner_text()
    expect(frame_label(page)).not_to_have_text(early)
    expect(page.locator("#jobs-head .job-succeeded")).to_be_visible(timeout=FINISH_MS)
    matrix, name = save(page, page.get_by_role("link", name="Download matrix.transfac"))
    assert name == "matrix.transfac"
    archive, _ = save(page, page.get_by_role("link", name="Everything as zip"))
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        assert matrix in {files.read(name) for name in files.namelist()}


def test_a_long_job_is_cancelled_and_deleted(page, stack):
    start_long_job(page, stack)
    page.get_by_role("link", name="Jobs", exact=True).click()
    row = page.locator("#jobs-list tbody tr")
    expect(row).to_contain_text("A long one")
    expect(row.get_by_role("progressbar")).to_be_visible()
    expect(page).to_have_title("(1) Jobs · Regulens")
    row.get_by_role("link", name="A long one").click()
    cancel(page)
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#jobs-head .job-cancelled")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    permalink = page.url
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile(r"/jobs$"))
    expect(page.locator("#jobs-list")).to_contain_text("No jobs yet")
    expect(page.locator("#jobs-error")).to_be_empty()
    page.goto(permalink)
    expect(page.locator("#jobs-head")).to_contain_text("There is no such job")
    page.goto(permalink.replace("/jobs/", "/jobs/new?from="))
    expect(page.locator("#jobs-error")).to_contain_text("There is no such job")
    expect(page.locator("#jobs-kinds")).to_contain_text("Class optimisation")


def test_a_link_to_the_histone_page_opens_it_without_a_failure(page, stack):
    page.goto(f"{stack.page}/jobs")
    page.get_by_role("link", name="Histone marks").click()
    expect(page.locator("#chromatin-examples")).not_to_be_empty()
    page.wait_for_timeout(500)
    expect(page.get_by_text("This did not work")).to_have_count(0)


def test_a_colleague_may_look_and_run_it_as_their_own(page, stack, browser):
    start_long_job(page, stack)
    colleague = browser.new_context()
    theirs = colleague.new_page()
    theirs.goto(page.url)
    expect(theirs.locator("#jobs-head")).to_contain_text("There is no such job")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("button", name="Stop sharing")).to_be_visible()
    theirs.reload()
    expect(theirs.locator("#jobs-head")).to_contain_text("A long one")
    expect(theirs.get_by_role("button", name="Re-run as mine")).to_be_visible()
    assert theirs.get_by_role("button", name="Cancel").count() == 0
    theirs.get_by_role("link", name="Change and re-run").click()
    expect(theirs.get_by_label("Restarts")).to_have_value("50")
    expect(theirs.locator("#jobs-choice")).to_contain_text("Filled from 'A long one'")
    colleague.close()
    cancel(page)


def test_an_error_stands_beside_its_field(page, stack, screenshot):
    open_form(page, stack)
    expect(page.locator("#jobs-submit")).to_be_enabled()
    page.get_by_label("Steps").fill("99999")
    expect(page.locator(".field-errors").filter(has_text="Give 10,000 or less.")).to_be_visible()
    expect(page.locator("#jobs-submit")).to_be_disabled()
    expect(page.locator("#jobs-reason")).to_have_text("Mend what is marked above first.")
    screenshot("jobs_error")
    page.get_by_label("Steps").fill("20")
    expect(page.locator("#jobs-submit")).to_be_enabled()
    expect(page.locator(".field-errors").filter(has_text="Give 10,000 or less.")).to_have_count(0)


def test_fields_come_and_go_with_what_they_depend_on(page, stack):
    open_form(page, stack, "sequence_scoring")
    expect(page.get_by_text("FASTA file", exact=True)).to_be_visible()
    expect(page.get_by_text("BED file", exact=True)).to_be_hidden()
    page.get_by_role("textbox", name="Sequences from").click()
    page.get_by_role("option", name="bed").click()
    expect(page.get_by_text("BED file", exact=True)).to_be_visible()
    expect(page.get_by_text("FASTA file", exact=True)).to_be_hidden()
    expect(page.locator("#jobs-submit")).to_be_disabled()


def test_the_models_offered_are_those_of_the_task(page, stack):
    open_form(page, stack)
    model = page.get_by_role("textbox", name="Model")
    expect(model).to_have_value(re.compile("CTCF"))
    page.get_by_role("textbox", name="Network reads").click()
    page.get_by_role("option", name="chromatin").click()
    expect(model).to_have_value(re.compile("DeepChrome|LSTM"))
    expect(page.get_by_text("Space", exact=True)).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/jobs", "/jobs/new?kind=sequence_training"])
def test_nothing_scrolls_sideways(page, stack, size, path):
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{stack.page}{path}")
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def kill(stack, part):
    """Kill a process of the stack as the machine's memory guard would; the launcher starts it again."""
    for pid, command in stack.launch.living().items():
        if part in command:
            os.killpg(os.getpgid(pid), signal.SIGKILL)
            return
    raise AssertionError(f"nothing runs {part}")


def peaks(n, *, motif="TGCCACCTAGTGGCCA"):
    """Sequences around a motif, which a network learns in seconds."""
    rng = random.Random(5)
    for number in range(n):
        at = rng.randint(20, 60)
        bases = "".join(rng.choice("ACGT") for _ in range(101 - len(motif)))
        yield f">peak_{number}\n{bases[:at]}{motif}{bases[at:]}\n"


def n_epochs(page):
    return page.evaluate("document.querySelector('#jobs-figure .js-plotly-plot')?.data?.[0]?.x?.length ?? 0")


@pytest.fixture
def planted(page, stack):
    """Name a factor whose models are gone afterwards: other tests count factors."""
    yield "planted"
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}  # only who made one may remove it
    for architecture in ("demo_cnn", "kmer_logistic"):
        removed = httpx.delete(f"{stack.api}/api/v1/checkpoints/planted-{architecture}", cookies=cookies)
        assert removed.status_code in {204, 404}


def test_a_training_outlives_its_worker_and_its_model_answers_at_once(page, stack, screenshot, tmp_path, planted):
    (tmp_path / "peaks.fa").write_text("".join(peaks(400)))
    open_form(page, stack, "sequence_training")
    with page.expect_file_chooser() as chooser:
        page.locator("#jobs-upload-positives .upload-choose").click()
    chooser.value.set_files(tmp_path / "peaks.fa")
    page.get_by_label("Short name").fill(planted)
    page.get_by_text("Advanced (").click()
    page.get_by_label("Epochs").fill("60")
    page.get_by_label("Patience").fill("60")
    submit(page)
    page.wait_for_function("(document.querySelector('#jobs-figure .js-plotly-plot')?.data?.[0]?.x?.length ?? 0) > 3")
    before = n_epochs(page)
    queue = "fast" if "fast-" in page.locator("#jobs-log").inner_text() else "heavy"
    kill(stack, f"backend.workers.run {queue}")
    expect(page.locator("#jobs-head")).to_contain_text("Worker lost, retrying 2 of 3", timeout=FINISH_MS)
    screenshot("jobs_worker_lost")
    expect(page.locator("#jobs-head .job-succeeded")).to_be_visible(timeout=FINISH_MS)
    assert n_epochs(page) > before
    expect(page.locator("#jobs-figure")).to_contain_text("resumed")
    screenshot("jobs_training")
    page.get_by_role("link", name="Use it on the DNA page").first.click()
    expect(page.locator("#sequence-factor")).to_have_value(re.compile(planted))
    page.get_by_label("Sequences").fill(next(peaks(1)))
    page.get_by_role("button", name="Analyse").click()
    page.wait_for_function("() => document.querySelector('.js-plotly-plot')?.data?.length > 0")
    expect(page.locator("#sequence-dashboard")).to_contain_text("CNN DeepLIFT/SHAP")


@pytest.mark.console_errors_expected
def test_a_permalink_outlives_the_service_and_the_page_comes_back_by_itself(page, stack):
    start_long_job(page, stack)
    kill(stack, "backend.main:create_app")
    expect(page.locator("#jobs-backend-down")).to_be_visible(timeout=FINISH_MS)
    expect(page.locator("#jobs-backend-down")).to_be_hidden(timeout=FINISH_MS)
    page.reload()
    expect(page.locator("#jobs-head")).to_contain_text("A long one")
    expect(page.locator("#jobs-head .job-running")).to_be_visible()
    page.wait_for_function(DRAWN)
    cancel(page)
