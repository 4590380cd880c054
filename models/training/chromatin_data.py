"""The data sets behind the shipped chromatin checkpoints, and how their genes are divided."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold
from torch import Tensor

from models.histone import BIN_SIZE_BP, MARKS, HistoneMatrices
from models.histone_file import read_histone_file
from models.registry import Registry

N_FOLDS: Final = 5
FOLD_SEED: Final = 20260101
_MOST_GENES, _MOST_ROWS = 20_000, 2_000_000


class ChromatinSource(NamedTuple):
    """A published data set.

    Attributes
    ----------
    files : mapping of str to tuple of str
        Roadmap id to its files below the data folder, in DeepChrome's layout.
    held_out : tuple of str
        Chromosomes that only test; empty where genes are divided by cross-validation.
    gene_table : str or None
        File with a column `chrom`, one line per gene in the order of the files.
    """

    title: str
    source: str
    citation: str
    licence: str
    files: Mapping[str, tuple[str, ...]]
    bin_size_bp: int = BIN_SIZE_BP
    held_out: tuple[str, ...] = ()
    gene_table: str | None = None


class Split(NamedTuple):
    """Which rows train and which test."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


class ChromatinData(NamedTuple):
    """Signals and labels of all genes of all cell types of a set.

    Attributes
    ----------
    X : Tensor of float32, shape (n, n_marks, n_bins)
    on : Tensor of bool, shape (n,)
    genes, cell_types : array of str, shape (n,)
    splits : tuple of Split
        Folds of a cross-validation in which every row is tested once, or the one division by chromosome. The rows of
        one gene in several cell types are never parted.
    """

    X: Tensor
    on: Tensor
    genes: NDArray[np.str_]
    cell_types: NDArray[np.str_]
    splits: tuple[Split, ...]


def _deepdiff(*cell_types: str) -> ChromatinSource:
    names = {"E003": "H1", "E123": "K562"}
    return ChromatinSource(
        title=" and ".join(f"{one} {names[one]}" for one in cell_types),
        source="Example data of DeepDiff: 400 genes, the central 100 bins, ON above the cell type's median count",
        citation="Sekhon et al., DeepDiff, Bioinformatics 2018, doi:10.1093/bioinformatics/bty612",
        licence="Apache-2.0",
        files={
            one: (f"deepdiff/100bins/{one}.train.csv.gz", f"deepdiff/100bins/{one}.valid.csv.gz") for one in cell_types
        },
    )


CHROMATIN_SETS: Registry[ChromatinSource] = Registry("chromatin data set")
CHROMATIN_SETS.register("e003", _deepdiff("E003"))
CHROMATIN_SETS.register("e123", _deepdiff("E123"))
CHROMATIN_SETS.register("e003_e123", _deepdiff("E003", "E123"))
CHROMATIN_SETS.register(
    "e116_10kb",
    ChromatinSource(
        title="E116 GM12878, 10-kb bins",
        source="GC-MERGE: 14,663 genes of GM12878, 100 bins of 10 kb around each",
        citation="Bigness et al., GC-MERGE, J Comput Biol 2022, doi:10.1089/cmb.2021.0316",
        licence="MIT",
        files={"E116": ("gcmerge_e116_10kb/E116_10kb.deepchrome_format.csv.gz",)},
        bin_size_bp=10_000,
        held_out=("chr4", "chr11", "chr15", "chr19"),
        gene_table="gcmerge_e116_10kb/genes.csv.gz",
    ),
)


def load_chromatin(name: str, data: Path) -> ChromatinData:
    """Read a registered set below the folder `data` and divide its genes."""
    source = CHROMATIN_SETS.get(name)
    files = [(cell_type, _read(data / file)) for cell_type, names in source.files.items() for file in names]
    genes = np.concatenate([np.array(one.genes) for _, one in files])
    on = np.concatenate([one.labels for _, one in files if one.labels is not None]).astype(bool)
    cell_types = np.concatenate([np.full(len(one.genes), cell_type) for cell_type, one in files])
    chromosomes = None if source.gene_table is None else pd.read_csv(data / source.gene_table)["chrom"].to_numpy(str)
    return ChromatinData(
        X=torch.from_numpy(np.concatenate([one.of(MARKS) for _, one in files])),
        on=torch.from_numpy(on),
        genes=genes,
        cell_types=cell_types,
        splits=_folds(genes, on) if chromosomes is None else (_by_chromosome(chromosomes, source.held_out),),
    )


def _read(path: Path) -> HistoneMatrices:
    return read_histone_file(path, layout="deepchrome", max_genes=_MOST_GENES, max_rows=_MOST_ROWS).matrices


def _folds(genes: NDArray[np.str_], on: NDArray[np.bool_]) -> tuple[Split, ...]:
    """Divide the genes, not the rows: what a gene is in one cell type says much about it in another."""
    names = np.unique(genes)
    states = np.array([on[genes == name].sum() for name in names])
    dealt = StratifiedKFold(N_FOLDS, shuffle=True, random_state=FOLD_SEED).split(names, states)
    tested = [np.isin(genes, names[chosen]) for _, chosen in dealt]
    return tuple(Split(np.flatnonzero(~mask), np.flatnonzero(mask)) for mask in tested)


def _by_chromosome(chromosomes: NDArray[np.str_], held_out: tuple[str, ...]) -> Split:
    mask = np.isin(chromosomes, held_out)
    return Split(np.flatnonzero(~mask), np.flatnonzero(mask))
