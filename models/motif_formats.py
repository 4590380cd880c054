"""A matrix of base frequencies as the text that motif tools read."""

from collections.abc import Sequence

from torch import Tensor

from models.sequence import ALPHABET

DIGITS = 6


def transfac_text(frequencies: Tensor, *, name: str, comments: Sequence[str] = ()) -> str:
    """Write one matrix, shape (4, length), in TRANSFAC format; positions are counted from 1.

    Each line ends with the most frequent base. The values are frequencies, not counts of sites.
    """
    rows = [
        f"{number:02d}  " + "  ".join(_written(column)) + f"  {base}"
        for number, (column, base) in enumerate(zip(frequencies.T, consensus(frequencies), strict=True), start=1)
    ]
    head = [f"ID  {name}", "XX", *(f"CC  {comment}" for comment in comments), "XX"]
    return "\n".join([*head, f"P0  {'  '.join(ALPHABET)}", *rows, "XX", "//", ""])


def meme_text(motifs: Sequence[tuple[str, Tensor]]) -> str:
    """Write matrices, each with its name and of shape (4, length), in minimal MEME format, version 4.

    The background is uniform. `nsites` is 1: the frequencies were not counted from sites. The format has no comments.
    """
    head = ["MEME version 4", "", f"ALPHABET= {ALPHABET}", "", "strands: + -", "", "Background letter frequencies"]
    lines = [*head, " ".join(f"{base} 0.25" for base in ALPHABET), ""]
    for name, frequencies in motifs:
        lines += [f"MOTIF {name}", ""]
        lines += [f"letter-probability matrix: alength= {len(ALPHABET)} w= {frequencies.shape[1]} nsites= 1 E= 0"]
        lines += [" ".join(_written(column)) for column in frequencies.T]
        lines += [""]
    return "\n".join(lines)


def consensus(frequencies: Tensor) -> str:
    """Return the most frequent base of each column, the first in A, C, G, T on ties."""
    return "".join(ALPHABET[row] for row in frequencies.argmax(0).tolist())


def _written(column: Tensor) -> list[str]:
    return [f"{value:.{DIGITS}f}" for value in column.tolist()]
