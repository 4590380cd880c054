from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from memelite.io import read_meme

from backend.services.errors import InvalidFieldsError
from backend.services.job_kinds import class_optimization
from backend.services.job_kinds.class_optimization import KIND, ClassOptimizationParameters, check, run
from backend.services.job_kinds.stopped import JobStopped
from backend.services.optimisation.trajectory import frame_steps
from models.checkpoints import load_checkpoint, load_chromatin_checkpoint
from models.histone import MARKS
from models.pattern_maps import pattern_map

Runs = Callable[..., Any]
CHROMATIN = {"task": "chromatin", "checkpoint": "e003-deepchrome"}


def parameters(**given: Any) -> ClassOptimizationParameters:
    return ClassOptimizationParameters(**{"n_steps": 12, "n_restarts": 3} | given)


def refusal(make_run: Runs, **given: Any) -> tuple[str, str, str]:
    with pytest.raises(InvalidFieldsError) as caught:
        check(parameters(**given), make_run())
    (field,) = caught.value.fields
    return field


def table(text: str) -> np.ndarray:
    return np.array([line.split("\t") for line in text.splitlines()], dtype=float)


def test_every_parameter_has_a_default_and_the_defaults_are_the_published_ones() -> None:
    published = ClassOptimizationParameters()

    assert (published.n_steps, published.regularisation, published.rate) == (1000, 0.009, 0.05)
    assert ClassOptimizationParameters(task="chromatin").rate == 0.1
    assert ClassOptimizationParameters(learning_rate=0.2).rate == 0.2
    assert all("title" in each for each in KIND.parameters.model_json_schema()["properties"].values())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"checkpoint": "ctcf_weri-demo_cn"}, "unknown_checkpoint"),
        ({"checkpoint": "e003-deepchrome"}, "wrong_task"),
        ({"task": "chromatin"}, "wrong_task"),
        ({"checkpoint": "ctcf_weri-kmer_logistic"}, "no_gradient"),
        (CHROMATIN | {"checkpoint": "e003-best_bin_logistic"}, "no_gradient"),
        ({"checkpoint": ""}, "no_checkpoint"),
    ],
)
def test_a_checkpoint_that_cannot_be_optimised_is_refused_beside_its_field(
    make_run: Runs, given: dict[str, Any], code: str
) -> None:
    assert refusal(make_run, **given)[:2] == ("parameters.checkpoint", code)


def test_a_misspelt_checkpoint_is_answered_with_its_neighbours(make_run: Runs) -> None:
    assert "ctcf_weri-demo_cnn" in refusal(make_run, checkpoint="ctcf_weri-demo_cn")[2]


def test_the_cost_grows_with_steps_restarts_and_architecture(make_run: Runs) -> None:
    place = make_run()
    cost = [
        check(parameters(**given), place).seconds
        for given in ({}, {"n_steps": 1000}, {"n_steps": 1000, "n_restarts": 50})
    ]

    assert cost == sorted(cost)
    assert check(parameters(n_steps=1000, n_restarts=50), place).words.startswith("1,000 steps x 50 restarts of ctcf")


def test_frames_begin_with_the_start_are_dense_first_and_end_with_the_end() -> None:
    steps = sorted(frame_steps(1000))

    assert steps[:4] == [0, 1, 2, 3]
    assert steps[-1] == 1000
    assert 50 <= len(steps) <= 70
    assert sorted(frame_steps(1)) == [0, 1]


def test_dna_shows_a_matrix_that_takes_shape_and_offers_it_in_three_formats(make_run: Runs) -> None:
    job = make_run()
    summary = run(parameters(), job)
    live = job.live[-1]

    assert live.frames[0].step == 0
    assert live.frames[-1].step == live.curve[-1].step == 12
    assert np.shape(live.frames[-1].values) == (4, 101)
    assert np.sum(live.frames[-1].values, axis=0) == pytest.approx(np.ones(101), abs=0.003)
    assert live.curve[-1].score > live.curve[0].score
    assert live.curve[-1].loss == summary["loss"] <= summary["highest_loss"]
    assert (live.target, len(live.restart_scores), live.best_restart + 1) == ("bound", 3, summary["best_restart"])
    assert job.progress[-1] == ("optimising", 12, 12, "steps")
    assert set(job.files) == {"matrix.transfac", "matrices.meme", "consensus.fa", "raw.tsv", "curve.tsv"}
    motifs = read_meme(str(job.files["matrices.meme"]))
    assert next(iter(motifs)) == f"ctcf_weri-demo_cnn_bound_restart_{summary['best_restart']}"
    np.testing.assert_allclose(next(iter(motifs.values())), live.frames[-1].values, atol=6e-4)
    assert len(job.files["consensus.fa"].read_text().splitlines()[1]) == 101


def test_the_raw_table_holds_every_restart_with_its_seed(make_run: Runs) -> None:
    job = make_run()
    run(parameters(seed=5), job)
    head, *rows = [
        line.split("\t") for line in job.files["raw.tsv"].read_text().splitlines() if not line.startswith("#")
    ]

    assert head[:5] == ["restart", "seed", "score", "loss", "row"]
    assert [row[1] for row in rows[::4]] == ["5", "6", "7"]
    assert [row[4] for row in rows[:4]] == list("ACGT")
    assert all(len(row) == 5 + 101 for row in rows)


@pytest.mark.parametrize("space", ["published", "log1p"])
def test_chromatin_offers_the_published_table_and_one_with_names(make_run: Runs, space: Any) -> None:
    job = make_run()
    run(parameters(**CHROMATIN, space=space, n_restarts=1), job)
    expected = pattern_map(
        load_chromatin_checkpoint("e003-deepchrome").network,
        (5, 100),
        target="ON",
        space=space,
        n_steps=12,
        random_state=parameters().seed,
    )
    named = [line for line in job.files["map.tsv"].read_text().splitlines() if not line.startswith("#")]

    np.testing.assert_allclose(table(job.files["table.txt"].read_text()), expected.values, atol=6e-5)
    assert named[0].split("\t") == ["start_bp", "end_bp", *MARKS]
    assert named[1].split("\t")[:2] == ["-5000", "-4900"]
    assert table("\n".join(named[1:])).shape == (100, 7)
    assert (job.live[-1].rows, job.live[-1].bin_size_bp, job.live[-1].target) == (list(MARKS), 100, "ON")


def test_a_job_that_was_interrupted_ends_with_the_same_bytes(make_run: Runs) -> None:
    with pytest.raises(JobStopped):
        run(parameters(), make_run(stop_after=4))
    second, third = make_run(), make_run()
    summaries = [run(parameters(), second), run(parameters(), third)]

    assert summaries[0] == summaries[1]
    assert {name: path.read_bytes() for name, path in second.files.items()} == {
        name: path.read_bytes() for name, path in third.files.items()
    }


def test_published_parameters_are_compared_with_the_card_and_others_are_not(make_run: Runs) -> None:
    assert "difference_from_card" not in run(parameters(), make_run())

    job = make_run()
    summary = run(ClassOptimizationParameters(**CHROMATIN), job)

    assert summary["difference_from_card"] >= 0
    assert summary["score"] > 0.5


def test_an_optimisation_that_diverges_says_what_to_change(make_run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    network, card = load_checkpoint("ctcf_weri-demo_rnn")
    network.output.bias.fill_(float("inf"))
    monkeypatch.setattr(class_optimization, "sequence_network", lambda *_: (network, card))

    with pytest.raises(InvalidFieldsError) as caught:
        run(parameters(), make_run())

    assert caught.value.fields[0][:2] == ("parameters.learning_rate", "diverged")
