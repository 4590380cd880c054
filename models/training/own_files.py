"""What a training leaves beside its checkpoints: tables to repeat and to check it, and one archive per checkpoint."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.training.fit import History
from models.training.own_training import OwnSet
from models.training.tables import tsv

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)  # equal content gives equal bytes


def curves_tsv(histories: Mapping[str, History]) -> bytes:
    """Write loss and validation AUROC of every epoch of every network."""
    rows = [
        (name, number, f"{epoch.loss:.6f}", f"{epoch.validation_auroc:.6f}", int(number == history.best + 1))
        for name, history in histories.items()
        for number, epoch in enumerate(history.epochs, start=1)
    ]
    return tsv(("network", "epoch", "training_loss", "validation_auroc", "kept"), rows)


def split_tsv(own: OwnSet) -> bytes:
    """Write in which set every sequence of the files for training is; shuffles are not listed."""
    bound = own.examples.labelled.bound.tolist()
    return tsv(
        ("name", "set", "label"),
        (
            (name, where, int(label))
            for name, where, label in zip(own.examples.names, own.division.sets, bound, strict=True)
        ),
    )


def predictions_tsv(own: OwnSet, probabilities: Mapping[str, NDArray[np.float64]]) -> bytes:
    """Write P(bound) of every test sequence by every checkpoint."""
    given, bound = own.division.test_names, own.division.split.test.bound.tolist()
    names = [*given, *(f"shuffle of {name}" for name in given)][: len(bound)]
    rows = (
        (name, int(label), *(f"{column[i]:.6f}" for column in probabilities.values()))
        for i, (name, label) in enumerate(zip(names, bound, strict=True))
    )
    return tsv(("name", "label", *probabilities), rows)


def checkpoint_zip(folder: Path, *, curves: bytes | None = None) -> bytes:
    """Pack weights and card, and the curves of the training where there are some."""
    content = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    if curves is not None:
        content["curves.tsv"] = curves
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", _NO_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return packed.getvalue()
