"""Edited windows over HTTP, on random weights: what holds whatever the networks have learned."""

import asyncio

import numpy as np
import pytest
import torch

from models.checkpoints import load_checkpoint
from models.edits import Edit, apply_edits
from models.predict import positive_logit
from models.sequence import one_hot_encode

pytestmark = pytest.mark.anyio

FACTOR = "alpha_cells"
NETWORKS = [f"{FACTOR}-{name}" for name in ("demo_cnn", "demo_rnn", "demo_cnn_rnn")]
BASELINE = f"{FACTOR}-kmer_logistic"


def edit(position, removed="", inserted="", motif=""):
    return {"position": position, "removed": removed, "inserted": inserted, "motif": motif}


async def construct(client, original, *edits, **options):
    body = {"factor": FACTOR, "original": original, "edits": list(edits), "motifs": False, **options}
    response = await client.post("/constructs", json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_every_number_is_that_of_the_edited_sequence(client, sequences, checkpoint_folder):
    original = sequences[0]
    edits = [edit(40, original[40:43]), edit(10, "", "GATAAG", "GATA1")]
    answer = await construct(client, original, *edits)
    expected = apply_edits(original, [Edit(**each) for each in edits], longest=101)
    assert (answer["sequence"], tuple(answer["words"])) == expected
    X = one_hot_encode([original, expected.sequence], length=101)
    assert [one["checkpoint"] for one in answer["answers"]] == [*NETWORKS, BASELINE]
    for one in answer["answers"]:
        with torch.inference_mode():
            logits = positive_logit(load_checkpoint(one["checkpoint"], folder=checkpoint_folder).network, X)
        assert [one["original"]["logit"], one["now"]["logit"]] == pytest.approx(logits.tolist(), abs=1e-4)
        assert one["now"]["probability"] == pytest.approx(float(torch.sigmoid(logits[1])), abs=2e-6)


async def test_a_mutation_on_the_map_is_the_change_that_the_edit_makes(client, sequences):
    original = sequences[1]
    position, base = 50, "ACGT"[("ACGT".index(original[50]) + 1) % 4]
    before = await construct(client, original)
    after = await construct(client, original, edit(position, original[position], base))
    for one, other in zip(before["answers"][:3], after["answers"], strict=False):
        change = one["mutations"]["ACGT".index(base)][position]
        assert other["now"]["logit"] - one["now"]["logit"] == pytest.approx(change, abs=2e-3)
        assert one["mutations"]["ACGT".index(original[position])][position] == 0
        assert np.allclose(one["contributions"], -np.array(one["mutations"]).sum(0) / 4, atol=1e-4)


async def test_tracks_have_the_length_of_what_they_are_of(client, sequences):
    answer = await construct(client, sequences[2][:60], edit(0, sequences[2][0]))
    cnn, rnn, _, baseline = answer["answers"]
    assert answer["padding"] == 42
    assert {len(row) for row in rnn["mutations"]} == {len(rnn["contributions"])} == {59}
    assert len(rnn["temporal_forward"]) == len(rnn["temporal_backward"]) == 101
    assert rnn["temporal_backward"][0] == pytest.approx(rnn["now"]["probability"], abs=1e-5)
    assert cnn["temporal_forward"] is None
    assert baseline["mutations"] is None


async def test_the_same_question_has_the_same_answer(client, sequences):
    asked = (sequences[3], edit(3, "", "TTT"))
    first, again = [await construct(client, *asked) for _ in range(2)]
    for answer in (first, again):
        del answer["created"], answer["request_id"]
    assert first == again


async def test_motifs_that_are_not_ready_are_no_failure(client, sequences):
    answer = await construct(client, sequences[0], motifs=True)
    if answer["library"] is None:
        assert all("being prepared" in one["note"] for one in answer["answers"][:3])


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"factor": "nobody"}, "factor", "There is no factor 'nobody'. Known: alpha_cells, beta_cells."),
        ({"original": "A" * 102}, "original", "The window holds 102 bases, the networks read 101"),
        ({"original": "NNNN"}, "original", "no known base"),
        ({"original": "AN", "edits": [edit(0, "A", "N")]}, "edits", "no known base"),
        ({"original": "ACGX"}, "original", "String should match pattern"),
        ({"edits": [edit(0, "A", "C"), edit(0, "T", "G")]}, "edits.1", "Edit 2 cannot be made: it takes out T"),
        ({"edits": [edit(-1, "", "G")]}, "edits.0.position", "greater than or equal to 0"),
        ({"edits": [edit(0, "", "A")] * 501}, "edits", "at most 500 items"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_place(client, problem_of, body, field, words):
    response = await client.post("/constructs", json={"factor": FACTOR, "original": "ACGT" * 5, **body})
    problem = problem_of(response, 422, "invalid-request")
    assert problem.errors[0].field == field
    assert words in problem.errors[0].message


async def test_the_effect_of_a_motif_is_given_at_every_position(client, sequences):
    body = {"factor": FACTOR, "sequence": sequences[4][:80], "motif": "GATAAGNNGATAAG", "n_backgrounds": 5}
    response = await client.post("/marginal-effects", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["positions"] == list(range(67))
    assert [one["checkpoint"] for one in answer["effects"]] == NETWORKS
    for one in answer["effects"]:
        assert all(low <= mean <= high for low, mean, high in zip(one["low"], one["mean"], one["high"], strict=True))
        assert len(one["mean"]) == 67
    assert answer["settings"]["random_state"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [({"motif": "A" * 30}, "motif"), ({"sequence": "N" * 20}, "sequence"), ({"sequence": "A" * 102}, "sequence")],
)
async def test_an_effect_that_cannot_be_had_is_refused(client, problem_of, body, field):
    asked = {"factor": FACTOR, "sequence": "ACGTTGCAACGGTTACAGTA", "motif": "GATAAG", **body}
    problem = problem_of(await client.post("/marginal-effects", json=asked), 422, "invalid-request")
    assert problem.errors[0].field == field


async def test_controls_of_the_original_are_explained_once(app, client, sequences):
    """Motifs are named on real tools; controls are those of the original, whatever the edits."""
    tools = app.state.context.motifs
    await asyncio.to_thread(tools.prepare)
    original = sequences[5]
    known = len(tools.controls._known)
    for edits in ([], [edit(50, original[50:53])], [edit(0, original[0]), edit(3, "", "ACG")]):
        answer = await construct(client, original, *edits, motifs=True)
        assert answer["library"]["n_motifs"] > 900
        for one in answer["answers"][:3]:
            assert one["seqlets"] or "Nothing stands out" in one["note"]
            assert all(0 <= each["start"] < each["stop"] <= len(answer["sequence"]) for each in one["seqlets"])
    assert len(tools.controls._known) == known + 3


async def test_an_original_without_shuffles_is_answered_without_motifs(app, client):
    await asyncio.to_thread(app.state.context.motifs.prepare)
    answer = await construct(client, "A" * 30, motifs=True)
    assert all(one["note"].startswith("No motif is sought") for one in answer["answers"][:3])
