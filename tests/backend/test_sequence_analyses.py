"""Analyses over HTTP, on random weights: what holds whatever the networks have learned."""

import numpy as np
import pytest

from models.checkpoints import load_checkpoint
from models.explanations import EXPLANATIONS
from models.sequence import one_hot_encode, reverse_complement

pytestmark = pytest.mark.anyio

FACTOR = "alpha_cells"
NETWORKS = [f"{FACTOR}-{name}" for name in ("demo_cnn", "demo_rnn", "demo_cnn_rnn")]
BASELINE = f"{FACTOR}-kmer_logistic"
ALL = [{"name": "saliency"}, {"name": "corrected_saliency"}, {"name": "temporal_output"}]


def fasta(sequences):
    return "".join(f">s{i}\n{sequence}\n" for i, sequence in enumerate(sequences))


async def analyse(client, sequences, **options):
    body = {"sequences": fasta(sequences), "factors": [FACTOR], **options}
    response = await client.post("/sequence-analyses", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def scores(analysis, factor=0):
    return {p["checkpoint"]: p["probability"] for p in analysis["factors"][factor]["predictions"]}


async def test_scores_are_those_of_the_networks(client, sequences, checkpoint_folder):
    analysis = await analyse(client, sequences[:3], strands=["forward"])
    X = one_hot_encode(sequences[:3])
    for name, probability in scores(analysis).items():
        expected = load_checkpoint(name, folder=checkpoint_folder).network(X)[:, 0].exp()
        assert probability == pytest.approx(expected.tolist(), abs=2e-6)
    assert list(scores(analysis)) == [*NETWORKS, BASELINE]


async def test_rows_are_records_times_strands(client, sequences):
    analysis = await analyse(client, sequences[:2])
    rows = analysis["rows"]
    assert rows["record"] == [0, 0, 1, 1]
    assert rows["name"] == ["s0", "s0", "s1", "s1"]
    assert rows["strand"] == ["forward", "reverse"] * 2
    assert analysis["n_records"] == 2


async def test_the_reverse_row_is_the_forward_row_of_the_reverse_complement(client, sequences):
    long, short = "".join(sequences[:3]), sequences[0][:80]
    given = [sequences[4], long, short]
    as_given = await analyse(client, given, strands=["reverse"])
    turned = await analyse(client, [reverse_complement(sequence) for sequence in given], strands=["forward"])
    assert scores(as_given) == scores(turned)
    assert as_given["factors"][0]["window_start"] == turned["factors"][0]["window_start"]


async def test_a_score_does_not_depend_on_its_company(client, sequences):
    among_others = scores(await analyse(client, sequences))
    for record in (0, 64, 99):
        alone = scores(await analyse(client, [sequences[record]]))
        for name, probability in alone.items():
            assert probability == pytest.approx(among_others[name][2 * record : 2 * record + 2], abs=1.5e-6)


async def test_a_range_gives_the_rows_of_its_records(client, sequences):
    whole = await analyse(client, sequences[:6])
    part = await analyse(client, sequences[:6], records={"start": 2, "stop": 99})
    assert part["n_records"] == 6
    assert part["rows"]["record"] == [2, 2, 3, 3, 4, 4, 5, 5]
    assert scores(part)[BASELINE] == scores(whole)[BASELINE][4:]


async def test_a_long_record_shows_the_window_with_the_highest_mean_of_the_networks(client, sequences):
    long = "".join(sequences[:4])
    analysis = await analyse(client, [long], strands=["forward"], explanations=[{"name": "saliency"}])
    (window,) = analysis["explanations"]
    scan = window["scan"]
    assert scan["starts"] == [*range(0, 303, 50), 303]
    mean = np.mean([scan["probability"][name] for name in NETWORKS], axis=0)
    best = int(mean.argmax())
    assert analysis["factors"][0]["window_start"] == [scan["starts"][best]] == [window["window_start"]]
    assert window["sequence"] == long[window["window_start"] :][:101]
    assert window["probability"] == {name: values[best] for name, values in scan["probability"].items()}
    alone = scores(await analyse(client, [window["sequence"]], strands=["forward"]))
    assert window["probability"] == pytest.approx({name: value for name, (value,) in alone.items()}, abs=2e-6)
    assert analysis["rows"]["warnings"] == [["Longer than 101 bases: scanned 8 windows, the best one is shown."]]


async def test_the_first_window_is_shown_on_ties(client):
    assert (await analyse(client, ["A" * 301]))["factors"][0]["window_start"] == [0, 0]


async def test_a_short_record_is_padded_on_the_right(client, sequences, checkpoint_folder):
    short = sequences[0][:84]
    analysis = await analyse(client, [short], strands=["forward"], explanations=[{"name": "saliency"}])
    (window,) = analysis["explanations"]
    assert (window["sequence"], window["padding"], window["scan"]) == (short, 17, None)
    warning = "17 of 101 positions are padding; no training sequence was shorter than 101 bp."
    assert analysis["rows"]["warnings"] == [[warning]]
    assert all(len(track["values"]) == 101 and not any(track["values"][84:]) for track in window["tracks"])
    padded = load_checkpoint(NETWORKS[1], folder=checkpoint_folder).network(one_hot_encode([short], length=101))
    assert scores(analysis)[NETWORKS[1]] == pytest.approx([padded[0, 0].exp().item()], abs=2e-6)


async def test_unknown_bases_and_unusual_gc_are_said(client):
    analysis = await analyse(client, ["A" * 99 + "NC"], strands=["forward"], factors=[FACTOR, "beta_cells"])
    assert analysis["rows"]["gc"] == [0.01]
    assert analysis["rows"]["warnings"] == [
        [
            "1 unknown base (N), read as all-zero columns.",
            "GC content of 1% is outside the training range of ALPHA_CELLS (30% to 70%), BETA_CELLS (30% to 70%).",
        ]
    ]


async def test_several_factors_give_one_set_of_predictions_each(client, sequences):
    analysis = await analyse(client, sequences[:1], factors=["beta_cells", FACTOR, "beta_cells"])
    assert [factor["factor"] for factor in analysis["factors"]] == ["beta_cells", FACTOR]
    assert scores(analysis, 1) == scores(await analyse(client, sequences[:1]))
    assert len(analysis["checkpoints"]) == 8
    for factor in analysis["factors"]:
        calls = np.array([p["probability"] for p in factor["predictions"][:3]]) >= 0.5
        assert factor["networks_calling_bound"] == calls.sum(0).tolist()


async def test_what_is_not_valid_for_an_architecture_is_refused_with_the_reason(client, sequences):
    analysis = await analyse(client, sequences[:1], explanations=ALL)
    for window in analysis["explanations"]:
        assert set(window["refused"]) == {
            f"saliency/{BASELINE}", f"corrected_saliency/{BASELINE}", f"temporal_output/{BASELINE}",
            f"temporal_output/{NETWORKS[0]}",
        }  # fmt: skip
        assert "k-mers" in window["refused"][f"saliency/{BASELINE}"]
        assert len(window["tracks"]) == 3 + 3 + 2 * 2


async def test_temporal_outputs_end_at_the_prediction(client, sequences):
    analysis = await analyse(client, sequences[:2], explanations=[{"name": "temporal_output"}])
    assert len(analysis["explanations"]) == 4
    for window in analysis["explanations"]:
        for track in window["tracks"]:
            end = track["values"][-1 if track["name"] == "temporal_forward" else 0]
            assert end == pytest.approx(window["probability"][track["checkpoint"]], abs=2e-6)


async def test_parameters_of_an_explanation_count_and_are_written_down(client, sequences):
    async def first_track(label):
        explanations = [{"name": "saliency", "parameters": {"label": label}}]
        analysis = await analyse(client, sequences[:1], strands=["forward"], explanations=explanations)
        assert analysis["settings"]["explanations"] == [{**explanations[0], "checkpoints": None}]
        return np.array(analysis["explanations"][0]["tracks"][1]["values"])

    bound, not_bound = await first_track("bound"), await first_track("not bound")
    assert np.ptp(bound / not_bound) < 1e-3 * (bound / not_bound).mean()  # P(not bound) / P(bound), everywhere
    assert not np.allclose(bound, not_bound)


async def test_an_answer_holds_what_is_needed_to_have_it_again(client, sequences):
    analysis = await analyse(client, [sequences[0].lower()], explanations=ALL)
    assert analysis["settings"] == {
        "factors": [FACTOR], "strands": ["forward", "reverse"], "records": None, "window_length": 101, "tile_step": 50,
        "explanations": [
            {"name": "saliency", "parameters": {"label": "predicted"}, "checkpoints": None},
            {"name": "corrected_saliency", "parameters": {}, "checkpoints": None},
            {"name": "temporal_output", "parameters": {}, "checkpoints": None},
        ],
        "maps": False,
    }  # fmt: skip
    assert {"regulens", "torch", "numpy", "python"} == set(analysis["versions"])
    assert set(analysis["conventions"]) == {
        "class", "probability", "comparison of factors", "strand", "positions", "padding", "window choice",
        *EXPLANATIONS,
    }  # fmt: skip
    assert all(len(reference["sha256"]) == 64 for reference in analysis["checkpoints"])
    assert [repair["code"] for repair in analysis["repairs"]] == ["lower_case"]


async def test_numbers_have_six_digits(client, sequences):
    analysis = await analyse(client, sequences[:2], explanations=ALL)
    for window in analysis["explanations"]:
        values = [value for track in window["tracks"] for value in track["values"]]
        assert values == [float(f"{value:.6g}") for value in values]
        assert list(window["probability"].values()) == [round(p, 6) for p in window["probability"].values()]


async def test_an_explanation_can_be_asked_of_some_checkpoints_only(client, sequences):
    asked = {"name": "corrected_saliency", "checkpoints": [NETWORKS[1]]}
    analysis = await analyse(client, sequences[:1], strands=["forward"], explanations=[asked, {"name": "saliency"}])
    (explanation,) = analysis["explanations"]
    explained = {(track["explanation"], track["checkpoint"]) for track in explanation["tracks"]}
    assert explained == {("corrected_saliency", NETWORKS[1])} | {("saliency", name) for name in NETWORKS}
    assert set(explanation["refused"]) == {f"saliency/{BASELINE}"}
    assert analysis["settings"]["explanations"][0]["checkpoints"] == [NETWORKS[1]]


async def test_each_checkpoint_can_have_parameters_of_its_own(client, sequences):
    asked = [
        {"name": "saliency", "parameters": {"label": "bound"}, "checkpoints": [NETWORKS[0]]},
        {"name": "saliency", "parameters": {"label": "not bound"}, "checkpoints": [NETWORKS[1]]},
    ]
    analysis = await analyse(client, sequences[:1], strands=["forward"], explanations=asked)
    tracks = analysis["explanations"][0]["tracks"]
    assert [track["checkpoint"] for track in tracks] == NETWORKS[:2]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ([{"name": "saliency"}, {"name": "saliency", "checkpoints": [NETWORKS[0]]}], "explanations.1.name"),
        (
            [{"name": "saliency", "checkpoints": NETWORKS[:2]}, {"name": "saliency", "checkpoints": NETWORKS[1:]}],
            "explanations.1.name",
        ),
        ([{"name": "saliency", "checkpoints": ["somebody_else-demo_cnn"]}], "explanations.0.checkpoints.0"),
    ],
)
async def test_overlapping_and_unknown_checkpoints_are_refused_at_their_place(
    client, sequences, problem_of, asked, field
):
    body = {"sequences": fasta(sequences[:1]), "factors": [FACTOR], "explanations": asked}
    problem = problem_of(await client.post("/sequence-analyses", json=body), 422, "invalid-request")
    assert [error.field for error in problem.errors] == [field]


async def test_maps_are_sent_if_asked_for_and_numbers_always(client, sequences):
    asked = {"name": "deep_lift_shap", "parameters": {"n_references": 2}, "checkpoints": [NETWORKS[0]]}
    options = {"strands": ["forward"], "explanations": [asked]}
    (plain,) = (await analyse(client, sequences[:1], **options))["explanations"]
    (mapped,) = (await analyse(client, sequences[:1], maps=True, **options))["explanations"]
    key = f"deep_lift_shap/{NETWORKS[0]}/completeness_gap"

    assert plain["maps"] == []
    assert mapped["tracks"] == plain["tracks"]
    (base_map,) = mapped["maps"]
    assert (base_map["name"], base_map["checkpoint"]) == ("hypothetical", NETWORKS[0])
    assert np.shape(base_map["values"]) == (4, 101)
    present = one_hot_encode(sequences[:1])[0].numpy() * base_map["values"]
    np.testing.assert_allclose(present.sum(0), mapped["tracks"][0]["values"], rtol=1e-4, atol=1e-6)
    assert plain["numbers"][key] == mapped["numbers"][key] < 0.01


async def test_a_row_that_cannot_be_explained_does_not_cost_the_others(client, sequences):
    asked = {"name": "deep_lift_shap", "parameters": {"n_references": 2}, "checkpoints": [NETWORKS[0]]}
    given = [sequences[0], "A" * 101, sequences[1]]
    first, poor, last = (await analyse(client, given, strands=["forward"], explanations=[asked]))["explanations"]

    assert len(first["tracks"]) == len(last["tracks"]) == 1
    assert poor["tracks"] == []
    assert poor["numbers"] == {}
    assert "shuffles of the sequence are all the same" in poor["refused"][f"deep_lift_shap/{NETWORKS[0]}"]
    assert first["refused"] == {}
