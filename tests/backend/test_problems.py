"""Every failure is a problem document that says what, where and what to do, and nothing internal."""

import asyncio
import re
from contextlib import asynccontextmanager

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from backend.errors import HTTP_KINDS, INTERNAL, KINDS
from backend.services.errors import BrokenOutputError, EngineStoppedError
from models.errors import InvalidHistoneFileError, InvalidStartSitesError, MissingSignalError, TextProblem

pytestmark = pytest.mark.anyio

ANALYSES, CHECKS = "/sequence-analyses", "/sequence-checks"
GOOD = {"sequences": "ACGT" * 30, "factors": ["alpha_cells"]}
JSON = {"Content-Type": "application/json"}


def fields(problem):
    return {item.field: item.code for item in problem.errors}


async def test_sequences_that_cannot_be_read_are_located(client, problem_of):
    response = await client.post(ANALYSES, json=GOOD | {"sequences": ">one\nACGT\n>two\nACGT\nACXGT\n>three\n"})
    first, second = problem_of(response, 422, "invalid-sequences").errors
    assert (first.code, first.record, first.line, first.column) == ("unexpected_character", "two", 5, 3)
    assert (second.code, second.record, second.line, second.field) == ("empty_record", "three", 6, "sequences")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"factors": ["nobody"]}, {"factors.0": "unknown_factor"}),
        ({"factors": []}, {"factors": "too_short"}),
        ({"strands": ["sideways"]}, {"strands.0": "literal_error"}),
        ({"colour": 1}, {"colour": "extra_forbidden"}),
        ({"records": {"start": 3, "stop": 3}}, {"records.stop": "empty_range"}),
        ({"records": {"start": 1, "stop": 2}}, {"records.start": "outside_text"}),
        ({"explanations": [{"name": "guess"}]}, {"explanations.0.name": "unknown_explanation"}),
        ({"explanations": [{"name": "saliency"}] * 2}, {"explanations.1.name": "repeated_explanation"}),
        (
            {"explanations": [{"name": "saliency", "parameters": {"label": "?"}}], "factors": ["x"]},
            {"explanations.0.parameters.label": "literal_error", "factors.0": "unknown_factor"},
        ),
    ],
)
async def test_fields_that_are_wrong_are_named_all_at_once(client, change, wrong, problem_of):
    response = await client.post(ANALYSES, json=GOOD | change)
    assert fields(problem_of(response, 422, "invalid-request")) == wrong


async def test_no_more_rows_are_explained_than_the_limit(client, problem_of):
    request = GOOD | {"explanations": [{"name": "saliency"}], "factors": ["alpha_cells", "beta_cells"]}
    assert (await client.post(ANALYSES, json=request)).status_code == 200
    response = await client.post(ANALYSES, json=request | {"sequences": f"{'ACGT' * 30}\n\n{'TTGA' * 30}"})
    assert "8 rows" in problem_of(response, 422, "too-many-explained-rows").detail


async def test_limits_of_the_text_hold(client, problem_of):
    response = await client.post(ANALYSES, json=GOOD | {"sequences": ">s\nACGT\n" * 301})
    assert problem_of(response, 422, "invalid-sequences").errors[0].code == "too_many_records"
    response = await client.post(ANALYSES, json=GOOD | {"sequences": "A" * 50_001})
    assert problem_of(response, 422, "invalid-sequences").errors[0].code == "too_many_bases"


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(client, problem_of):
    response = await client.post(CHECKS, json={"sequences": "A" * 100_001})
    assert "100,000 bytes" in problem_of(response, 413, "request-too-large").detail

    async def chunks():
        for _ in range(11):
            yield b"A" * 10_000

    problem_of(await client.post(CHECKS, content=chunks(), headers=JSON), 413, "request-too-large")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe{}", b'{"sequences": ' + b"[" * 20_000, b'{"sequences": ' + b"1" * 5_000 + b"}"],
    ids=["not utf-8", "nested", "long number"],
)
async def test_a_body_that_cannot_be_parsed_is_refused(client, content, problem_of):
    response = await client.post(CHECKS, content=content, headers=JSON)
    assert response.status_code in {400, 422}
    problem_of(response, response.status_code, {400: "unreadable-body", 422: "invalid-request"}[response.status_code])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"sequences": ', "json_invalid"),
        (b'{"sequences": ">\\ud800\\nACGT"}', "json_invalid"),
        (b'{"sequences": "ACGT", "\\ud800": 1}', "json_invalid"),
        (b'{"sequences": NaN}', "json_invalid"),
        (b'{"sequences": 1e999}', "json_invalid"),
        (b"[]", "model_attributes_type"),
    ],
)
async def test_json_that_is_no_request_is_refused(client, content, code, problem_of):
    response = await client.post(CHECKS, content=content, headers=JSON)
    assert problem_of(response, 422, "invalid-request").errors[0].code == code


async def test_the_content_type_is_asked_for(client, problem_of):
    response = await client.post(CHECKS, content=b'{"sequences": "ACGT"}', headers={"Content-Type": "text/plain"})
    assert "Content-Type: application/json" in problem_of(response, 415, "unsupported-media-type").detail


async def test_input_is_not_sent_back(client, problem_of):
    response = await client.post(ANALYSES, json={"sequences": ["secret" * 1_000], "secret" * 5_000: 1, "factors": [3]})
    assert "secretsecret" not in "".join(item.message for item in problem_of(response, 422, "invalid-request").errors)


@pytest.mark.parametrize("path", ["/nowhere", "/catalog/", "/checkpoints/a/b"])
async def test_an_unknown_address_is_not_found(client, path, problem_of):
    problem_of(await client.get(path), 404, "not-found")


async def test_an_unknown_checkpoint_is_not_found(client, problem_of):
    problem_of(await client.get("/checkpoints/nobody-demo_cnn"), 404, "unknown-checkpoint")


async def test_a_wrong_method_is_refused_and_the_right_ones_are_named(client, problem_of):
    response = await client.get(ANALYSES)
    problem_of(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


@asynccontextmanager
async def app_that_raises(app, error):

    @app.get("/boom")
    async def boom() -> None:
        raise error

    @app.get("/teapot")
    async def teapot() -> None:
        from starlette.exceptions import HTTPException

        raise HTTPException(418)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def test_a_fault_says_nothing_internal_and_is_logged_with_the_request_id(problem_of, app_with):
    async with app_that_raises(app_with(), RuntimeError("the password is 1234")) as client:
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
            response = await client.get("/boom", headers={"X-Request-ID": "my-id"})
    problem = problem_of(response, 500, "internal-error")
    assert "password" not in response.text
    assert (problem.request_id, problem.instance) == ("my-id", "/boom")
    failed, request = logs
    assert (failed["event"], failed["request_id"]) == ("request_failed", "my-id")
    assert "password" in str(failed["exc_info"])
    assert (request["status"], request["path"], request["method"]) == (500, "/boom", "GET")


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (BrokenOutputError("prediction", checkpoint="c"), 500, "broken-output"),
        (EngineStoppedError(), 503, "shutting-down"),
    ],
)
async def test_faults_of_the_engine_have_kinds_of_their_own(app_with, error, status, slug, problem_of):
    async with app_that_raises(app_with(), error) as client:
        response = await client.get("/boom")
    problem_of(response, status, slug)
    assert ("retry-after" in response.headers) == (status == 503)


@pytest.mark.parametrize(
    ("error", "slug", "place"),
    [
        (
            InvalidStartSitesError((TextProblem("bad_strand", "wrong", "a gene", 4, 6),)),
            "invalid-start-sites",
            ("starts", "bad_strand", 4),
        ),
        (
            InvalidHistoneFileError((TextProblem("bad_bin", "wrong", "a gene", 7, 2),)),
            "invalid-histone-file",
            ("file", "bad_bin", 7),
        ),
        (MissingSignalError(("H3K4me3",), ("H3K27ac",)), "missing-signal", ("file.signals", "missing_signal", None)),
    ],
)
async def test_faults_of_files_name_the_field_and_the_place(problem_of, app_with, error, slug, place):
    async with app_that_raises(app_with(), error) as client:
        (item,) = problem_of(await client.get("/boom"), 422, slug).errors
    assert (item.field, item.code, item.line) == place


async def test_what_a_library_refuses_is_a_problem_too(problem_of, app_with):
    async with app_that_raises(app_with(), None) as client:
        problem_of(await client.get("/teapot"), 418, "im-a-teapot")


def test_every_kind_has_one_status_and_title():
    kinds = {*KINDS.values(), INTERNAL, *(kind for kind, _ in HTTP_KINDS.values())}
    assert len({kind.slug for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("wanted", ["abc-1.2_3", "a" * 64])
async def test_a_sane_request_id_is_kept(client, wanted):
    for path in ("/catalog", "/nowhere", "/health/live"):
        assert (await client.get(path, headers={"X-Request-ID": wanted})).headers["x-request-id"] == wanted


@pytest.mark.parametrize("wanted", ["", "a" * 65, "a b", "a;b", "ä".encode()])
async def test_any_other_request_id_is_replaced(client, wanted):
    answered = (await client.get("/catalog", headers={"X-Request-ID": wanted})).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", answered)


async def test_concurrent_requests_keep_their_ids_apart(client):
    responses = await asyncio.gather(
        *(client.post(ANALYSES, json=GOOD, headers={"X-Request-ID": f"id-{i}"}) for i in range(8))
    )
    assert [response.json()["request_id"] for response in responses] == [f"id-{i}" for i in range(8)]


async def test_no_sequence_is_logged(client):
    with capture_logs() as logs:
        await client.post(ANALYSES, json=GOOD)
        await client.post(ANALYSES, json=GOOD | {"sequences": "ACGTACGTX"})
    assert [entry["event"] for entry in logs] == ["request", "request"]
    assert "ACGTACGT" not in str(logs)
