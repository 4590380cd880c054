"""Training on a user's own DNA, from upload to a checkpoint that answers, whatever interrupts it."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.services.errors import InvalidFieldsError
from backend.services.job_kinds.sequence_training import SEQUENCE_TRAINING
from backend.services.job_kinds.stopped import JobStopped
from models.checkpoints import load_checkpoint
from models.examples import plant, random_sequence
from models.predict import positive_probability
from models.sequence import one_hot_encode

POSITIVES, TEST, UNBOUND = "1" * 32, "2" * 32, "3" * 32
MOTIF = "CCACGTGGACTT"


def fasta(n: int, *, seed: int, motif: str = MOTIF, length: int = 101, name: str = "peak") -> str:
    rng = np.random.default_rng(seed)
    rows = [plant(random_sequence(rng, length), motif, start=int(rng.integers(length - 12))) for _ in range(n)]
    return "".join(f">{name}_{i}\n{row}\n" for i, row in enumerate(rows))


@pytest.fixture
def uploads(tmp_path: Path) -> dict[str, Path]:
    texts = {POSITIVES: fasta(70, seed=1), UNBOUND: fasta(90, seed=3, motif="", name="flank")}
    paths = {upload: tmp_path / f"upload-{upload[0]}.fa" for upload in texts}
    for upload, text in texts.items():
        paths[upload].write_text(text)
    return paths


def parameters(**changes: Any) -> Any:
    quick = {"epochs": 3, "batch_size": 32, "architectures": ["demo_cnn", "demo_rnn"]}
    return SEQUENCE_TRAINING.parameters.model_validate(
        {"positives": POSITIVES, "factor": "mine", "title": "MINE in cells", **quick, **changes}
    )


def contents(run: Any) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in run.files.items()}


def test_a_training_gives_checkpoints_that_answer(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    run = make_run(uploads=uploads)

    summary = SEQUENCE_TRAINING.run(parameters(), run)

    folder = run.checkpoint_folder("mine-demo_cnn", "sequence")
    network, card = load_checkpoint("mine-demo_cnn", folder=folder)
    golden = card.golden_predictions[0]
    given = positive_probability(network, one_hot_encode([golden.sequence], length=101)).item()
    assert given == pytest.approx(golden.probability, abs=1e-6)
    assert {"mine-demo_cnn", "mine-demo_rnn", "mine-kmer_logistic"} <= set(run.checkpoint_names("sequence"))
    assert "upload-1.fa, sha256" in card.training_command
    assert card.training_data.source.endswith(card.training_data.files["positives"])
    assert card.class_optimization is not None
    assert card.metrics.n_positive == 7
    assert summary["test_auroc"]["mine-demo_cnn"] == card.metrics.auroc.value
    archives = {f"mine-{name}.zip" for name in ("demo_cnn", "demo_rnn", "kmer_logistic")}
    assert set(run.files) == {"curves.tsv", "split.tsv", "predictions.tsv"} | archives
    with zipfile.ZipFile(run.files["mine-demo_cnn.zip"]) as archive:
        assert sorted(Path(name).name for name in archive.namelist()) == [
            "card.json", "curves.tsv", "weights.safetensors",
        ]  # fmt: skip
    split = run.files["split.tsv"].read_text().splitlines()
    assert len(split) == 1 + 70
    assert sum("\ttest\t" in line for line in split) == 7
    assert len(run.files["predictions.tsv"].read_text().splitlines()) == 1 + 14  # as many shuffles


def test_what_is_shown_live_grows_and_ends_complete(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    run = make_run(uploads=uploads)
    SEQUENCE_TRAINING.run(parameters(), run)

    last = run.live[-1]
    assert [len(curve.epochs) for curve in last.networks] == [3, 3]
    assert all(curve.test_low <= curve.test_auroc <= curve.test_high for curve in last.networks)
    assert [baseline.name for baseline in last.baselines] == ["kmer_logistic"]
    assert last.counts["training"] == 2 * (70 - 14 - last.counts["removed"])
    assert [epochs for live in run.live for epochs in [sum(len(c.epochs) for c in live.networks)]] == sorted(
        sum(len(c.epochs) for c in live.networks) for live in run.live
    )
    batches = [done for step, done, _, unit in run.progress if unit == "batches" and step == "Training CNN"]
    assert batches == list(range(1, len(batches) + 1))


def test_an_interrupted_training_gives_the_same_bytes(
    make_run: Callable[..., Any], uploads: dict[str, Path], tmp_path: Path
) -> None:
    undisturbed = type(make_run(uploads=uploads))(tmp_path / "other", uploads=uploads)
    SEQUENCE_TRAINING.run(parameters(), undisturbed)
    for stop_after in (9, 18):  # in the CNN's second epoch, then in the RNN's second
        with pytest.raises(JobStopped):
            SEQUENCE_TRAINING.run(parameters(), make_run(uploads=uploads, stop_after=stop_after))
    last = make_run(uploads=uploads)
    SEQUENCE_TRAINING.run(parameters(), last)

    assert contents(last) == contents(undisturbed)
    resumed = {curve.name: curve.resumed_at for curve in last.live[-1].networks}
    assert resumed == {"demo_cnn": [2], "demo_rnn": [2]}
    shown = [[point.model_dump() for point in curve.epochs] for curve in last.live[-1].networks]
    assert shown == [[point.model_dump() for point in curve.epochs] for curve in undisturbed.live[-1].networks]


def test_a_damaged_state_starts_the_network_over(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    run = make_run(uploads=uploads)
    run.keep("demo_cnn.safetensors", b"half of a fi")
    SEQUENCE_TRAINING.run(parameters(architectures=["demo_cnn"]), run)

    assert any("starts over" in line for line in run.logs)
    assert len(run.live[-1].networks[0].epochs) == 3


def test_own_negatives_are_trained_on(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    run = make_run(uploads=uploads)
    SEQUENCE_TRAINING.run(parameters(unbound=UNBOUND, architectures=["demo_rnn"]), run)

    card = load_checkpoint("mine-demo_rnn", folder=run.checkpoint_folder("mine-demo_rnn", "sequence")).card
    assert card.training_data.negatives == "The user's own"
    assert (card.metrics.n_positive, card.metrics.n_negative) == (7, 9)


def test_the_cost_is_counted_before(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    few = SEQUENCE_TRAINING.check(parameters(epochs=2), make_run(uploads=uploads))
    many = SEQUENCE_TRAINING.check(parameters(epochs=50), make_run(uploads=uploads))

    assert few.seconds < many.seconds
    assert "CNN: 2 epochs at most" in few.words
    assert any("intervals are wide" in warning for warning in few.warnings)


def test_a_large_set_is_counted_at_once_and_divided_by_the_job(
    make_run: Callable[..., Any], uploads: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.services.job_kinds.sequence_training.DIVIDED_AT_ONCE", 100)
    cost = SEQUENCE_TRAINING.check(parameters(unbound=UNBOUND), make_run(uploads=uploads))

    assert cost.words.startswith("128 training sequences")  # 0.8 of 70 and 90
    assert any("checked when the job starts" in warning for warning in cost.warnings)


def test_a_name_that_exists_is_refused(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    with pytest.raises(InvalidFieldsError, match="ctcf_weri-demo_cnn already") as caught:
        SEQUENCE_TRAINING.check(parameters(factor="ctcf_weri"), make_run(uploads=uploads))

    assert caught.value.fields[0].field == "parameters.factor"


@pytest.mark.parametrize(
    ("texts", "changes", "place"),
    [
        ({POSITIVES: ">a\nACGT\n"}, {}, ("parameters.positives", "too_short")),
        ({POSITIVES: fasta(20, seed=1)}, {}, ("parameters.positives", "too_few_positives")),
        ({TEST: fasta(70, seed=1)}, {"test": TEST}, ("parameters.test", "test_in_training")),
        ({}, {"split": "chromosome"}, ("parameters.split", "no_coordinates")),
        ({UNBOUND: fasta(90, seed=1)}, {"unbound": UNBOUND}, ("parameters.positives", "both_labels")),
        ({}, {"unbound": UNBOUND, "negatives": "gc_matched"}, ("parameters.unbound", "pool_too_small")),
    ],
)
def test_what_cannot_be_trained_on_is_refused_at_its_field(
    make_run: Callable[..., Any],
    uploads: dict[str, Path],
    texts: dict[str, str],
    changes: dict[str, str],
    place: tuple[str, str],
) -> None:
    for upload, text in texts.items():
        uploads[upload] = uploads[POSITIVES].with_name(f"changed-{upload[0]}.fa")
        uploads[upload].write_text(text)

    with pytest.raises(InvalidFieldsError) as caught:
        SEQUENCE_TRAINING.check(parameters(**changes), make_run(uploads=uploads))

    assert (caught.value.fields[0].field, caught.value.fields[0].code) == place
