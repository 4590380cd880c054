"""The client: typed answers, problems, retries, files."""

import asyncio
import gzip
import inspect
import re
import textwrap
from pathlib import Path

import httpx
import pytest

import frontend.transport as module
from backend.schemas.sequence_analyses import SequenceAnalysisRequest
from frontend.client import (
    BackendClient,
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
