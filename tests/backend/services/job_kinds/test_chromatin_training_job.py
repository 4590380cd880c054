"""Training on a user's own histone marks, from upload to a checkpoint that answers, whatever interrupts it."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.services.errors import InvalidFieldsError
from backend.services.job_kinds.chromatin_training import CHROMATIN_TRAINING
from backend.services.job_kinds.stopped import JobStopped
from models import pattern_maps
from models.checkpoints import load_chromatin_checkpoint
from models.histone import MARKS, HistoneMatrices, golden_signal
from models.histone_file import write_deepchrome
from models.predict import positive_probability
from models.training import own_chromatin

HISTONE, EXPRESSION = "1" * 32, "2" * 32
N_GENES, N_BINS = 120, 20
QUICK_METHODS = ("mark_mean_linear", "best_bin_svc")


def matrices(n: int = N_GENES, *, labels: bool = True, signals: tuple[str, ...] = MARKS) -> HistoneMatrices:
    """ON genes have H3K4me3 around the TSS."""
    rng = np.random.default_rng(0)
    on = rng.permutation(np.arange(n) % 2).astype(np.int8)
    X = rng.poisson(1.0, (n, 5, N_BINS)).astype(np.float32)
    X[on == 1, 3, 8:12] += 3
    names = tuple(f"GENE{number}" for number in range(n))
    return HistoneMatrices(names, ("",) * n, signals, X[:, : len(signals)], on if labels else None)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of the simple methods, and pattern maps of few steps."""
    monkeypatch.setattr(own_chromatin, "simple_methods", lambda _: QUICK_METHODS)
    monkeypatch.setattr(
        pattern_maps.pattern_map, "__kwdefaults__", pattern_maps.pattern_map.__kwdefaults__ | {"n_steps": 5}
    )


@pytest.fixture
def uploads(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "genes.csv"
    write_deepchrome(path, matrices(), header=True)
    return {HISTONE: path}


def parameters(**changes: Any) -> Any:
    quick = {"epochs": 3, "architectures": ["deepchrome", "attentive_lstm_alpha"]}
    return CHROMATIN_TRAINING.parameters.model_validate(
        {"histone": HISTONE, "name": "mine", "cell_type": "E003", **quick, **changes}
    )


def contents(run: Any) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in run.files.items()}


def test_a_training_gives_checkpoints_that_answer(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    run = make_run(uploads=uploads)
    summary = CHROMATIN_TRAINING.run(parameters(), run)

    names = [f"mine-{name}" for name in ("deepchrome", "attentive_lstm_alpha", "all_bins_logistic")]
    assert set(names) <= set(run.checkpoint_names("chromatin"))
    for name in names:
        network, card = load_chromatin_checkpoint(name, folder=run.checkpoint_folder(name, "chromatin"))
        given = positive_probability(network, torch.from_numpy(golden_signal(5, N_BINS))).tolist()
        assert given == pytest.approx(card.golden_probabilities, abs=1e-6)
        assert (card.origin, card.cell_type, card.cell_types) == ("trained here", "E003 H1 Cell Line", ("E003",))
        assert "genes.csv, sha256" in card.training_data["source"]
        assert summary["test_auroc"][name] == card.metrics.auroc.value
        assert [one.name for one in card.baselines] == list(QUICK_METHODS)
        assert len(card.signal_ranges) == len(card.reference) == 5
    assert card.metrics.auroc.value > 0.9
    assert set(run.files) == {"curves.tsv", "split.tsv", "predictions.tsv", *(f"{name}.zip" for name in names)}
    with zipfile.ZipFile(run.files["mine-deepchrome.zip"]) as archive:
        files = sorted(Path(name).name for name in archive.namelist())
    assert files == ["card.json", "curves.tsv", "weights.safetensors"]
    split = run.files["split.tsv"].read_text().splitlines()
    assert (len(split), sum("\ttest\t" in line for line in split)) == (1 + N_GENES, 12)
    assert len(run.files["predictions.tsv"].read_text().splitlines()) == 1 + 12


def test_what_is_shown_live_grows_and_ends_complete(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    run = make_run(uploads=uploads)
    CHROMATIN_TRAINING.run(parameters(), run)

    last = run.live[-1]
    curves = {curve.name: len(curve.epochs) for curve in last.networks}
    members = {"attentive_lstm_alpha, member 1": 3, "attentive_lstm_alpha, member 2": 3}
    assert curves == {"deepchrome": 3, **members}
    assert all(curve.test_low <= curve.test_auroc <= curve.test_high for curve in last.networks)
    assert [method.name for method in last.baselines] == list(QUICK_METHODS)
    assert last.counts == {"training": 96, "validation": 12, "test": 12, "removed": 0}
    shown = [sum(len(curve.epochs) for curve in live.networks) for live in run.live]
    assert shown == sorted(shown)


def test_an_interrupted_training_gives_the_same_bytes(
    make_run: Callable[..., Any], uploads: dict[str, Path], tmp_path: Path
) -> None:
    undisturbed = type(make_run(uploads=uploads))(tmp_path / "other", uploads=uploads)
    CHROMATIN_TRAINING.run(parameters(), undisturbed)
    steps = [step for step, *_ in undisturbed.progress]
    second = steps.index("Training LSTM-α, member 2")
    for stop_after in (steps.index("Training DeepChrome, member 1") + 4, second - 3 - 6):
        with pytest.raises(JobStopped):
            CHROMATIN_TRAINING.run(parameters(), make_run(uploads=uploads, stop_after=stop_after))
    last = make_run(uploads=uploads)
    CHROMATIN_TRAINING.run(parameters(), last)

    assert contents(last) == contents(undisturbed)
    resumed = {curve.name: curve.resumed_at for curve in last.live[-1].networks}
    assert resumed["deepchrome"] == [2]
    assert any(resumed[f"attentive_lstm_alpha, member {member}"] for member in (1, 2))
    curves = [[curve.epochs for curve in run.live[-1].networks] for run in (last, undisturbed)]
    assert curves[0] == curves[1]


def test_a_damaged_state_starts_the_network_over(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    run = make_run(uploads=uploads)
    run.keep("deepchrome-member_1.safetensors", b"half of a fi")
    CHROMATIN_TRAINING.run(parameters(architectures=["deepchrome"]), run)

    assert any("starts over" in line for line in run.logs)
    assert len(run.live[-1].networks[0].epochs) == 3


def test_labels_come_from_an_expression_table(
    make_run: Callable[..., Any], uploads: dict[str, Path], tmp_path: Path
) -> None:
    write_deepchrome(uploads[HISTONE], matrices(labels=False), header=True)
    uploads[EXPRESSION] = tmp_path / "expression.tsv"
    lines = [f"{gene}\t{10 * on + 0.5}" for gene, on in zip(matrices().genes, matrices().labels.tolist(), strict=True)]
    uploads[EXPRESSION].write_text("\n".join(["gene\tTPM", *lines]))
    run = make_run(uploads=uploads)
    CHROMATIN_TRAINING.run(parameters(expression=EXPRESSION, architectures=["deepchrome_linear"]), run)

    folder = run.checkpoint_folder("mine-deepchrome_linear", "chromatin")
    card = load_chromatin_checkpoint("mine-deepchrome_linear", folder=folder).card
    assert "above the median" in card.training_data["labels"]
    assert "expression.tsv" in card.training_data["files"]
    assert (card.metrics.n_positive, card.metrics.n_negative) == (6, 6)


def test_the_cost_is_counted_before(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    few, many = (CHROMATIN_TRAINING.check(parameters(epochs=n), make_run(uploads=uploads)) for n in (2, 50))

    assert few.seconds < many.seconds
    assert "DeepChrome: 2 epochs at most, LSTM-α: 2 members x 2 epochs at most" in few.words
    assert any("intervals are wide" in warning for warning in few.warnings)


def test_a_name_that_exists_is_refused(make_run: Callable[..., Any], uploads: dict[str, Path]) -> None:
    with pytest.raises(InvalidFieldsError, match="e003-all_bins_logistic already") as caught:
        CHROMATIN_TRAINING.check(parameters(name="e003", architectures=["deepchrome"]), make_run(uploads=uploads))

    assert caught.value.fields[0].field == "parameters.name"


NO_LABELS = matrices(labels=False)


@pytest.mark.parametrize(
    ("given", "changes", "place"),
    [
        ((matrices(60), None), {}, ("parameters.histone", "too_few_genes")),
        ((matrices(signals=MARKS[:4]), None), {}, ("parameters.histone", "missing_signal")),
        ((NO_LABELS, None), {}, ("parameters.histone", "no_labels")),
        ((matrices(), None), {"split": "chromosome"}, ("parameters.split", "unknown_genes")),
        ((NO_LABELS, "GENE1,high\n"), {}, ("parameters.expression", "too_few_known_genes")),
        ((NO_LABELS, "GENE1,1\nGENE2,high\n"), {}, ("parameters.expression", "not_a_number")),
        ((NO_LABELS, "GENE1,1\nGENE1,2\n"), {}, ("parameters.expression", "two_values")),
        ((NO_LABELS, "GENE1\n"), {}, ("parameters.expression", "no_value")),
    ],
)
def test_what_cannot_be_trained_on_is_refused_at_its_field(
    make_run: Callable[..., Any],
    tmp_path: Path,
    given: tuple[HistoneMatrices, str | None],
    changes: dict[str, str],
    place: tuple[str, str],
) -> None:
    signals, table = given
    uploads = {HISTONE: tmp_path / "given.csv", EXPRESSION: tmp_path / "table.csv"}
    write_deepchrome(uploads[HISTONE], signals, header=True)
    uploads[EXPRESSION].write_text(table or "")
    asked = parameters(**changes, expression=EXPRESSION if table else None)

    with pytest.raises(InvalidFieldsError) as caught:
        CHROMATIN_TRAINING.check(asked, make_run(uploads=uploads))

    assert (caught.value.fields[0].field, caught.value.fields[0].code) == place
