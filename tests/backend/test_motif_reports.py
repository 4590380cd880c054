"""Motifs over HTTP, on random weights: refusals, states, and that the same question has the same answer."""

import asyncio

import pytest

from backend.config import Settings
from backend.main import create_app
from backend.services import motif_library
from backend.services.errors import MotifsFailedError
from backend.services.motif_library import MotifTools
from models.checkpoints import PRETRAINED

pytestmark = pytest.mark.anyio

SEQUENCE = "TTGACATCATTGAATCTAGTATTCAAGTACTTGCATAATCTTAGATCCAGGGGGCATTGACATCATTGAATCTAGTATTCAAGTACTTGCATAATCTTAGA"
CNN = {"checkpoint": "alpha_cells-demo_cnn", "method": "in_silico_mutagenesis"}


@pytest.fixture
async def ready(app):
    """The tools, loaded: what the service does by itself some seconds after its start."""
    app.state.context.motifs.prepare()


async def ask(client, *attributions, sequence=SEQUENCE, **options):
    body = {"sequence": sequence, "attributions": list(attributions) or [CNN], **options}
    return await client.post("/motif-reports", json=body)


async def test_until_names_are_ready_the_answer_says_when_to_ask_again(app, client, monkeypatch):
    monkeypatch.setattr(app.state.context.motifs, "_state", "preparing")
    response = await ask(client)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "being prepared" in response.json()["detail"]
    assert (await client.get("/health/ready")).json()["motifs"] == "preparing"


async def test_a_report_names_seqlets_and_scans(client, ready):
    assert (await client.get("/health/ready")).json()["motifs"] == "ready"
    rnn = {"checkpoint": "alpha_cells-demo_rnn", "method": "corrected_saliency"}
    first, second = await ask(client, CNN, rnn), await ask(client, CNN, rnn)
    assert first.status_code == 200, first.text
    report = first.json()
    assert [one["checkpoint"] for one in report["checkpoints"]] == [CNN["checkpoint"], rnn["checkpoint"]]
    assert report["library"]["n_motifs"] == 1019
    assert {"seqlet", "motif names", "scan", "knock-out"} <= report["conventions"].keys()
    for one in report["checkpoints"]:
        assert bool(one["seqlets"]) != bool(one["note"])
        for seqlet in one["seqlets"]:
            assert seqlet["bases"] == SEQUENCE[seqlet["start"] : seqlet["stop"]]
            one_base = len(set(seqlet["bases"])) == 1
            assert (seqlet["knock_out"] is None) == one_base
            assert one_base or seqlet["knock_out"]["low"] <= seqlet["knock_out"]["high"]
            assert all(match["q_value"] <= 0.1 for match in seqlet["matches"])
    scan = report["scan"]
    assert scan["hits"] == sorted(scan["hits"], key=lambda hit: hit["p_value"])
    assert any(hit["name"] == "CTCFL" for hit in scan["hits"])
    assert 10 < scan["expected_false_hits"] < 25
    for part in ("checkpoints", "scan"):
        assert second.json()[part] == report[part]
    assert (await ask(client, CNN, scan=False)).json()["scan"] is None


async def test_shorter_windows_are_searched_without_their_padding(client, ready):
    (one,) = (await ask(client, sequence=SEQUENCE[30:70], scan=False)).json()["checkpoints"]
    assert all(seqlet["stop"] <= 40 for seqlet in one["seqlets"])


@pytest.mark.parametrize(
    ("sequence", "attribution", "field"),
    [
        ("N" * 60, CNN, "sequence"),
        ("A" * 60, CNN, "sequence"),
        (SEQUENCE + "A", CNN, "sequence"),
        (SEQUENCE, {"checkpoint": "nobody"}, "attributions.0.checkpoint"),
        (SEQUENCE, {**CNN, "method": "saliency"}, "attributions.0.method"),
    ],
)
async def test_what_cannot_be_answered_is_refused_beside_its_field(client, ready, sequence, attribution, field):
    response = await ask(client, attribution, sequence=sequence)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


async def test_a_method_that_is_not_valid_is_refused_with_its_reason(client, ready):
    report = (await ask(client, {"checkpoint": "alpha_cells-kmer_logistic", "method": "corrected_saliency"})).json()
    assert report["checkpoints"] == []
    assert "k-mers" in report["refused"]["alpha_cells-kmer_logistic"]


async def test_the_library_is_listed_and_its_motifs_are_there(client):
    library = (await client.get("/motifs")).json()
    assert len(library["motifs"]) == library["n_motifs"] == 1019
    assert "CC BY 4.0" in library["licence"]
    motif = (await client.get("/motifs/MA0139.2")).json()
    assert (motif["name"], len(motif["matrix"][0])) == ("CTCF", 15)
    assert motif["url"] == "https://jaspar.elixir.no/matrix/MA0139.2/"
    assert (await client.get("/motifs/none")).status_code == 404


async def test_a_summary_is_there_for_what_comes_along_only(client):
    response = await client.get("/checkpoints/alpha_cells-demo_cnn/motifs")
    assert response.status_code == 404
    assert "models.motifs summarise" in response.json()["detail"]
    assert "k-mers" in (await client.get("/checkpoints/alpha_cells-kmer_logistic/motifs")).json()["detail"]
    assert (await client.get("/checkpoints/nobody/motifs")).json()["type"] == "/problems/unknown-checkpoint"


async def test_shipped_summaries_go_over_the_wire(app, client, checkpoint_folder):
    summary = (PRETRAINED / "ctcf_weri-demo_cnn" / "motifs.json").read_text()
    path = checkpoint_folder / "alpha_cells-demo_cnn_rnn" / "motifs.json"
    path.write_text(summary)
    wire = (await client.get("/checkpoints/alpha_cells-demo_cnn_rnn/motifs")).json()
    path.unlink()
    assert wire["factor_motifs"][0]["name"] == "CTCF"
    assert [route["name"] for route in wire["routes"]] == ["saliency", "temporal_output", "class_optimization"]
    assert wire["routes"][0]["matches"][0]["name"] == "CTCF"
    assert all(len(each["matrix"]) == 4 for each in wire["filters"])


async def test_a_labs_own_file_that_cannot_be_read_is_named_with_its_line(settings, tmp_path):
    path = tmp_path / "ours.meme"
    path.write_text("MEME version 4\n\nMOTIF ours\nletter-probability matrix: alength= 4 w= 1\n1 0 0\n")
    tools = MotifTools(settings.model_copy(update={"motif_file": path}))
    tools.prepare()
    assert tools.state == "failed"
    with pytest.raises(Exception, match=r"ours\.meme.*REGULENS_MOTIF_FILE.*Line 5"):
        tools.require_ready()


@pytest.fixture
def broken(settings, monkeypatch):
    """Tools that cannot load what names motifs."""

    def fail(library):
        raise RuntimeError("no cache")

    monkeypatch.setattr(motif_library, "warm_motif_functions", fail)
    return MotifTools(settings)


async def test_what_cannot_be_loaded_is_a_state_and_no_failure_of_the_service(broken, monkeypatch):
    monkeypatch.setattr(motif_library, "DELAY_S", 0)
    async with motif_library.preparing(broken):
        while broken.state == "preparing":
            await asyncio.sleep(0.01)
    assert broken.state == "failed"
    with pytest.raises(MotifsFailedError, match="motif_names_failed"):
        broken.require_ready()


async def test_a_failed_library_is_a_problem_and_a_note_on_a_construct(app, client, broken, monkeypatch):
    broken.prepare()
    monkeypatch.setattr(app.state.context.motifs, "_state", broken.state)
    response = await ask(client)
    assert (response.status_code, response.json()["type"]) == (503, "/problems/motifs-failed")
    assert "Retry-After" not in response.headers
    asked = {"factor": "alpha_cells", "original": SEQUENCE, "motifs": True}
    answers = (await client.post("/constructs", json=asked)).json()["answers"]
    assert "cannot be named" in answers[0]["note"]


@pytest.mark.parametrize("sequence", ["ACGTTGCAGT", "CCAGCAGGGGGCGCT", "GATTACAGATTACA"])
async def test_windows_where_nothing_fits_are_answered(client, ready, sequence):
    response = await ask(client, sequence=sequence)
    assert response.status_code == 200, response.text
    assert response.json()["scan"]["expected_false_hits"] > 0


def test_the_file_of_a_lab_is_a_setting(monkeypatch, tmp_path):
    monkeypatch.setenv("REGULENS_MOTIF_FILE", str(tmp_path / "ours.meme"))
    assert Settings().motif_file == tmp_path / "ours.meme"
    assert create_app(Settings()).state.settings.motif_file == tmp_path / "ours.meme"
