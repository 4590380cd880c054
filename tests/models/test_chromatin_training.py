from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from models.architectures.deepchrome import DeepChromeLinear
from models.baselines.histone_linear import best_bins, fit_histone_linear
from models.checkpoints import load_chromatin_checkpoint
from models.histone import MARKS, HistoneMatrices, golden_signal
from models.histone_file import write_deepchrome
from models.predict import positive_probability
from models.training.chromatin_baselines import SIMPLE_METHODS, simple_regression, simple_scores
from models.training.chromatin_data import CHROMATIN_SETS, load_chromatin
from models.training.chromatin_fit import ChromatinRecipe, Hooks, fit_chromatin
from models.training.chromatin_pretrained import train_chromatin
from models.training.chromatin_regression import log10_expression, pearson_r, predict_expression, regression_table
from models.training.chromatin_report import chromatin_table
from models.training.fit import score

N_GENES = 40
RECIPE = ChromatinRecipe(epochs=30, batch_size=8, learning_rate=1e-2, weight_decay=0.0, dropout=0.0)


def genes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return signals and labels: ON genes have H3K4me3 around the TSS."""
    rng = np.random.default_rng(seed)
    on = rng.permutation(np.arange(N_GENES) % 2).astype(np.int8)
    X = rng.poisson(1.0, (N_GENES, 5, 100)).astype(np.float32)
    X[on == 1, MARKS.index("H3K4me3"), 45:55] += 6
    return X, on


def write(path: Path, X: np.ndarray, on: np.ndarray, *, first: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = tuple(f"ENSG{first + number:011d}" for number in range(len(X)))
    write_deepchrome(path, HistoneMatrices(names, ("",) * len(X), MARKS, X, on))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    X, on = genes(0)
    for cell_type in ("E003", "E123"):
        for split, rows in (("train", slice(0, 20)), ("valid", slice(20, 40))):
            path = folder / f"deepdiff/100bins/{cell_type}.{split}.csv.gz"
            write(path, X[rows], on[rows], first=rows.start)
    write(folder / "gcmerge_e116_10kb/E116_10kb.deepchrome_format.csv.gz", X, on)
    chromosomes = ["chr4", "chr1", "chr2", "chr11", "chr5"] * 8
    pd.DataFrame({"chrom": chromosomes}).to_csv(folder / "gcmerge_e116_10kb/genes.csv.gz", index=False)
    counts = pd.DataFrame({"gene": [f"ENSG{n:011d}" for n in range(N_GENES)], "count": on.astype(int) * 999})
    counts.to_csv(folder / "deepdiff/E003.expr.csv.gz", index=False, header=False)
    return folder


@pytest.fixture
def X() -> Tensor:
    return torch.from_numpy(genes(1)[0])


@pytest.fixture
def on() -> Tensor:
    return torch.from_numpy(genes(1)[1]).bool()


def test_every_row_is_tested_once_and_a_gene_is_never_parted(data: Path) -> None:
    given = load_chromatin("e003_e123", data)
    tested = np.concatenate([split.test for split in given.splits])

    assert sorted(tested) == list(range(2 * N_GENES))
    for train, test in given.splits:
        assert not set(given.genes[train]) & set(given.genes[test])
        assert 0.2 < given.on[test].float().mean() < 0.8


def test_held_out_chromosomes_only_test(data: Path) -> None:
    given = load_chromatin("e116_10kb", data)
    chromosomes = pd.read_csv(data / "gcmerge_e116_10kb/genes.csv.gz")["chrom"].to_numpy(str)

    assert len(given.splits) == 1
    assert set(chromosomes[given.splits[0].test]) == {"chr4", "chr11"}
    assert set(chromosomes[given.splits[0].train]) == {"chr1", "chr2", "chr5"}


def test_fit_learns_what_decides_and_repeats_itself(X: Tensor, on: Tensor) -> None:
    losses: list[float] = []
    networks = [DeepChromeLinear(scale="log1p") for _ in range(2)]
    networks[1].load_state_dict(networks[0].state_dict())
    for network in networks:
        hooks = Hooks(progress=lambda _, epoch: losses.append(epoch.loss))
        fit_chromatin(network, X, on, recipe=RECIPE, random_state=1, hooks=hooks)

    assert losses[29] < losses[0] / 3
    assert ((score(networks[0], X) > 0) == on).all()
    assert torch.equal(score(networks[0], X), score(networks[1], X))


def test_regression_learns_the_level(X: Tensor, on: Tensor) -> None:
    network = DeepChromeLinear(scale="log1p", task="regression")
    fit_chromatin(network, X, on.float() * 3, recipe=RECIPE, random_state=1)

    assert pearson_r(predict_expression(network, X).numpy(), on.numpy()) > 0.9


@pytest.mark.parametrize("name", SIMPLE_METHODS)
def test_simple_methods_tell_on_from_off(name: str, X: Tensor, on: Tensor) -> None:
    unseen, truth = (torch.from_numpy(part) for part in genes(2))
    scores = simple_scores(name, X, on, unseen, random_state=0)
    levels = simple_regression(name, X, on.float(), unseen, random_state=0)

    assert scores[truth == 1].min() > np.median(scores[truth == 0])
    assert pearson_r(levels, truth.numpy()) > 0.7


def test_best_bin_is_the_one_that_follows_the_label(X: Tensor, on: Tensor) -> None:
    X[:, 2, 77] = torch.where(on, 0.0, 50.0)

    assert best_bins(X, on)[2] == 77
    assert 45 <= best_bins(X, on)[MARKS.index("H3K4me3")] < 55


def test_standardisation_is_folded_into_the_weights(X: Tensor, on: Tensor) -> None:
    network = fit_histone_linear(X, on, features="mark_mean", random_state=0)

    assert ((score(network, X) > 0) == on).float().mean() > 0.9


def test_a_checkpoint_comes_with_its_card_and_is_trained_once(data: Path, tmp_path: Path) -> None:
    wanted = ("deepchrome_linear", "mark_mean_linear")
    train_chromatin("e003", wanted, data=data, folder=tmp_path)
    network, card = load_chromatin_checkpoint("e003-deepchrome_linear", folder=tmp_path)
    baseline = load_chromatin_checkpoint("e003-mark_mean_linear", folder=tmp_path).card
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    train_chromatin("e003", wanted, data=data, folder=tmp_path)

    assert (card.kind, baseline.kind, card.n_genes) == ("network", "baseline", N_GENES)
    assert {result.name for result in card.baselines} == set(SIMPLE_METHODS)
    assert baseline.metrics is not None
    assert baseline.metrics.auroc.value > 0.9
    assert baseline.metrics.auroc == next(one.auroc for one in card.baselines if one.name == "mark_mean_linear")
    assert np.shape(card.reference) == (5, 100)
    assert {(one.target, one.space) for one in card.pattern_maps} == {
        (target, space) for target in ("ON", "OFF") for space in ("published", "log1p")
    }
    signal = torch.from_numpy(golden_signal())
    np.testing.assert_allclose(positive_probability(network, signal), card.golden_probabilities, atol=1e-6)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == written
    assert "deepchrome_linear" in chromatin_table(tmp_path)


def test_held_out_chromosomes_are_named_on_the_card(data: Path, tmp_path: Path) -> None:
    train_chromatin("e116_10kb", ("mark_mean_linear",), data=data, folder=tmp_path)
    card = load_chromatin_checkpoint("e116_10kb-mark_mean_linear", folder=tmp_path).card

    assert card.bin_size_bp == 10_000
    assert card.n_genes == 16
    assert "chr4, chr11" in card.training_data["split"]


def test_expression_is_log10_of_count_plus_one(data: Path) -> None:
    given = load_chromatin("e003", data)
    target = log10_expression(given, data / "deepdiff/E003.expr.csv.gz")

    np.testing.assert_allclose(target.unique(), [0.0, 3.0], atol=1e-6)
    assert regression_table("E003", ("deepchrome_linear",), data=data).count("\n") == 2 + len(SIMPLE_METHODS)


def test_every_set_names_its_source() -> None:
    for name in CHROMATIN_SETS:
        source = CHROMATIN_SETS.get(name)
        assert source.source
        assert source.licence
        assert source.citation
