"""Models held against each other: the same window and references, shares, agreement, and honest words."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from backend.schemas.comparisons import ComparedModel, PairAgreement
from backend.services.comparison_words import short_titles, span_sentence, verdict
from models.comparison import Span

pytestmark = pytest.mark.anyio

CNN, RNN, BOTH = (f"alpha_cells-{name}" for name in ("demo_cnn", "demo_rnn", "demo_cnn_rnn"))
OTHER, BASELINE = "beta_cells-demo_cnn", "alpha_cells-kmer_logistic"
METHOD = "corrected_saliency"


async def compare(client, sequence, models, *, method=METHOD, **parameters):
    asked = [{"checkpoint": name, "method": method, "parameters": parameters} for name in models]
    return await client.post("/comparisons", json={"sequence": sequence, "attributions": asked})


async def compared(client, *args, **options):
    response = await compare(client, *args, **options)
    assert response.status_code == 200, response.text
    return response.json()


async def test_shares_are_contributions_on_a_scale_of_their_own(client, sequences):
    answer = await compared(client, sequences[0][:80], [CNN, RNN])
    assert (len(answer["sequence"]), answer["padding"], answer["refused"]) == (80, 21, {})
    for model in answer["models"]:
        contributions = np.array(model["contributions"])
        assert len(contributions) == 80
        assert model["scale"] == pytest.approx(np.abs(contributions).sum(), rel=1e-4)
        np.testing.assert_allclose(model["shares"], contributions / model["scale"], rtol=1e-4, atol=1e-9)
        assert np.abs(model["shares"]).sum() == pytest.approx(1, abs=1e-4)
    (pair,) = answer["pairs"]
    one, other = (model["contributions"] for model in answer["models"])
    assert pair["spearman"] == pytest.approx(spearmanr(one, other).statistic, abs=1e-3)
    assert (pair["first"], pair["second"]) == (CNN, RNN)


async def test_an_explanation_is_that_of_the_sequence_analysis(client, sequences):
    answer = await compared(client, sequences[1], [CNN, RNN])
    body = {"sequences": sequences[1], "factors": ["alpha_cells"], "strands": ["forward"],
            "explanations": [{"name": METHOD}]}  # fmt: skip
    (window,) = (await client.post("/sequence-analyses", json=body)).json()["explanations"]
    tracks = {track["checkpoint"]: track["values"] for track in window["tracks"]}
    for model in answer["models"]:
        assert model["contributions"] == tracks[model["checkpoint"]]
        assert model["probability"] == window["probability"][model["checkpoint"]]


async def test_consensus_and_disagreement_follow_from_the_shares(client, sequences):
    answer = await compared(client, sequences[2], [CNN, RNN, BOTH, OTHER])
    shares = np.array([model["shares"] for model in answer["models"]])
    alike = (np.sign(shares) == np.sign(shares[0])).all(0)
    np.testing.assert_allclose(answer["consensus"], np.where(alike, shares.mean(0), 0), atol=1e-7)
    np.testing.assert_allclose(answer["disagreement"], np.ptp(shares, axis=0), atol=1e-7)
    assert answer["n_agreeing"] == alike.sum()
    assert len(answer["pairs"]) == 6
    for span in answer["spans"]:
        assert span["bases"] == answer["sequence"][span["start"] : span["stop"]]
        assert span["sentence"].startswith(f"Base{'s' if span['stop'] - span['start'] > 1 else ''} {span['start']}")
        for said, row in zip(span["says"].values(), shares, strict=True):
            assert said == pytest.approx(row[span["start"] : span["stop"]].sum(), abs=1e-5)


async def test_the_average_is_of_predictions_and_of_contributions(client, sequences):
    answer = await compared(client, sequences[3], [CNN, RNN, BOTH])
    models = answer["models"]
    assert answer["average"]["probability"] == pytest.approx(np.mean([m["probability"] for m in models]), abs=1e-6)
    np.testing.assert_allclose(
        answer["average"]["contributions"], np.mean([m["contributions"] for m in models], axis=0), atol=1e-5
    )
    assert "of one factor" in answer["average"]["note"]
    mixed = await compared(client, sequences[3], [CNN, OTHER])
    assert "different scales" in mixed["average"]["note"]
    assert "different factors" in mixed["verdict"]


async def test_the_same_request_gives_the_same_numbers(client, sequences):
    one, other = [await compared(client, sequences[4], [CNN, BOTH]) for _ in range(2)]
    for answer in (one, other):
        del answer["created"], answer["request_id"]
    assert one == other


async def test_a_method_that_is_not_valid_is_refused_and_the_others_are_compared(client, sequences, problem_of):
    answer = await compared(client, sequences[5], [CNN, RNN, BASELINE])
    assert list(answer["refused"]) == [BASELINE]
    assert [model["checkpoint"] for model in answer["models"]] == [CNN, RNN]
    problem = problem_of(await compare(client, sequences[5], [CNN, BASELINE]), 422, "invalid-request")
    assert problem.errors[0].field == "attributions.1.method"
    assert "gradient" in problem.errors[0].message


@pytest.mark.parametrize(
    ("models", "sequence", "field"),
    [
        ([CNN], "ACGT", "attributions"),
        ([CNN, RNN, BOTH, OTHER, BASELINE], "ACGT", "attributions"),
        ([CNN, CNN], "ACGT", "attributions.1.checkpoint"),
        ([CNN, "nobody"], "ACGT", "attributions.1.checkpoint"),
        ([CNN, RNN], "A" * 102, "sequence"),
        ([CNN, RNN], "ACGU", "sequence"),
        ([CNN, RNN], "", "sequence"),
    ],
)
async def test_what_cannot_be_compared_is_named(client, problem_of, models, sequence, field):
    problem = problem_of(await compare(client, sequence, models), 422, "invalid-request")
    assert [item.field for item in problem.errors] == [field]


async def test_other_references_are_refused(client, problem_of):
    asked = [
        {"checkpoint": name, "method": "integrated_gradients", "parameters": {"random_state": seed}}
        for name, seed in ((CNN, 0), (RNN, 1))
    ]
    problem = problem_of(
        await client.post("/comparisons", json={"sequence": "ACGT" * 10, "attributions": asked}), 422, "invalid-request"
    )
    assert problem.errors[0].field == "attributions.1.parameters.random_state"
    assert "same references" in problem.errors[0].message


TITLES = {"a": "CNN", "b": "RNN"}


def test_what_all_titles_have_in_common_is_left_out():
    pair = [model("a", title="CNN, CTCF in K562"), model("b", title="RNN, CTCF in K562")]
    assert short_titles(pair) == TITLES
    assert short_titles([*pair, model("c", title="CNN, MYC in H1")])["c"] == "CNN, MYC in H1"
    assert short_titles([model("c", title="mine, CTCF"), model("d", title="mine, CTCF")])["c"] == "mine, CTCF"


@pytest.mark.parametrize(
    ("says", "disagreement", "words"),
    [
        ({"a": 0.2, "b": -0.1}, 0.3, "CNN reads it as speaking for bound, RNN as speaking against it."),
        ({"a": 0.2, "b": 0.05}, 0.3, "All in the same direction, but it weighs most for CNN."),
        ({"a": -0.02, "b": -0.2}, 0.3, "All in the same direction, but it weighs most for RNN."),
        ({"a": 0.11, "b": 0.1}, 0.3, "As a whole alike, but they rest on different bases of it."),
    ],
)
def test_a_span_says_which_model_says_what(says, disagreement, words):
    span = Span(40, 43, disagreement, np.array(list(says.values())))
    sentence = span_sentence(span, "CCA", says=says, titles=TITLES)
    assert sentence.startswith("Bases 40 to 42 (CCA): ")
    assert sentence.endswith(words)


def model(name, **changes):
    own = {
        "checkpoint": name, "title": name, "factor": "ctcf", "architecture": "demo_cnn", "sha256": "", "method": METHOD,
        "method_title": "Saliency", "probability": 0.9, "completeness_gap": None, "contributions": [], "scale": 1,
        "shares": [],
    }  # fmt: skip
    return ComparedModel(**own | changes)


@pytest.mark.parametrize(("rho", "words"), [(0.8, "agree on"), (0.4, "agree in part"), (0.1, "hardly agree")])
def test_the_verdict_says_how_far_they_agree(rho, words):
    pair = PairAgreement(first="a", second="b", spearman=rho, cosine=rho, top_positions=rho)
    said = verdict([model("a"), model("b")], [pair])
    assert (
        said == f"The models {words}{'' if rho > 0.6 else ' on'} which bases matter: the rank correlation is {rho:.2f}."
    )


def test_the_verdict_names_what_makes_a_comparison_unfair():
    pair = PairAgreement(first="a", second="b", spearman=None, cosine=None, top_positions=None)
    said = verdict([model("a"), model("b", method="other", method_title="Mutagenesis", probability=0.1)], [pair])
    assert "cannot be measured" in said
    assert "different methods (Saliency, Mutagenesis)" in said
    assert "some say bound, some not" in said
