"""A user's own genes: read, labelled, divided without leakage, trained on with early stopping and after a crash."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.annotation import gene_table
from models.architectures.deepchrome import DeepChromeLinear
from models.histone import MARKS, HistoneMatrices
from models.histone_file import write_deepchrome
from models.training.chromatin_fit import ChromatinRecipe, Hooks, Validation, fit_chromatin
from models.training.chromatin_members import train_members
from models.training.own_gene_split import GeneSplitPlan, split_genes
from models.training.own_genes import OwnGenes, OwnGenesError, read_own_genes
from models.training.resume import ResumeError

N, N_BINS = 200, 20
RECIPE = ChromatinRecipe(epochs=4, batch_size=32, learning_rate=1e-2, weight_decay=0.0, dropout=0.1)


def signals(n: int = N, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    on = rng.permutation(np.arange(n) % 2).astype(np.int8)
    X = rng.poisson(1.0, (n, 5, N_BINS)).astype(np.float32)
    X[on == 1, 3, 8:12] += 1
    return X, on


def genes(names: tuple[str, ...] | None = None, **changes: Any) -> OwnGenes:
    X, on = signals()
    given = OwnGenes(
        X=torch.from_numpy(X),
        on=torch.from_numpy(on).bool(),
        genes=names or tuple(f"G{i}" for i in range(N)),
        symbols=("",) * N,
        labels="",
        files={},
        notes=(),
    )
    return given._replace(**changes)


def known(n: int = N) -> tuple[str, ...]:
    sites = gene_table("hg38").sites
    return tuple(sites[i].gene for i in np.linspace(0, len(sites) - 1, n).astype(int))


def write(path: Path, names: tuple[str, ...], *, labels: bool = False) -> Path:
    X, on = signals(len(names))
    write_deepchrome(path, HistoneMatrices(names, ("",) * len(names), MARKS, X, on if labels else None), header=True)
    return path


def test_on_is_above_the_median_of_the_genes_that_the_table_knows(tmp_path: Path) -> None:
    names = tuple(f"ENSG{i:011d}" for i in range(N))
    table = tmp_path / "table.tsv"
    rows = [f"{name}.7\t{value}" for value, name in enumerate(names[: N - 20])]
    table.write_text("\n".join(["gene\tTPM", *rows, "ENSG99999999999\t100000", ""]))
    own = read_own_genes((write(tmp_path / "a", names), "a.csv"), (table, "table.tsv"))

    assert own.genes == names[: N - 20]
    assert own.on.tolist() == [i > (N - 21) / 2 for i in range(N - 20)]
    assert "above the median (89.5)" in own.labels
    assert "20 genes of the histone file are not in the table" in own.notes[-1]


def test_a_column_of_1_and_0_is_taken_as_labels_and_replaces_those_of_the_file(tmp_path: Path) -> None:
    names = tuple(f"N{i}" for i in range(N))
    table = tmp_path / "table.csv"
    table.write_text("\n".join(f"n{i},{int(i < 50)}" for i in range(N)))
    own = read_own_genes((write(tmp_path / "a", names, labels=True), "a.csv"), (table, "table.csv"))

    assert int(own.on.sum()) == 50
    assert any("are not used" in note for note in own.notes)


@pytest.mark.parametrize("n_on", [0, 10])
def test_a_class_with_too_few_genes_is_refused(tmp_path: Path, n_on: int) -> None:
    names = tuple(f"N{i}" for i in range(N))
    table = tmp_path / "table.csv"
    table.write_text("\n".join(f"N{i},{int(i < n_on)}" for i in range(N)))
    with pytest.raises(OwnGenesError, match=f"{n_on} genes are ON and {N - n_on} are OFF"):
        read_own_genes((write(tmp_path / "a", names), "a.csv"), (table, "table.csv"))


def test_genes_are_divided_by_chromosome_where_they_are_known() -> None:
    names = known()
    split = split_genes(genes(names), GeneSplitPlan())
    chromosome = {site.gene: site.chromosome for site in gene_table("hg38").sites}

    held_out = {name: {chromosome[names[row]] for row in split.rows(name)} for name in split.counts}
    assert (held_out["test"], held_out["validation"]) == ({"chr8", "chr11"}, {"chr3", "chr7"})
    assert not held_out["training"] & {"chr3", "chr7", "chr8", "chr11"}
    assert "100.0% of the genes" in split.words


def test_genes_are_divided_at_random_where_too_few_are_known() -> None:
    own = genes(known()[: N // 2] + tuple(f"X{i}" for i in range(N // 2)))
    split = split_genes(own, GeneSplitPlan())

    assert split.counts == {"training": 160, "validation": 20, "test": 20, "removed": 0}
    assert int(own.on[torch.from_numpy(split.rows("test"))].sum()) == 10
    assert "50.0% of the genes are in a gene table, of 95%" in split.words
    assert (split_genes(own, GeneSplitPlan()).sets == split.sets).all()
    with pytest.raises(OwnGenesError, match="50% of the genes"):
        split_genes(own, GeneSplitPlan("chromosome"))


def test_lines_of_one_gene_are_never_parted() -> None:
    names = tuple(f"ENSG{i // 2:011d}.{i % 2}" for i in range(N))
    sets = split_genes(genes(names), GeneSplitPlan("random")).sets

    assert (sets[::2] == sets[1::2]).all()
    assert {"training", "validation", "test"} <= set(sets)
    symbols = tuple(f"S{i // 2}" for i in range(N))
    sets = split_genes(genes(symbols=symbols), GeneSplitPlan("random")).sets
    assert (sets[::2] == sets[1::2]).all()


def test_equal_signals_do_not_leak_into_training() -> None:
    own = genes()
    before = split_genes(own, GeneSplitPlan("random"))
    test, training, validation = (before.rows(name) for name in ("test", "training", "validation"))
    own.X[training[3]] = own.X[test[0]]
    own.X[validation[1]] = own.X[test[1]]
    own.X[training[5]] = own.X[validation[2]]
    after = split_genes(own, GeneSplitPlan("random"))

    assert sorted(after.rows("removed")) == sorted([training[3], training[5], validation[1]])
    assert "3 of 200 genes were left out" in after.warnings[-1]


@pytest.mark.parametrize(
    ("plan", "match"),
    [
        (GeneSplitPlan("chromosome", ("chr1",), ("1",)), "Chromosome 1 is"),
        (GeneSplitPlan("chromosome", ("chr1",), ("chrQ",)), "test set would hold 0"),
    ],
)
def test_chromosomes_that_cannot_be_meant_are_refused(plan: GeneSplitPlan, match: str) -> None:
    with pytest.raises(OwnGenesError, match=match):
        split_genes(genes(known()), plan)


def trained(hooks: Hooks, *, recipe: ChromatinRecipe = RECIPE, patience: int = 9) -> tuple[dict[str, Any], Any]:
    X, on = (torch.from_numpy(part) for part in signals(seed=1))
    validation = Validation(*(torch.from_numpy(part) for part in signals(60, seed=2)), patience)
    torch.manual_seed(0)
    network = DeepChromeLinear(scale="log1p", n_bins=N_BINS)
    history = fit_chromatin(network, X, on.bool(), recipe=recipe, random_state=3, validation=validation, hooks=hooks)
    return network.state_dict(), history


def test_the_weights_of_the_best_epoch_are_kept_and_patience_stops() -> None:
    slow = RECIPE.model_copy(update={"epochs": 40, "learning_rate": 0.5})
    _, history = trained(Hooks(), recipe=slow, patience=2)

    assert len(history.epochs) < 40
    assert history.best == len(history.epochs) - 3
    aurocs = [epoch.validation_auroc for epoch in history.epochs]
    assert aurocs[history.best] == max(aurocs)


@pytest.mark.parametrize("stop_at", [1, 9, 15, 28])
def test_an_interrupted_training_ends_with_the_same_weights(stop_at: int) -> None:
    weights, history = trained(Hooks())
    kept: list[bytes] = []

    def stop(done: int, _: int) -> None:
        if done == stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(Hooks(on_batch=stop, keep=kept.append))
    again, continued = trained(Hooks(resume=kept[-1] if kept else None))

    assert continued == history
    assert all(torch.equal(weights[name], again[name]) for name in weights)


def test_the_state_of_another_training_is_refused() -> None:
    kept: list[bytes] = []
    trained(Hooks(keep=kept.append))
    with pytest.raises(ResumeError, match="another training"):
        trained(Hooks(resume=kept[0]), recipe=RECIPE.model_copy(update={"dropout": 0.2}))


@pytest.mark.parametrize("epochs", [1, 5])
def test_any_number_of_steps_can_be_planned(epochs: int) -> None:
    """Torch's one-cycle schedule divides by zero where its warm-up is of one step."""
    X, on = (torch.from_numpy(part) for part in signals(5 // epochs * 32))
    recipe = RECIPE.model_copy(update={"epochs": epochs})
    history = fit_chromatin(DeepChromeLinear(scale="log1p", n_bins=N_BINS), X, on.bool(), recipe=recipe, random_state=0)
    assert len(history.epochs) == epochs


def test_stages_are_watched_by_name_and_continue() -> None:
    X, on = (torch.from_numpy(part) for part in signals(48))
    recipe = RECIPE.model_copy(update={"epochs": 1, "epochs_by_mark": 1, "members": 2, "long_memory": True})
    kept: dict[str, bytes] = {}
    ran: list[str] = []

    def hooks(stage: str) -> Hooks:
        return Hooks(
            on_batch=lambda *_: ran.append(stage),
            resume=kept.get(stage),
            keep=lambda state: kept.update({stage: state}),
        )

    first, second = (
        train_members("attentive_lstm_alpha", X, on.bool(), recipe=recipe, random_state=0, hooks=hooks).network
        for _ in range(2)
    )
    stages = [stage for i in (1, 2) for stage in (*(f"member {i}, {mark} alone" for mark in MARKS), f"member {i}")]
    assert list(dict.fromkeys(ran)) == stages
    assert len(ran) == 2 * len(stages)  # nothing runs twice
    assert all(
        torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )
