"""The published sets that the shipped checkpoints are trained on, one entry each."""

import csv
import gzip
from pathlib import Path
from typing import Final, NamedTuple

from models.registry import Registry

DEEPBIND_SOURCE: Final = "DeepBind (Alipanahi et al. 2015), ENCODE ChIP-seq peaks, 101 bp"
DEEPBIND_CITATION: Final = "Alipanahi et al., Nature Biotechnology 2015, doi:10.1038/nbt.3300"
ZENG_SOURCE: Final = "690 ENCODE ChIP-seq sets of Zeng et al. 2016, 101 bp"
ZENG_CITATION: Final = "Zeng et al., Bioinformatics 2016, doi:10.1093/bioinformatics/btw255"


class Dataset(NamedTuple):
    """One factor's published sequences.

    Attributes
    ----------
    factor : str
        Protein and cell type, as in the names of its checkpoints.
    title, cell_type, source, licence, citation : str
        For the card.
    train_file, test_file : str
        Below the data folder; TSV with a header, gzip.
    sequence_column, label_column : str
        Names in that header; a label of 1 is bound.
    """

    factor: str
    title: str
    cell_type: str
    train_file: str
    test_file: str
    source: str = DEEPBIND_SOURCE
    licence: str = "none stated by the source"
    citation: str = DEEPBIND_CITATION
    sequence_column: str = "seq"
    label_column: str = "Bound"


class LabelledText(NamedTuple):
    """Sequences and whether each is bound, as read."""

    sequences: list[str]
    bound: list[bool]


def _deepbind(factor: str, title: str, cell_type: str, experiment: str) -> Dataset:
    stem = f"deepbind_encode/{experiment}"
    return Dataset(factor, title, cell_type, f"{stem}_AC.seq.gz", f"{stem}_B.seq.gz")


DATASETS: Registry[Dataset] = Registry("dataset")
for _dataset in (
    _deepbind("arid3a_k562", "ARID3A in K562", "K562", "ARID3A_K562_ARID3A_(sc-8821)_Stanford"),
    _deepbind("ctcfl_k562", "CTCFL in K562", "K562", "CTCFL_K562_CTCFL_(SC-98982)_HudsonAlpha"),
    _deepbind("elk1_gm12878", "ELK1 in GM12878", "GM12878", "ELK1_GM12878_ELK1_(1277-1)_Stanford"),
    _deepbind("foxa1_hepg2", "FOXA1 in HepG2", "HepG2", "FOXA1_HepG2_FOXA1_(SC-101058)_HudsonAlpha"),
    _deepbind("myc_h1", "MYC in H1-hESC", "H1-hESC", "MYC_H1-hESC_c-Myc_Stanford"),
    _deepbind("sp1_gm12878", "SP1 in GM12878", "GM12878", "SP1_GM12878_SP1_HudsonAlpha"),
    _deepbind("zbtb7a_hepg2", "ZBTB7A in HepG2", "HepG2", "ZBTB7A_HepG2_ZBTB7A_(SC-34508)_HudsonAlpha"),
    Dataset(
        "ctcf_weri",
        "CTCF in WERI-Rb-1",
        "WERI-Rb-1",
        "ctcf_weri/train.tsv.gz",
        "ctcf_weri/valid.tsv.gz",
        source=ZENG_SOURCE,
        licence="MIT",
        citation=ZENG_CITATION,
        label_column="label",
    ),
):
    DATASETS.register(_dataset.factor, _dataset)


def read_labelled(path: Path, dataset: Dataset) -> LabelledText:
    """Read one TSV file of a dataset, upper-casing the sequences."""
    with gzip.open(path, "rt", encoding="ascii", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return LabelledText(
        [row[dataset.sequence_column].upper() for row in rows], [row[dataset.label_column] == "1" for row in rows]
    )
