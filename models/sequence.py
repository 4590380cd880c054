"""DNA as text and as arrays: one-hot encoding, its inverse, strands and GC content."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

ALPHABET: Final = "ACGT"

_COMPLEMENT: Final = str.maketrans("ACGTN", "TGCAN")
_UNKNOWN: Final = len(ALPHABET)
_INDEX_OF_BYTE: Final = np.full(256, _UNKNOWN, dtype=np.int64)
_INDEX_OF_BYTE[np.frombuffer(ALPHABET.encode(), dtype=np.uint8)] = np.arange(len(ALPHABET))
_ONE_HOT_ROWS: Final = np.eye(_UNKNOWN + 1, _UNKNOWN, dtype=np.float32)


def one_hot_encode(sequences: Sequence[str], *, length: int | None = None) -> Tensor:
    """Encode upper-case DNA; everything but A, C, G, T becomes an all-zero column.

    Parameters
    ----------
    sequences : sequence of str
        Not empty. Lower case is not folded here: the reader of the text has done so.
    length : int, optional
        Columns of the result; shorter sequences are padded with zeros on the right, as in DeMo. Default: the longest.

    Returns
    -------
    Tensor, shape (len(sequences), 4, length), float32
        Rows A, C, G, T.

    Raises
    ------
    ValueError
        If a sequence is longer than `length`: nothing is cropped.
    """
    longest = max(map(len, sequences))
    length = longest if length is None else length
    if longest > length:
        raise ValueError(f"a sequence of {longest} bases does not fit {length} columns")
    text = "".join(sequence.ljust(length, "N") for sequence in sequences)
    index = _INDEX_OF_BYTE[np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)]
    one_hot = _ONE_HOT_ROWS[index].reshape(len(sequences), length, len(ALPHABET))
    return torch.from_numpy(np.ascontiguousarray(one_hot.transpose(0, 2, 1)))


def decode(X: Tensor) -> list[str]:
    """Return the text of one-hot DNA; all-zero columns become N.

    Parameters
    ----------
    X : Tensor, shape (batch, 4, length)
    """
    index = np.where(X.sum(1).numpy() > 0, X.argmax(1).numpy(), _UNKNOWN)
    letters = np.frombuffer(f"{ALPHABET}N".encode(), dtype=np.uint8)[index]
    return [row.tobytes().decode() for row in letters]


def reverse_complement(sequence: str) -> str:
    """Return the other strand, 5' to 3'; N stays N."""
    return sequence.translate(_COMPLEMENT)[::-1]


def reverse_complement_one_hot(X: Tensor) -> Tensor:
    """Return the other strand of one-hot DNA: both axes reversed.

    Parameters
    ----------
    X : Tensor, shape (batch, 4, length)
    """
    return X.flip(1, 2)


def gc_content(sequence: str) -> float | None:
    """Return the share of G and C among A, C, G and T, or None where there is none of them."""
    counts = [sequence.count(base) for base in ALPHABET]
    total = sum(counts)
    return (counts[1] + counts[2]) / total if total else None
