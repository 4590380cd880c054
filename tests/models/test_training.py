"""Training end to end on a world of our own: three tiny datasets in the published file formats."""

import gzip
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.card import CARD_FILE
from models.checkpoints import checkpoint_names, load_checkpoint, weights_sha256
from models.class_optimization import class_optimization
from models.examples import plant, random_sequence
from models.predict import positive_probability
from models.sequence import decode, one_hot_encode, reverse_complement
from models.training import pretrained, sequence_card, splits
from models.training.datasets import DATASETS, Dataset
from models.training.fit import Epoch, Recipe, epoch_examples, fit, score
from models.training.pretrained import Workplace, train_architecture
from models.training.recipes import RECIPES, TwoStageRecipe
from models.training.report import accuracy_table
from models.training.specificity import specificity_table
from models.training.splits import Labelled, TrainingSet, shuffled, split_all

MOTIF = "CCACGTGGAC"
LENGTH = 40


def sequences(n: int, *, motif: str = "", seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [plant(random_sequence(rng, LENGTH), motif, start=int(rng.integers(LENGTH - 10))) for _ in range(n)]


def labelled(n: int, *, seed: int = 0) -> Labelled:
    texts = sequences(n, motif=MOTIF, seed=seed) + sequences(n, seed=seed + 1)
    return Labelled(one_hot_encode(texts).to(torch.int8), torch.arange(2 * n) < n)


def write(path: Path, header: str, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join([header, *rows, ""]).encode()))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a positives-only and a labelled set, and make them the only datasets."""
    shared = sequences(1, motif=MOTIF, seed=99)[0]
    positives = [*sequences(90, motif=MOTIF, seed=1), shared, reverse_complement(sequences(1, motif=MOTIF, seed=1)[0])]
    test = [(s, 1) for s in (shared, *sequences(19, motif=MOTIF, seed=2))] + [(s, 0) for s in sequences(20, seed=3)]
    both = [(s, 1) for s in sequences(60, motif=MOTIF, seed=4)] + [(s, 0) for s in sequences(60, seed=5)]
    write(tmp_path / "one_train.gz", "FoldID\tEventID\tseq\tBound", [f"A\tx\t{s}\t1" for s in positives])
    write(tmp_path / "one_test.gz", "FoldID\tEventID\tseq\tBound", [f"A\tx\t{s}\t{y}" for s, y in test])
    write(tmp_path / "two_train.gz", "seq\tlabel", [f"{s}\t{y}" for s, y in both])
    write(tmp_path / "two_test.gz", "seq\tlabel", [f"{s}\t{y}" for s, y in test])
    tiny = {
        "one": Dataset("one", "ONE in cells", "cells", "one_train.gz", "one_test.gz"),
        "two": Dataset("two", "TWO in cells", "cells", "two_train.gz", "two_test.gz", label_column="label"),
    }
    monkeypatch.setattr(DATASETS, "_items", tiny)
    quick = Recipe(epochs=2, learning_rate=1e-2, dropout=0.1, batch_size=32)
    monkeypatch.setattr(pretrained, "RECIPES", dict.fromkeys(RECIPES, TwoStageRecipe(quick, quick)))
    monkeypatch.setattr(sequence_card, "class_optimization", partial(class_optimization, n_steps=5))
    return tmp_path


def kmers(texts: list[str]) -> set[str]:
    n = splits.SHARED_KMER
    strands = [strand for text in texts for strand in (text, reverse_complement(text))]
    return {strand[i : i + n] for strand in strands for i in range(len(strand) - n + 1)}


def test_training_shares_nothing_with_any_held_out_sequence(data: Path) -> None:
    by_factor = split_all(data, random_state=0)

    held_out = kmers([text for s in by_factor.values() for text in decode(s.validation.X) + decode(s.test.X)])
    for split in by_factor.values():
        texts = decode(split.training.positives)
        assert len(set(texts)) == len(texts)
        assert not kmers(texts) & held_out
    assert by_factor["one"].n_removed == 2  # one shared with the test file, one reverse complement of another


def test_validation_is_balanced_and_a_set_with_its_own_negatives_keeps_them(data: Path) -> None:
    by_factor = split_all(data, random_state=0)

    assert by_factor["one"].training.negatives is None
    assert by_factor["two"].training.negatives is not None
    for split in by_factor.values():
        assert split.validation.bound.float().mean() == 0.5


def test_the_split_is_decided_by_the_seed(data: Path) -> None:
    first, again, other = (split_all(data, random_state=seed)["one"].validation.X for seed in (0, 0, 1))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def dinucleotides(X: Tensor) -> Tensor:
    """Return the counts of the 16 dinucleotides of each sequence."""
    return torch.einsum("nal,nbl->nab", X[:, :, :-1].float(), X[:, :, 1:].float())


def test_shuffles_keep_dinucleotides_and_differ_by_seed() -> None:
    X = one_hot_encode(sequences(20)).to(torch.int8)
    first, again, other = (shuffled(X, random_state=seed) for seed in (0, 0, 1))

    assert torch.equal(dinucleotides(first), dinucleotides(X))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, X)


def test_an_epoch_is_balanced_shuffled_and_capped() -> None:
    X = one_hot_encode(sequences(50)).to(torch.int8)
    sets = [TrainingSet(X, None), TrainingSet(X[:10], X[10:20])]
    torch.manual_seed(0)
    examples = epoch_examples(sets, largest_class=20, random_state=0)

    assert len(examples.X) == 2 * 20 + 2 * 10
    assert examples.bound.sum() == 30
    assert not examples.bound[:30].all()


def small_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(4, 16, 8), nn.ReLU(), nn.Dropout(0.1), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(16, 2),
        nn.LogSoftmax(dim=1),
    )  # fmt: skip


RECIPE = Recipe(epochs=8, learning_rate=1e-2, dropout=0.1, batch_size=32)


def train(**changes: object) -> tuple[nn.Module, tuple[Epoch, ...], int]:
    network, examples = small_network(), labelled(150)
    training = TrainingSet(examples.X[examples.bound], examples.X[~examples.bound])
    history = fit(
        network, [training], validation=labelled(50, seed=7), recipe=RECIPE.model_copy(update=changes), random_state=3
    )
    return network, history.epochs, history.best


def test_training_learns_a_planted_motif() -> None:
    network, epochs, best = train()

    assert epochs[best].validation_auroc > 0.9
    assert not network.training


def test_equal_seeds_give_equal_weights() -> None:
    first, second = train()[0].state_dict(), train()[0].state_dict()

    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_weights_of_the_best_epoch_are_kept() -> None:
    from sklearn.metrics import roc_auc_score

    network, epochs, best = train(learning_rate=0.5)
    validation = labelled(50, seed=7)

    assert best == max(range(len(epochs)), key=lambda i: epochs[i].validation_auroc)
    assert roc_auc_score(validation.bound, score(network, validation.X)) == epochs[best].validation_auroc


def test_training_stops_when_patience_is_exhausted() -> None:
    _, epochs, best = train(learning_rate=0.0, patience=2)

    assert (len(epochs), best) == (3, 0)


def test_progress_is_reported_after_each_epoch() -> None:
    seen: list[int] = []
    examples = labelled(20)
    fit(
        small_network(),
        [TrainingSet(examples.X[:20], examples.X[20:])],
        validation=examples,
        recipe=RECIPE.model_copy(update={"epochs": 2}),
        random_state=0,
        progress=lambda number, _: seen.append(number),
    )

    assert seen == [0, 1]


@pytest.mark.parametrize("architecture", ["demo_cnn", "kmer_logistic"])
def test_a_factor_becomes_a_checkpoint_that_reproduces_its_card(data: Path, architecture: str) -> None:
    place = Workplace(data, data / "checkpoints", data / "work", "cpu")
    train_architecture(architecture, place)

    assert checkpoint_names(place.folder) == (f"one-{architecture}", f"two-{architecture}")
    for name in checkpoint_names(place.folder):
        network, card = load_checkpoint(name, folder=place.folder)
        for golden in card.golden_predictions:
            X = one_hot_encode([golden.sequence], length=card.input_length)
            assert positive_probability(network, X).item() == pytest.approx(golden.probability, abs=1e-6)
        assert card.training_data.n_test == 40
        assert (card.class_optimization is None) == (architecture == "kmer_logistic")
    assert architecture in accuracy_table(place.folder)


def test_specificity_compares_own_peaks_with_all_others(data: Path) -> None:
    place = Workplace(data, data / "checkpoints", data / "work", "cpu")
    train_architecture("kmer_logistic", place)

    table = specificity_table(data, place.folder).splitlines()

    # both factors' test files hold the same bound sequences, which nothing can tell apart
    assert table[0] == "| factor | kmer_logistic |"
    assert table[2:] == ["| one | 0.500 |", "| two | 0.500 |", "| mean | 0.500 |"]


def test_a_second_run_trains_only_what_is_missing_and_gives_the_same_weights(data: Path) -> None:
    place = Workplace(data, data / "checkpoints", data / "work", "cpu")
    train_architecture("demo_cnn", place)
    before = {name: weights_sha256(place.folder / name) for name in checkpoint_names(place.folder)}
    kept = (place.folder / "one-demo_cnn" / CARD_FILE).stat().st_mtime_ns
    (place.folder / "two-demo_cnn" / CARD_FILE).unlink()
    train_architecture("demo_cnn", place)

    assert {name: weights_sha256(place.folder / name) for name in checkpoint_names(place.folder)} == before
    assert (place.folder / "one-demo_cnn" / CARD_FILE).stat().st_mtime_ns == kept


def test_the_command_explains_itself() -> None:
    command = [sys.executable, "-m", "models.training", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert all(f"\n    {name} " in shown for name in ("one", "all", "report", "specificity"))
