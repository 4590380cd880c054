"""The client: typed answers, problems, retries, files."""

import asyncio
import gzip
import inspect
import json
import re
import textwrap
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

import frontend.transport as module
from backend.schemas.jobs import Job, JobRequest, JobState
from backend.schemas.sequence_analyses import SequenceAnalysisRequest
from frontend.access_requests import SignIn
from frontend.askers import current_credentials
from frontend.client import (
    MAX_MEMBERS,
    BackendClient,
    BackendError,
    BackendProblem,
    BackendUnavailable,
    UnreadableFileError,
    decode_sequence_file,
)


def ask(handler, question):
    async def run():
        async with BackendClient("http://api", transport=httpx.MockTransport(handler)) as client:
            return await question(client)

    return asyncio.run(run())


def test_the_catalog_is_typed(catalog):
    def handler(request):
        assert request.url.path == "/api/v1/catalog"
        return httpx.Response(200, text=catalog.model_dump_json())

    assert ask(handler, lambda client: client.catalog()) == catalog


def test_an_analysis_is_posted_as_json(analysis_of):
    asked = SequenceAnalysisRequest(sequences="ACGT", factors=["ctcf_weri"])

    def handler(request):
        assert (request.method, request.url.path) == ("POST", "/api/v1/sequence-analyses")
        assert SequenceAnalysisRequest.model_validate_json(request.content) == asked
        return httpx.Response(200, text=analysis_of(range(1)).model_dump_json())

    assert ask(handler, lambda client: client.analyse_sequences(asked)).rows.name == ["peak_0", "peak_0"]


def test_a_refusal_carries_its_problem(problem):
    def handler(_request):
        return httpx.Response(422, text=problem.model_dump_json())

    with pytest.raises(BackendProblem, match="req-7") as caught:
        ask(handler, lambda client: client.check_sequences("!"))
    assert caught.value.problem == problem


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow")])
def test_an_api_that_is_away_is_unavailable(failure):
    def handler(_request):
        raise failure

    with pytest.raises(BackendUnavailable):
        ask(handler, lambda client: client.catalog())


@pytest.mark.parametrize(("status", "body"), [(500, "oops"), (200, "{}"), (404, "<html>")])
def test_an_answer_in_another_form_is_unavailable(status, body):
    with pytest.raises(BackendUnavailable, match=str(status)):
        ask(lambda _request: httpx.Response(status, text=body), lambda client: client.catalog())


def test_a_busy_api_is_asked_again_after_the_pause_it_names(monkeypatch, catalog):
    pauses, answers = [], [httpx.Response(503, headers={"Retry-After": "2"}), httpx.Response(200)]

    async def pause(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(module.asyncio, "sleep", pause)
    answers[1] = httpx.Response(200, text=catalog.model_dump_json())
    assert ask(lambda _request: answers.pop(0), lambda client: client.catalog()) == catalog
    assert pauses == [2.0]


def test_a_busy_api_is_not_asked_for_ever(monkeypatch, problem):
    pauses, busy = [], problem.model_copy(update={"status": 503})

    async def pause(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(module.asyncio, "sleep", pause)

    def handler(_request):
        return httpx.Response(503, headers={"Retry-After": "3600"}, text=busy.model_dump_json())

    with pytest.raises(BackendProblem):
        ask(handler, lambda client: client.catalog())
    assert pauses == [module.LONGEST_PAUSE_S] * module.BUSY_RETRIES


FASTA = ">p\nACGT\n"


@pytest.mark.parametrize(
    "data",
    [FASTA.encode(), gzip.compress(FASTA.encode(), mtime=0), b"\xef\xbb\xbf" + FASTA.encode()],
    ids=["plain", "gzip", "byte order mark"],
)
def test_a_file_becomes_text(data):
    assert decode_sequence_file(data, max_bytes=100) == FASTA


def test_a_latin_1_name_is_kept():
    assert decode_sequence_file(">Sjögren\nACGT".encode("latin-1"), max_bytes=100) == ">Sjögren\nACGT"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"A" * 101, "MB"),
        (gzip.compress(b"A" * 10_000_000, mtime=0), "MB"),
        (gzip.compress(FASTA.encode(), mtime=0)[:-6], "damaged"),
        (b"\x1f\x8bnonsense", "damaged"),
        (b"PK\x03\x04\0\0", "not plain text"),
        (">p\nACGT".encode("utf-16"), "UTF-8"),
    ],
    ids=["too big", "gzip bomb", "cut off", "no gzip", "binary", "utf-16"],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(data, said):
    with pytest.raises(UnreadableFileError, match=said):
        decode_sequence_file(data, max_bytes=100)


def test_a_file_of_many_parts_is_read_as_far_as_the_limit():
    part = gzip.compress(b"A", mtime=0)
    most = MAX_MEMBERS
    assert decode_sequence_file(part * most + b"\0" * 8, max_bytes=2 * most) == "A" * most
    with pytest.raises(UnreadableFileError, match=f"more than {most} parts"):
        decode_sequence_file(part * (most + 1), max_bytes=2 * most)


def test_the_example_of_the_docstring_runs(tmp_path, monkeypatch, capsys, analysis_of):
    example = re.search(r"::\n\n(.*)", inspect.getdoc(BackendClient), flags=re.DOTALL)[1]
    assert len(example.splitlines()) <= 5
    monkeypatch.chdir(tmp_path)
    (tmp_path / "peaks.fa").write_text(FASTA)
    answer = httpx.MockTransport(lambda _request: httpx.Response(200, text=analysis_of(range(1)).model_dump_json()))
    names = {
        "Path": Path,
        "BackendClient": lambda url: BackendClient(url, transport=answer),
        "SequenceAnalysisRequest": SequenceAnalysisRequest,
        "decode_sequence_file": decode_sequence_file,
    }
    exec("async def example():\n" + textwrap.indent(textwrap.dedent(example), "    "), names)
    asyncio.run(names["example"]())
    assert "demo_cnn_rnn" in capsys.readouterr().out


def test_a_script_has_its_token_and_a_page_asks_in_the_name_of_its_request():
    seen = []

    def handler(request):
        seen.append((request.headers.get("Authorization"), request.headers.get("Cookie")))
        return httpx.Response(200, text="[]", headers={"Set-Cookie": "regulens-session=of-another; Path=/"})

    async def run():
        transport = httpx.MockTransport(handler)
        async with BackendClient("http://api", token="rgl_1_s", transport=transport) as named:
            await named.job_kinds()
        async with BackendClient("http://api", transport=transport) as nameless:
            await nameless.job_kinds()
            token = current_credentials.set({"Cookie": "regulens-session=mine"})
            await nameless.job_kinds()
            current_credentials.reset(token)
            await nameless.job_kinds()

    asyncio.run(run())
    assert seen == [("Bearer rgl_1_s", None), (None, None), (None, "regulens-session=mine"), (None, None)]


@pytest.mark.parametrize(("seconds", "pauses"), [("1", [1.0]), ("2", [2.0])])
def test_a_turn_that_comes_soon_is_waited_for(monkeypatch, seconds, pauses):
    waited, answers = [], [httpx.Response(429, headers={"Retry-After": seconds}), httpx.Response(200, text="[]")]
    told = []

    async def pause(length):
        waited.append(length)

    monkeypatch.setattr(module.asyncio, "sleep", pause)

    async def question(client):
        client.when_refused(told.append)
        return await client.job_kinds()

    assert ask(lambda _request: answers.pop(0), question) == []
    assert (waited, told) == (pauses, [])


def test_a_turn_that_comes_late_is_told_with_its_seconds(problem):
    busy = problem.model_copy(update={"status": 429, "detail": "Too many requests."})
    told = []

    async def question(client):
        client.when_refused(told.append)
        await client.job_kinds()

    with pytest.raises(BackendProblem) as caught:
        ask(lambda _r: httpx.Response(429, headers={"Retry-After": "17"}, text=busy.model_dump_json()), question)
    assert caught.value.problem.detail == "Too many requests. Try again in 17 s."
    assert told == [(429, 17)]


@pytest.mark.parametrize(("path", "status", "known"), [("job-kinds", 200, 1), ("job-kinds", 401, 0), ("ready", 200, 0)])
def test_whom_the_api_serves_it_knows(problem, path, status, known):
    told = []
    answers = httpx.Response(status, text="[]" if status == 200 else problem.model_dump_json())

    async def question(client):
        client.when_known(lambda: told.append(path))
        await (client.job_kinds() if path == "job-kinds" else client.ready())

    with suppress(BackendError):
        ask(lambda _request: answers, question)
    assert len(told) == known


@pytest.mark.parametrize("status", [200, 503])
def test_a_service_that_is_down_says_what_is(status):
    ready = {
        "status": "down", "parts": [{"name": "networks", "state": "down", "detail": "No answer."}], "unavailable": {},
        "device": "cpu", "checkpoints": 0, "broker": "up", "workers": 0, "motifs": "ready", "versions": {},
    }  # fmt: skip
    found = ask(lambda _request: httpx.Response(status, json=ready), lambda client: client.ready())
    assert found.parts[0].detail == "No answer."


def test_a_password_goes_to_the_api_and_nowhere_else():
    def handler(request):
        assert json.loads(request.content) == {"name": "ada", "password": "a long secret"}
        session = {"access": "password", "user": "ada", "visitor": False, "expires": None, "cookie": "c"}
        session["cookie_name"] = "regulens-session-0a1b2c3d"
        return httpx.Response(201, json=session)

    asked = SignIn(name="ada", password="a long secret")
    assert ask(handler, lambda client: client.begin_session(asked)).cookie == "c"
    assert "secret" not in repr(asked)


JOB = {
    **dict.fromkeys(Job.model_fields), "id": "j1", "kind": "k", "kind_title": "K", "title": "T", "state": "running",
    "queue": "fast", "attempt": 1, "is_mine": True, "shared": False, "expired": False,
    "created": "2026-01-02T00:00:00Z",
    "parameters": {}, "inputs": [], "estimate_s": 1, "deadline_s": 9, "files": [], "has_live": False, "summary": {},
    "checkpoints": [], "log": [], "versions": {}, "revision": 1,
}  # fmt: skip


def test_a_submission_carries_its_key():
    keys = []

    def handler(request):
        keys.append(request.headers["Idempotency-Key"])
        return httpx.Response(202, json=JOB)

    ask(handler, lambda client: client.submit_job(JobRequest(kind="k"), key="my key"))
    for _ in range(2):
        ask(handler, lambda client: client.submit_job(JobRequest(kind="k")))
    assert keys[0] == "my key"
    assert len(set(keys)) == 3


def test_a_list_is_asked_for_by_state_and_words():
    def handler(request):
        asked = request.url.params
        assert asked.get_list("state") == ["running", "queued"]
        assert (asked["search"], asked["offset"], asked["limit"]) == ("a b", "50", "50")
        return httpx.Response(200, json={"jobs": [], "total": 0, "counts": {}})

    ask(handler, lambda client: client.jobs(states=[JobState.RUNNING, JobState.QUEUED], search="a b", offset=50))


def test_waiting_asks_by_etag_until_the_job_is_over():
    answers = [
        httpx.Response(200, json=JOB, headers={"ETag": '"1"'}),
        httpx.Response(304),
        httpx.Response(200, json=JOB | {"state": "failed"}, headers={"ETag": '"2"'}),
    ]
    known = []

    def handler(request):
        known.append(request.headers.get("If-None-Match"))
        return answers.pop(0)

    job = ask(handler, lambda client: client.wait_for_job("j1", pause_s=0))
    assert job.state is JobState.FAILED
    assert known == [None, '"1"', '"1"']


def test_a_result_file_is_saved(tmp_path):
    def handler(request):
        assert request.url.path == "/api/v1/jobs/j1/files/a.tsv"
        return httpx.Response(200, content=b"x")

    ask(handler, lambda client: client.save_job_file("j1", "a.tsv", tmp_path / "a.tsv"))
    assert (tmp_path / "a.tsv").read_bytes() == b"x"


@pytest.mark.parametrize(("task", "path"), [("sequence", "checkpoints"), ("chromatin", "chromatin-checkpoints")])
def test_checkpoints_are_deleted_and_exported_by_task(task, path):
    def handler(request):
        assert request.url.path.removeprefix(f"/api/v1/{path}/a-b") in ("", "/archive")
        return httpx.Response(204 if request.method == "DELETE" else 200, content=b"")

    async def question(client):
        await client.delete_checkpoint("a-b", task=task)
        async with client.checkpoint_archive("a-b", task=task) as answer:
            return answer.status_code

    assert ask(handler, question) == 200
