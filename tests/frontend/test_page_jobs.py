"""The jobs pages without a browser: who asks, what is asked, where errors go, what is sent again and what is not."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from dash import no_update
from plotly.utils import PlotlyJSONEncoder

from backend.schemas.job_live import (
    CurvePoint,
    DesignFrame,
    DesignLive,
    JobLive,
    MatrixFrame,
    OptimisationLive,
    ScoringLive,
    TrainingLive,
)
from backend.schemas.jobs import Job, JobKindInfo, JobList
from backend.schemas.problem import ProblemItem
from frontend.app import create_dash
from frontend.askers import current_credentials
from frontend.client import BackendClient, BackendProblem
from frontend.figures.palettes import DEFAULT_PALETTE, PALETTES
from frontend.pages import PAGES, page_at
from frontend.pages.jobs.actions import perform
from frontend.pages.jobs.changes import only_changed
from frontend.pages.jobs.filled_form import fill, filled, which
from frontend.pages.jobs.filters import filter_options
from frontend.pages.jobs.form_errors import sort_errors
from frontend.pages.jobs.listing import shown
from frontend.pages.jobs.live import LiveCache
from frontend.pages.jobs.pictures import draw

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
KIND = JobKindInfo(
    name="sequence_scoring", title="Score", summary="", queue="heavy", time_limit_s=60, limits="",
    parameters={
        "properties": {
            "file": {"type": "string", "widget": "upload"},
            "model": {"type": "string", "widget": "checkpoint", "default": ""},
            "n": {"type": "integer", "default": 3},
        },
        "required": ["file"],
    },
)  # fmt: skip


def job_of(**changes):
    fields = dict.fromkeys(Job.model_fields) | {
        "id": "a" * 32, "kind": KIND.name, "kind_title": "Score", "title": "Mine", "state": "succeeded",
        "queue": "heavy", "attempt": 1, "is_mine": True, "shared": False, "created": NOW, "expired": False,
        "estimate_s": 1,
        "parameters": {"file": "u1", "n": 5}, "deadline_s": 60, "has_live": False, "summary": {}, "versions": {},
        "revision": 1, "files": [], "checkpoints": [], "log": [],
        "inputs": [{"upload": "u1", "name": "peaks.fa", "n_bytes": 3, "sha256": "s"}],
    }  # fmt: skip
    return Job.model_validate(fields | changes)


class FakeApi:
    """Answer as the API does and remember what was asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __call__(self, request):
        path = request.url.path.removeprefix("/api/v1/")
        self.asked.append(request)
        status, answer = self.answers.get(f"{request.method} {path}", self.answers.get(path, (404, None)))
        if answer is None:
            return httpx.Response(status)
        return httpx.Response(status, content=json.dumps(answer, cls=PlotlyJSONEncoder, default=_plain))


def _plain(value):
    return value.model_dump(mode="json")


def ask(api, question):
    async def run():
        async with BackendClient("http://api", transport=httpx.MockTransport(api)) as client:
            return await question(client)

    return asyncio.run(run())


def browse(api, *paths, cookies=None):
    """Ask the page's server as one browser does."""

    async def question(client):
        transport = httpx.ASGITransport(app=create_dash(client).server)
        async with httpx.AsyncClient(transport=transport, base_url="http://page", cookies=cookies) as browser:
            return [await browser.get(path) for path in paths]

    return ask(api, question)


@pytest.mark.parametrize(
    ("path", "page"),
    [("/", "/"), ("/jobs", "/jobs"), ("/jobs/new", "/jobs/new"), (f"/jobs/{'a' * 32}", "/jobs/*"), ("/jobsx", None)],
)
def test_an_address_has_its_page(path, page):
    found = page_at(path)
    assert (found.path if found else None) == page


def test_every_page_of_jobs_has_a_place_for_errors_and_the_banner():
    for page in PAGES:
        if page.path.startswith("/jobs"):
            said = json.dumps(page.layout(), cls=PlotlyJSONEncoder)
            assert all(f'"{place}"' in said for place in ("jobs-error", "jobs-backend-down", "jobs-asked"))


def test_the_watch_tells_what_has_ended():
    api = FakeApi(jobs=(200, JobList(jobs=[job_of(), job_of(id="b" * 32, state="running")], total=2, counts={})))
    told = browse(api, "/job-watch")[0].json()
    assert [(job["id"][0], job["over"]) for job in told] == [("a", True), ("b", False)]


def test_a_file_of_a_job_is_passed_on_under_its_name():
    def api(request):
        assert request.url.path == "/api/v1/jobs/j1/files/a b.tsv"
        return httpx.Response(200, content=b"x\ty\n", headers={"Content-Length": "4"})

    answer = browse(api, "/job-files/j1/a%20b.tsv")[0]
    assert (answer.content, answer.headers["content-length"]) == (b"x\ty\n", "4")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%20b.tsv"


def test_a_file_that_has_expired_is_said_to_have(problem):
    gone = problem.model_copy(update={"status": 410})
    assert browse(FakeApi(**{"jobs/j1/archive": (410, gone)}), "/job-archives/j1")[0].status_code == 410


def test_what_is_unchanged_is_not_sent_again():
    parts, digests = only_changed({"head": "a", "log": [1]}, {})
    assert parts == {"head": "a", "log": [1]}
    again, same = only_changed({"head": "b", "log": [1]}, digests)
    assert again == {"head": "b", "log": no_update}
    assert same["log"] == digests["log"]


def test_an_unchanged_list_is_drawn_once_a_minute():
    found = JobList(jobs=[job_of()], total=1, counts={"succeeded": 1})
    first = only_changed(shown(found, filtered=False, now=NOW), {})[1]
    soon = only_changed(shown(found, filtered=False, now=NOW + timedelta(seconds=59)), first)[0]
    later = only_changed(shown(found, filtered=False, now=NOW + timedelta(seconds=60)), first)[0]
    assert set(map(id, soon.values())) == {id(no_update)}
    assert later["list"] is not no_update


def test_an_empty_list_offers_the_example_and_a_filtered_one_does_not():
    nothing = JobList(jobs=[], total=0, counts={})
    for filtered in (False, True):
        said = json.dumps(shown(nothing, filtered=filtered, now=NOW)["list"], cls=PlotlyJSONEncoder)
        assert ('"data-action": "example"' in said) is not filtered


def test_the_filters_count_their_states():
    labels = [option["label"] for option in filter_options({"running": 2, "queued": 1, "timed_out": 1})]
    assert labels == ["All", "Active (3)", "Succeeded", "Failed (1)", "Cancelled"]


def test_the_address_names_a_kind_or_a_job_to_fill_from():
    assert which("?kind=a") == ("a", None)
    assert which("?from=b") == (None, "b")
    assert which("") == (None, None)


@pytest.fixture
def catalogs(catalog):
    nothing = {name: [] for name in ("marks", "checkpoints", "architectures", "layouts", "examples")}
    limits = dict.fromkeys(
        ("genes", "rows", "bytes", "bigwig_bytes", "checkpoint_bytes", "kept_hours", "explained_checkpoints"), 1
    )
    chromatin = nothing | {"mark_roles": {}, "limits": limits, "gene_tables": {}}
    return {"catalog": (200, catalog), "chromatin-catalog": (200, chromatin)}


def test_a_form_is_filled_with_defaults_and_the_first_checkpoint(catalogs):
    form = ask(FakeApi(**catalogs), lambda client: fill(client, [KIND], kind=KIND.name, origin=None))
    assert (form.values["n"], form.values["model"]) == (3, "ctcf_weri-demo_cnn")
    assert form.spec["fields"]["file"]["required"] is True
    assert form.spec["rerun_of"] is None
    assert "ctcf_weri-demo_cnn" in json.dumps(filled(form), cls=PlotlyJSONEncoder)


def test_a_form_filled_from_a_job_has_its_values_and_names_its_files(catalogs):
    api = FakeApi(**catalogs, **{f"jobs/{'a' * 32}": (200, job_of())})
    form = ask(api, lambda client: fill(client, [KIND], kind=None, origin="a" * 32))
    assert form.values["n"] == 5
    assert form.values["file"] == [{"id": "u1", "name": "peaks.fa"}]
    assert form.spec["rerun_of"] == "a" * 32


def test_no_kind_no_form():
    assert ask(FakeApi(), lambda client: fill(client, [KIND], kind="unheard of", origin=None)) is None


ASKED = {"parameters": {"n": 0, "file": None}, "visible": ["n", "file"]}


def refused(problem, *fields):
    errors = [ProblemItem(code="x", message=f"Mend {field}.", field=field) for field in fields]
    return sort_errors(problem.model_copy(update={"errors": errors}), ASKED, ["file", "n"])


def test_an_error_stands_beside_its_field(problem):
    found = refused(problem, "parameters.n")
    assert "Mend parameters.n." in json.dumps(found.fields[1], cls=PlotlyJSONEncoder)
    assert (found.fields[0], found.rest) == (None, None)
    assert "marked above" in found.reason


def test_an_empty_field_is_asked_for_and_not_scolded(problem):
    found = refused(problem, "parameters.file")
    assert found == ([None, None], None, "Mend parameters.file.")


def test_an_error_of_no_field_stands_below(problem):
    found = refused(problem, "title", "parameters.n.0")
    assert found.fields[1] is not None
    assert "Mend title." in json.dumps(found.rest, cls=PlotlyJSONEncoder)


def click(action, **more):
    return {"action": action, "job": "a" * 32, "name": "", "key": uuid.UUID(int=7).hex} | more


def test_a_rerun_is_the_same_request_under_the_key_of_the_click():
    old, new = job_of(), job_of(id="b" * 32)
    api = FakeApi(**{f"jobs/{'a' * 32}": (200, old), "POST jobs": (202, new)})
    assert ask(api, lambda client: perform(client, click("rerun"))) == f"/jobs/{'b' * 32}"
    sent = api.asked[-1]
    assert sent.headers["Idempotency-Key"] == str(uuid.UUID(int=7))
    assert json.loads(sent.content) == {
        "kind": old.kind, "parameters": old.parameters, "title": "Mine", "rerun_of": old.id,
    }  # fmt: skip


def test_clicks_cancel_delete_and_remove():
    path = f"jobs/{'a' * 32}"
    api = FakeApi(**{
        f"POST {path}/cancellation": (202, job_of(state="cancelling")), f"DELETE {path}": (204, None),
        "DELETE checkpoints/liver-cnn": (204, None),
    })  # fmt: skip
    assert ask(api, lambda client: perform(client, click("cancel"))) is None
    assert ask(api, lambda client: perform(client, click("delete"))) == "/jobs"
    assert ask(api, lambda client: perform(client, click("remove-sequence", name="liver-cnn"))) is None
    assert [request.method for request in api.asked] == ["POST", "DELETE", "DELETE"]


OPTIMISATION = OptimisationLive(
    checkpoint="c", checkpoint_title="CNN", target="bound", rows=list("ACGT"), bin_size_bp=None, n_steps=10,
    best_restart=0, restart_scores=[0.2, 0.9, 0.7], convention="P(bound).",
    frames=[MatrixFrame(step=s, values=[[0.25] * 8] * 4) for s in (0, 10)],
    curve=[CurvePoint(step=s, score=0.5, loss=1.0) for s in (0, 10)],
)  # fmt: skip
DESIGN = DesignLive(
    method="greedy", checkpoint="c", judge=None, target="bound", start="ACGT", n_steps=1, convention="",
    frames=[DesignFrame(step=0, sequence="ACGT", score=0.1, judge_score=None, n_edits=0)],
)  # fmt: skip
TRAINING = TrainingLive(
    task="sequence", title="Liver", split="random", counts={"training": 80}, networks=[], baselines=[]
)
SCORING = ScoringLive(
    columns=["name", "cnn.probability"], preview=[["p1", 0.25], ["p2", None]], done=2, total=9, skipped=1,
    histogram_edges=[0, 0.5, 1], histograms={"cnn.probability": [1, 0]}, convention="",
)  # fmt: skip


@pytest.mark.parametrize("live", [OPTIMISATION, DESIGN, TRAINING, SCORING], ids=lambda live: live.kind)
@pytest.mark.parametrize("dark", [False, True])
def test_everything_that_jobs_show_is_drawn(live, dark):
    drawn = draw(live, 0, palette=PALETTES[DEFAULT_PALETTE], dark=dark)
    assert drawn.title
    assert drawn.figure.layout.height


def test_the_notes_say_how_far_restarts_agree_and_what_was_scored():
    said = [json.dumps(draw(live, 0, palette=PALETTES[DEFAULT_PALETTE], dark=False).notes, cls=PlotlyJSONEncoder)
            for live in (OPTIMISATION, SCORING)]  # fmt: skip
    assert "3 restarts: P(bound) from 0.200 to 0.900, middle 0.700; 2 reach 0.5." in said[0]
    assert "2 of 9 scored, 1 skipped." in said[1]
    assert '"p2"' in said[1]


def test_the_designed_sequence_can_be_copied_and_complete_scores_are_not_so_far():
    def picture(live):
        return draw(live, 0, palette=PALETTES[DEFAULT_PALETTE], dark=False)

    assert '"ACGT"' in json.dumps(picture(DESIGN).notes, cls=PlotlyJSONEncoder)
    assert picture(SCORING).title == "Scores so far"
    assert picture(SCORING.model_copy(update={"done": 9})).title == "Scores"


def test_a_picture_is_fetched_again_only_if_it_has_changed():
    live = JobLive(revision=4, live=OPTIMISATION)
    answers = [httpx.Response(200, text=live.model_dump_json(), headers={"ETag": '"e"'}), httpx.Response(304)]
    known = []

    def api(request):
        known.append(request.headers.get("If-None-Match"))
        return answers.pop(0)

    async def question(client):
        lives = LiveCache(client)
        return [await lives.refresh("j"), await lives.refresh("j"), await lives.get("j")]

    assert ask(api, question) == [live] * 3
    assert known == [None, '"e"']


def test_a_picture_that_one_has_fetched_is_not_shown_to_another(problem):
    none = problem.model_copy(update={"status": 404})
    live = JobLive(revision=4, live=OPTIMISATION)
    answers = [httpx.Response(200, text=live.model_dump_json()), httpx.Response(404, text=none.model_dump_json())]

    async def question(client):
        lives, seen = LiveCache(client), []
        for cookie in ("regulens-session=ada", "regulens-session=bob"):
            token = current_credentials.set({"Cookie": cookie})
            seen.append(await lives.get("j"))
            current_credentials.reset(token)
        return seen

    assert ask(lambda _request: answers.pop(0), question) == [live, None]


def test_a_picture_is_not_shown_for_long_without_asking(monkeypatch):
    live, clock = JobLive(revision=4, live=OPTIMISATION), [0.0]
    monkeypatch.setattr("frontend.askers.time.monotonic", lambda: clock[0])
    asked = []

    def api(request):
        asked.append(request)
        return httpx.Response(200, text=live.model_dump_json())

    async def question(client):
        lives = LiveCache(client)
        for clock[0] in (0.0, 9.0, 11.0):
            await lives.get("j")

    ask(api, question)
    assert len(asked) == 2


def test_a_job_without_a_picture_yet_has_none(problem):
    none = problem.model_copy(update={"status": 404})
    assert ask(FakeApi(**{"jobs/j/live": (404, none)}), lambda client: LiveCache(client).refresh("j")) is None


def test_a_refusal_of_the_picture_is_not_hidden(problem):
    busy = problem.model_copy(update={"status": 500})
    with pytest.raises(BackendProblem):
        ask(FakeApi(**{"jobs/j/live": (500, busy)}), lambda client: LiveCache(client).refresh("j"))
