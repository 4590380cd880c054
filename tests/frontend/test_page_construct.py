"""The page "Edit and watch" without a browser: its files, its figure, its drawing kit, its route to the API."""

import asyncio
import csv
import io
import re
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from backend.schemas.constructs import (
    Answered,
    CheckpointAnswer,
    CheckpointEffect,
    Construct,
    ConstructRequest,
    MarginalEffects,
)
from backend.schemas.sequence_analyses import CheckpointReference
from frontend.client import BackendClient
from frontend.components.construct.exports import effects_text, fasta_text, maps_text
from frontend.components.construct.motif_panel import consensus
from frontend.figures.construct import drawing_kit
from frontend.figures.construct_effect import effect_figure
from frontend.figures.palettes import OKABE_ITO
from frontend.pages.construct import live

PROVENANCE = {
    "created": datetime(2026, 1, 2, tzinfo=UTC), "request_id": "r-1", "versions": {"regulens": "0.1"},
    "device": "cpu", "settings": {}, "conventions": {"mutations": "change of the logit"},
}  # fmt: skip
REFERENCE = CheckpointReference(name="ctcf-demo_rnn", architecture="demo_rnn", factor="ctcf", sha256="abc")


def construct_of(sequence, words):
    answer = CheckpointAnswer(
        checkpoint="ctcf-demo_rnn", architecture="demo_rnn", kind="network",
        now=Answered(probability=0.2, logit=-1.4), original=Answered(probability=0.9, logit=2.2),
        mutations=[[0.5] * len(sequence)] * 4, contributions=[-0.5] * len(sequence), temporal_forward=[0.1] * 5,
        temporal_backward=[0.2] * 5, seqlets=[], note=None,
    )  # fmt: skip
    return Construct(
        factor="ctcf", original="ACGT", sequence=sequence, padding=5 - len(sequence), words=words,
        checkpoints=[REFERENCE], answers=[answer], library=None, **PROVENANCE,
    )  # fmt: skip


@pytest.fixture
def effects():
    one = CheckpointEffect(
        checkpoint="ctcf-demo_rnn", architecture="demo_rnn", background=-1.0, mean=[1.0, 2.0], low=[0.5, 1.5],
        high=[1.5, 2.5],
    )  # fmt: skip
    return MarginalEffects(
        factor="ctcf", sequence="ACGT", motif="GAT", positions=[0, 1], n_backgrounds=20, checkpoints=[REFERENCE],
        effects=[one], **PROVENANCE,
    )  # fmt: skip


def rows_of(text):
    lines = text.splitlines()
    table = "\n".join(line for line in lines if not line.startswith("#"))
    return [line for line in lines if line.startswith("#")], list(csv.DictReader(io.StringIO(table)))


def test_the_fasta_header_lists_the_edits():
    header, *lines = fasta_text(construct_of("ACT", ["w.3delG", "w.1A>A (motif X)"])).splitlines()
    assert (
        header == ">construct_ctcf edits of 4 bases ACGT: w.3delG; w.1A>A (motif X) (w.: bases of this window, from 1)"
    )
    assert lines == ["ACT"]
    assert fasta_text(construct_of("ACGT", [])).startswith(">construct_ctcf edits of 4 bases ACGT: none\n")


def test_every_map_and_track_is_written_with_its_conventions():
    original = construct_of("ACGT", [])
    comments, rows = rows_of(maps_text(construct_of("ACT", ["w.3delG"]), original=original))
    assert any("convention mutations: change of the logit" in line for line in comments)
    assert "# edit 1: w.3delG" in comments
    assert "# construct: ACT" in comments
    counts = {which: sum(row["sequence"] == which for row in rows) for which in ("construct", "original")}
    assert counts == {"construct": 2 + 12 + 3 + 10, "original": 2 + 16 + 4 + 10}
    mutation = next(row for row in rows if row["quantity"] == "mutation" and row["to_base"] == "C")
    assert (mutation["position_0based"], mutation["base"], mutation["value"]) == ("0", "A", "0.5")
    assert rows[-1]["base"] == "padding"


def test_the_effect_is_drawn_with_its_band_and_written(effects):
    figure = effect_figure(effects, cursor=1, motif_name="GATA1 <b>", palette=OKABE_ITO)
    band, line = figure.data
    assert list(line.x) == [0, 1]
    assert list(line.y) == [1.0, 2.0]
    assert list(band.y) == [1.5, 2.5, 1.5, 0.5]
    assert "GATA1 &lt;b&gt;, GAT" in figure.layout.title.text
    assert figure.layout.shapes[0].x0 == 1
    rows = rows_of(effects_text(effects))[1]
    assert [(row["position_0based"], row["mean"], row["low_95"], row["high_95"]) for row in rows] == [
        ("0", "1.0", "0.5", "1.5"),
        ("1", "2.0", "1.5", "2.5"),
    ]


def test_a_motif_is_pasted_as_its_consensus():
    assert consensus([[0.1, 0.7], [0.2, 0.1], [0.6, 0.1], [0.1, 0.1]]) == "GA"


def test_the_kit_has_every_letter_and_both_papers():
    kit = drawing_kit()
    assert set(kit["glyphs"]) == set("ACGTN")
    assert all(re.fullmatch(r"(M[\d. L]+Z)+", path) for path in kit["glyphs"].values())
    assert kit["glyphs"]["A"].count("M") == 2  # the outline and its hole
    for paper in kit["papers"].values():
        assert set(paper["bases"]) == set("ACGTN")
        assert all(re.fullmatch("#[0-9A-Fa-f]{6}", color) for color in [*paper["change"], *paper["temporal"]])


def ask_route(handler):
    """Send one construct through the page's route, over an API that is made up."""

    async def run():
        server = FastAPI()
        async with BackendClient("http://api", transport=httpx.MockTransport(handler)) as client:
            live.register(server, client)
            transport = httpx.ASGITransport(app=server)
            async with httpx.AsyncClient(transport=transport, base_url="http://page") as browser:
                return await browser.post(live.PATH, json={"factor": "ctcf", "original": "acgt"})

    return asyncio.run(run())


def test_an_edit_is_passed_on_and_answered():
    answer = construct_of("ACGT", [])

    def handler(request):
        asked = ConstructRequest.model_validate_json(request.content)
        assert (asked.original, asked.edits, asked.motifs) == ("ACGT", [], True)
        return httpx.Response(200, text=answer.model_dump_json())

    response = ask_route(handler)
    assert Construct.model_validate_json(response.content) == answer
    assert response.headers["cache-control"] == "no-store"


def test_a_refusal_and_an_absent_service_are_problems(problem):
    response = ask_route(lambda _request: httpx.Response(422, text=problem.model_dump_json()))
    assert (response.status_code, response.json()["request_id"]) == (422, problem.request_id)

    def away(request):
        raise httpx.ConnectError("away", request=request)

    response = ask_route(away)
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert "asks again by itself" in response.json()["detail"]
