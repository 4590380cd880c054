"""Badges over the API: complete, repeatable, honest about what does not apply and what is refused."""

import pytest

from backend.schemas.trust import TrustReport
from backend.services.trust_conventions import TRUST_CONVENTIONS
from models.trust.thresholds import CRITERIA

pytestmark = pytest.mark.anyio

CNN, RNN, BOTH = (f"alpha_cells-{name}" for name in ("demo_cnn", "demo_rnn", "demo_cnn_rnn"))
OTHER, BASELINE = "beta_cells-demo_cnn", "alpha_cells-kmer_logistic"
NAMES = [criterion.name for criterion in CRITERIA]
CHEAP = "corrected_saliency"


async def ask(client, sequence, *attributions):
    asked = [dict(zip(("checkpoint", "method"), one, strict=False)) for one in attributions]
    return await client.post("/trust-reports", json={"sequence": sequence, "attributions": asked})


async def report(client, *args):
    response = await ask(client, *args)
    assert response.status_code == 200, response.text
    return TrustReport.model_validate_json(response.content)


def measures(trust):
    return {one.name: one for one in trust.measures}


async def test_a_badge_rests_on_every_measure(client, sequences):
    answer = await report(client, sequences[0], (CNN, "deep_lift_shap"), (RNN, CHEAP))
    assert answer.sequence == sequences[0]
    assert [(one.checkpoint, one.architecture, one.method) for one in answer.trusts] == [
        (CNN, "demo_cnn", "deep_lift_shap"), (RNN, "demo_rnn", CHEAP),
    ]  # fmt: skip
    trust, other = answer.trusts
    found = measures(trust)
    assert list(found) == list(measures(other)) == NAMES
    assert all(one.value is not None and one.verdict for one in found.values())
    assert found["completeness"].value < 0.01
    verdicts = {one.verdict for one in found.values()}
    assert trust.verdict == next(each for each in ("red", "amber", "green") if each in verdicts)
    assert found["architectures"].value == measures(other)["architectures"].value, "the cosine of the same two"


async def test_networks_with_random_weights_are_not_believed(client, sequences):
    answer = await report(client, sequences[3], (CNN, CHEAP), (RNN, CHEAP), (BOTH, CHEAP))
    assert [trust.verdict for trust in answer.trusts] == ["red"] * 3
    assert all(trust.sentence.startswith("Do not believe this explanation: ") for trust in answer.trusts)


async def test_what_does_not_apply_says_why(client, sequences):
    answer = await report(client, sequences[0], (CNN, "in_silico_mutagenesis"))
    found = measures(answer.trusts[0])
    without = {name for name, one in found.items() if one.value is None}
    assert without == {"completeness", "architectures", "mutagenesis", "top_positions", "seeds"}
    assert all(found[name].verdict is None and found[name].text for name in without)


async def test_networks_of_one_factor_are_peers_and_nothing_else_is(client, sequences):
    alone = measures((await report(client, sequences[1], (CNN, CHEAP), (OTHER, CHEAP))).trusts[0])
    assert alone["architectures"].value is None
    answer = await report(client, sequences[1], (CNN, CHEAP), (CNN, "input_x_gradient"), (BASELINE, None))
    network, same, baseline = map(measures, answer.trusts)
    assert network["architectures"].value is same["architectures"].value is None
    assert baseline["architectures"].value is not None
    assert baseline["strands"].value == pytest.approx(1, abs=1e-3), "k-mers are counted on both strands"


async def test_the_best_method_is_taken_unless_another_is_asked_for(client, sequences):
    response = await client.post(
        "/trust-reports", json={"sequence": sequences[0], "attributions": [{"checkpoint": BASELINE}]}
    )
    (trust,) = TrustReport.model_validate_json(response.content).trusts
    assert trust.method == "in_silico_mutagenesis"
    catalog = (await client.get("/catalog")).json()
    best = {one["name"]: one["best_method"] for one in catalog["architectures"]}
    assert best["kmer_logistic"] == trust.method


async def test_a_refused_method_is_named_with_its_reason(client, sequences):
    answer = await report(client, sequences[0], (BASELINE, "integrated_gradients"), (CNN, CHEAP))
    assert "no gradient" in answer.refused[BASELINE]
    assert [trust.checkpoint for trust in answer.trusts] == [CNN]


async def test_the_same_request_gives_the_same_numbers(client, sequences):
    asked = (sequences[2][:80], (CNN, "deep_lift_shap"), (BOTH, "input_x_gradient"))
    one, again = [(await report(client, *asked)).model_dump(exclude={"created", "request_id"}) for _ in range(2)]
    assert one == again
    assert one["settings"]["attributions"][0] == {
        "checkpoint": CNN, "method": "deep_lift_shap",
        "parameters": {"n_references": 20, "random_state": 0, "n_steps": None},
    }  # fmt: skip


async def test_short_sequences_and_unknown_bases_are_judged(client, sequences):
    for sequence in (sequences[0][:30], "N" * 10 + sequences[0][10:40] + "NN"):
        (trust,) = (await report(client, sequence, (CNN, CHEAP))).trusts
        assert [one.name for one in trust.measures] == NAMES


async def test_the_conventions_travel_along(client, sequences):
    answer = await report(client, sequences[0], (CNN, CHEAP))
    assert set(TRUST_CONVENTIONS) <= set(answer.conventions)
    assert all(criterion.meaning in answer.conventions[f"trust: {criterion.name}"] for criterion in CRITERIA)


@pytest.mark.parametrize(
    ("sequence", "attribution", "mistake"),
    [
        ("N" * 30, (CNN, CHEAP), ("sequence", "no_known_base")),
        ("A" * 102, (CNN, CHEAP), ("sequence", "window_too_long")),
        ("ACGT", ("none", CHEAP), ("attributions.0.checkpoint", "unknown_checkpoint")),
        ("ACGT", (CNN, "saliency"), ("attributions.0.method", "unknown_method")),
    ],
)
async def test_mistakes_are_named(client, problem_of, sequence, attribution, mistake):
    problem = problem_of(await ask(client, sequence, attribution), 422, "invalid-request")
    assert [(item.field, item.code) for item in problem.errors] == [mistake]


async def test_a_run_of_one_base_has_no_shuffles_and_its_method_with_references_is_refused(client):
    answer = await report(client, "A" * 40, (CNN, "deep_lift_shap"), (BOTH, CHEAP))
    assert "shuffles" in answer.refused[CNN]
    found = measures(answer.trusts[0])
    assert found["signal"].value is found["strand_answers"].value is None
    assert found["signal"].text == "shuffling does not change the sequence"
