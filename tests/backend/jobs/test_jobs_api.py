"""Jobs over HTTP, with a worker in the same process: asked for, watched, fetched, cancelled, forgotten, expired."""

import asyncio
import io
import json
import sys
import time
import uuid
import zipfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from backend.jobs.files import attempt_folder
from backend.jobs.ledger import change
from backend.jobs.retention import remove_expired
from backend.jobs.tables import JobRecord
from backend.main import create_app
from backend.schemas.access import SESSION_COOKIE, NewSession
from backend.schemas.job_live import JobLive
from backend.schemas.jobs import Job, JobEstimate, JobKindInfo, JobList
from backend.services import job_requests
from backend.services.job_runner import run_job

pytestmark = pytest.mark.anyio

HERE = str(Path(__file__).parent)


@pytest.fixture(scope="module")
def job_settings(settings, tmp_path_factory):
    given = {"data_dir": tmp_path_factory.mktemp("jobs"), "job_modules": ("probe_kinds",), "waiting_jobs_per_user": 4}
    return settings.model_copy(update=given)


@pytest.fixture(scope="module")
async def job_app(job_settings, anyio_backend):
    sys.path.insert(0, HERE)
    app = create_app(job_settings)
    async with app.router.lifespan_context(app):
        yield app
    sys.path.remove(HERE)


@pytest.fixture
def place(job_app):
    return job_app.state.context


@pytest.fixture
async def client(job_app):
    """A user of one's own in every test, so that limits start afresh."""
    async with visitor(job_app) as client:
        yield client


@pytest.fixture
async def colleague(job_app):
    async with visitor(job_app) as client:
        yield client


@asynccontextmanager
async def visitor(app):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client:
        session = NewSession.model_validate_json((await client.post("/sessions", json={})).content)
        client.cookies.set(SESSION_COOKIE, session.cookie)
        yield client


@pytest.fixture
def work(place):
    """Do a job as a worker would."""

    def run(job_id):
        run_job(job_id, ledger=place.ledger, storage=place.storage, settings=place.settings, worker="test")

    return run


async def ask(client, kind="probe", **parameters):
    response = await client.post("/jobs", json={"kind": kind, "parameters": parameters})
    assert response.status_code == 202, response.text
    return Job.model_validate_json(response.content)


async def look(client, job_id):
    return Job.model_validate_json((await client.get(f"/jobs/{job_id}")).content)


async def test_kinds_come_with_the_schema_of_their_form(client):
    kinds = {kind["name"]: JobKindInfo.model_validate(kind) for kind in (await client.get("/job-kinds")).json()}
    steps = kinds["probe"].parameters["properties"]["steps"]
    assert (steps["minimum"], steps["maximum"], steps["default"]) == (1, 100_000, 3)
    assert "upload" in json.dumps(kinds["probe"].parameters["properties"]["file"])


async def test_limits_are_said_beforehand(client):
    assert (await client.get("/job-limits")).json()["waiting_per_user"] == 4


async def test_an_estimate_asks_for_nothing(client):
    answer = await client.post("/job-estimates", json={"kind": "probe", "parameters": {"steps": 100, "step_s": 2}})
    estimate = JobEstimate.model_validate_json(answer.content)
    assert (estimate.words, estimate.seconds > 0) == ("100 steps", True)
    assert (await client.get("/jobs")).json()["total"] == 0


async def test_an_estimate_above_the_limit_warns(client):
    answer = await client.post("/job-estimates", json={"kind": "probe", "parameters": {"steps": 100_000, "step_s": 9}})
    assert "longer than a job of this kind may" in answer.json()["warnings"][0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "nonsense"}, "kind"),
        ({"kind": "probe", "parameters": {"steps": 0}}, "parameters.steps"),
        ({"kind": "probe", "parameters": {"unknown": 1}}, "parameters.unknown"),
        ({"kind": "probe", "parameters": {"file": "../../etc/passwd"}}, "parameters.file"),
    ],
)
async def test_a_mistake_is_named_by_its_field(client, problem_of, body, field):
    for path in ("/jobs", "/job-estimates"):
        problem = problem_of(await client.post(path, json=body), 422, "invalid-request")
        assert [item.field for item in problem.errors] == [field]


async def test_long_parameters_are_to_be_uploaded(client, problem_of, monkeypatch):
    monkeypatch.setattr(job_requests, "LONGEST_PARAMETERS", 100)
    body = {"kind": "probe", "parameters": {"content": "x" * 101}}
    problem = problem_of(await client.post("/jobs", json=body), 422, "invalid-request")
    assert "Upload" in problem.errors[0].message


async def test_a_job_goes_from_the_request_to_its_result(client, work):
    response = await client.post("/jobs", json={"kind": "probe", "title": "Mine", "parameters": {"content": "seen"}})
    job = Job.model_validate_json(response.content)
    assert response.headers["location"] == f"/api/v1/jobs/{job.id}"
    assert (job.state, job.title, job.is_mine, job.attempt) == ("queued", "Mine", True, 0)
    assert job.waiting_for.startswith("the dispatcher")
    work(job.id)
    done = await look(client, job.id)
    assert (done.state, done.attempt, done.reason, done.has_live) == ("succeeded", 1, None, True)
    assert [event.message for event in done.log] == [
        "Accepted.", "Started by test.", "The result is written.", "Succeeded.",
    ]  # fmt: skip
    file = await client.get(f"/jobs/{job.id}/files/result.txt")
    assert file.text == f"seen {done.summary['digest']}\n"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''result.txt"
    assert (done.files[0].n_bytes, done.files[0].partial) == (len(file.content), False)
    live = JobLive.model_validate_json((await client.get(f"/jobs/{job.id}/live")).content)
    assert (live.live.done, live.live.total) == (3, 3)


async def test_the_archive_holds_everything(client, work):
    job = await ask(client)
    work(job.id)
    packed = zipfile.ZipFile(io.BytesIO((await client.get(f"/jobs/{job.id}/archive")).content))
    assert set(packed.namelist()) == {"job.json", "log.txt", "live.json", "files/result.txt"}
    assert Job.model_validate_json(packed.read("job.json")).id == job.id


async def test_an_unchanged_job_answers_304(client, work):
    job = await ask(client)
    first = await client.get(f"/jobs/{job.id}")
    again = await client.get(f"/jobs/{job.id}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    work(job.id)
    assert (await client.get(f"/jobs/{job.id}", headers={"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_nothing_to_show_yet(client, problem_of):
    job = await ask(client)
    problem_of(await client.get(f"/jobs/{job.id}/live"), 404, "no-live")
    problem_of(await client.get(f"/jobs/{job.id}/files/result.txt"), 404, "unknown-file")


@pytest.mark.parametrize("path", ["", "/live", "/files/a", "/archive"])
async def test_an_unknown_job_is_said(client, problem_of, path):
    problem_of(await client.get(f"/jobs/{'0' * 32}{path}"), 404, "unknown-job")


async def test_64_equal_requests_with_one_key_are_one_job(client):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"kind": "probe", "parameters": {}}
    answers = await asyncio.gather(*(client.post("/jobs", json=body, headers=headers) for _ in range(64)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await client.get("/jobs")).json()["total"] == 1


async def test_a_key_with_another_request_is_refused(client, problem_of):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    await client.post("/jobs", json={"kind": "probe"}, headers=headers)
    changed = await client.post("/jobs", json={"kind": "probe", "parameters": {"steps": 4}}, headers=headers)
    problem_of(changed, 409, "reused-key")


async def test_too_many_jobs_are_refused_with_the_time_to_come_back(client, problem_of):
    for _ in range(4):
        await ask(client)
    refused = await client.post("/jobs", json={"kind": "probe"})
    problem_of(refused, 429, "too-many-jobs")
    assert int(refused.headers["retry-after"]) > 0


async def test_a_full_disk_refuses_jobs_and_nothing_else(client, problem_of, place, work, monkeypatch):
    job = await ask(client)
    monkeypatch.setattr(place.storage, "free_bytes", lambda: 1)
    problem_of(await client.post("/jobs", json={"kind": "probe"}), 507, "storage-full")
    assert (await look(client, job.id)).state == "queued"
    monkeypatch.undo()
    assert (await ask(client)).state == "queued"


async def test_a_database_that_is_away_is_said_with_the_time_to_come_back(client, problem_of, monkeypatch):
    def away(*_, **__):
        raise OperationalError("SELECT secret", {}, Exception("database is locked"))

    monkeypatch.setattr(job_requests, "submit", away)
    refused = await client.post("/jobs", json={"kind": "probe"})
    problem = problem_of(refused, 503, "ledger-away")
    assert "secret" not in problem.detail
    assert int(refused.headers["retry-after"]) > 0
    assert (await client.get("/jobs")).json()["total"] == 0


async def test_a_job_whose_writing_down_was_not_heard_of_keeps_its_files(client, work, monkeypatch):
    def unheard(*args, **values):
        submit(*args, **values)
        raise OperationalError("COMMIT", {}, Exception("the connection is gone"))

    submit = job_requests.submit
    upload = (await client.put("/uploads/notes.txt", content=b"brought along")).json()["id"]
    request = {
        "headers": {"Idempotency-Key": str(uuid.uuid4())},
        "json": {"kind": "probe", "parameters": {"file": upload}},
    }
    with monkeypatch.context() as patched:
        patched.setattr(job_requests, "submit", unheard)
        assert (await client.post("/jobs", **request)).status_code == 503
    job_id = (await client.post("/jobs", **request)).json()["id"]
    work(job_id)
    assert (await look(client, job_id)).state == "succeeded"


async def test_what_a_lost_attempt_has_left_behind_is_said_to_be_gone(client, problem_of, work, place):
    job = await ask(client)
    work(job.id)
    place.storage.remove(attempt_folder(job.id, 1))
    problem_of(await client.get(f"/jobs/{job.id}/live"), 404, "no-live")
    problem_of(await client.get(f"/jobs/{job.id}/files/result.txt"), 404, "unknown-file")
    packed = zipfile.ZipFile(io.BytesIO((await client.get(f"/jobs/{job.id}/archive")).content))
    assert set(packed.namelist()) == {"job.json", "log.txt"}


async def test_an_uploaded_file_is_kept_with_the_job(client, work, place):
    upload = (await client.put("/uploads/notes.txt", content=b"brought along")).json()["id"]
    job = await ask(client, file=upload)
    assert [(given.name, given.n_bytes) for given in job.inputs] == [("notes.txt", 13)]
    await client.delete(f"/uploads/{upload}")
    work(job.id)
    assert (await client.get(f"/jobs/{job.id}/files/result.txt")).text.startswith("brought along ")
    again = await client.post(
        "/jobs", json={"kind": "probe", "parameters": {"file": upload, "steps": 5}, "rerun_of": job.id}
    )
    rerun = Job.model_validate_json(again.content)
    work(rerun.id)
    assert (await look(client, rerun.id)).state == "succeeded"


async def test_a_missing_upload_is_said_and_leaves_nothing(client, problem_of, place):
    before = place.storage.names("jobs")
    problem_of(
        await client.post("/jobs", json={"kind": "probe", "parameters": {"file": "0" * 32}}), 404, "unknown-upload"
    )
    assert place.storage.names("jobs") == before


async def test_who_did_not_ask_for_a_job_does_not_find_it(client, colleague, problem_of, work):
    job = await ask(client)
    work(job.id)
    for path in ("", "/live", "/files/result.txt", "/archive"):
        problem_of(await colleague.get(f"/jobs/{job.id}{path}"), 404, "unknown-job")
    problem_of(await colleague.post(f"/jobs/{job.id}/cancellation"), 404, "unknown-job")
    problem_of(await colleague.put(f"/jobs/{job.id}/sharing", json={"shared": True}), 404, "unknown-job")
    problem_of(await colleague.delete(f"/jobs/{job.id}"), 404, "unknown-job")
    assert (await colleague.get("/jobs")).json()["total"] == 0
    assert (await look(client, job.id)).is_mine


async def test_a_shared_job_is_read_by_whoever_has_its_id_and_changed_by_its_owner_only(
    client, colleague, problem_of, work
):
    upload = (await client.put("/uploads/notes.txt", content=b"brought along")).json()["id"]
    job = await ask(client, file=upload)
    work(job.id)
    shared = Job.model_validate_json((await client.put(f"/jobs/{job.id}/sharing", json={"shared": True})).content)
    assert (shared.shared, shared.is_mine) == (True, True)
    seen = await look(colleague, job.id)
    assert (seen.shared, seen.is_mine, seen.summary) == (True, False, shared.summary)
    for path in ("/live", "/files/result.txt", "/archive"):
        assert (await colleague.get(f"/jobs/{job.id}{path}")).status_code == 200
    again = {"kind": "probe", "parameters": {"file": upload}, "rerun_of": job.id}
    assert (await colleague.post("/jobs", json=again)).status_code == 202
    assert (await colleague.get("/jobs")).json()["total"] == 1, "shared jobs are not listed"
    problem_of(await colleague.post(f"/jobs/{job.id}/cancellation"), 404, "unknown-job")
    problem_of(await colleague.put(f"/jobs/{job.id}/sharing", json={"shared": False}), 404, "unknown-job")
    problem_of(await colleague.delete(f"/jobs/{job.id}"), 404, "unknown-job")
    await client.put(f"/jobs/{job.id}/sharing", json={"shared": False})
    problem_of(await colleague.get(f"/jobs/{job.id}"), 404, "unknown-job")
    problem_of(await colleague.post("/jobs", json=again), 404, "unknown-job")


async def test_a_waiting_job_is_cancelled_and_never_runs(client, work):
    job = await ask(client)
    cancelled = await client.post(f"/jobs/{job.id}/cancellation")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    work(job.id)
    assert (await look(client, job.id)).attempt == 0


async def test_only_a_finished_job_can_be_deleted_and_takes_its_files_along(client, problem_of, work, place):
    job = await ask(client)
    problem_of(await client.delete(f"/jobs/{job.id}"), 409, "unfinished-job")
    work(job.id)
    assert (await client.delete(f"/jobs/{job.id}")).status_code == 204
    problem_of(await client.get(f"/jobs/{job.id}"), 404, "unknown-job")
    assert job.id not in place.storage.names("jobs")


async def test_a_defect_is_not_shown_and_a_mistake_is(client, work):
    job = await ask(client, mode="fail")
    work(job.id)
    failed = await look(client, job.id)
    assert (failed.state, failed.failure.title) == ("failed", "Something went wrong in the service")
    assert "inside" not in failed.model_dump_json(exclude={"parameters"})


async def test_lists_are_filtered_searched_and_counted(client, work):
    first = await ask(client)
    await client.post("/jobs", json={"kind": "heavy_probe", "title": "100 % special_one"})
    work(first.id)

    async def listed(query):
        return JobList.model_validate_json((await client.get(f"/jobs?{query}")).content)

    assert [job.kind for job in (await listed("")).jobs] == ["heavy_probe", "probe"]
    assert [job.id for job in (await listed("state=succeeded")).jobs] == [first.id]
    assert (await listed("state=succeeded")).counts == {"queued": 1, "succeeded": 1}
    assert (await listed("search=special_")).total == 1
    assert (await listed("search=%25")).total == 1
    assert (await listed("search=specialXone")).total == 0
    assert (await listed("kind=probe")).total == 1
    assert [len((await listed(f"limit=1&offset={n}")).jobs) for n in range(3)] == [1, 1, 0]


async def test_an_expired_job_keeps_its_description_and_says_how_to_have_the_result_again(
    client, work, place, problem_of
):
    job = await ask(client)
    work(job.id)
    with place.ledger.writing() as connection:
        change(connection, JobRecord.id == job.id, expires=time.time() - 1)
    assert remove_expired(place.ledger, place.storage) == 1
    expired = await look(client, job.id)
    assert (expired.expired, expired.files, expired.has_live, expired.state) == (True, [], False, "succeeded")
    problem = problem_of(await client.get(f"/jobs/{job.id}/files/result.txt"), 410, "expired-job")
    assert f"{datetime.now(UTC):%Y-%m-%d}" in problem.detail
    assert "rerun_of" in problem.detail
    problem_of(await client.get(f"/jobs/{job.id}/archive"), 410, "expired-job")
    assert job.id not in place.storage.names("jobs")
    again = await client.post("/jobs", json={"kind": "probe", "parameters": job.parameters, "rerun_of": job.id})
    assert again.status_code == 202
