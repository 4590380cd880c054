"""The first genes of a file of histone signals, to tell early what is wrong with it and how much it holds."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from models.errors import InvalidHistoneFileError
from models.histone_file import HistoneFile, read_histone_file
from models.histone_layouts import file_format
from models.histone_table import Genes, read_rows
from models.histone_text import Block, read_blocks, read_head

_SIZE_BYTES: Final = 4  # a gzip file ends in its unpacked size modulo 2 ** 32


class FirstGenes(NamedTuple):
    """What a file begins with.

    Attributes
    ----------
    file : HistoneFile
        Of the first genes, all of them whole.
    n_genes : int
        Of the whole file: counted if `exact`, else told from the share that was read.
    exact : bool
    """

    file: HistoneFile
    n_genes: int
    exact: bool


def read_first_genes(
    path: Path, *, layout: str | None = None, signals: Sequence[str] | None = None, max_genes: int, max_rows: int
) -> FirstGenes:
    """Read the first 4 MiB of a file, or all of a smaller one; parameters and errors as `read_histone_file`."""
    blocks = read_blocks(path)
    block, more = next(blocks, None), next(blocks, None)
    limits = {"max_genes": max_genes, "max_rows": max_rows}
    if block is None or more is None:
        file = read_histone_file(path, layout=layout, signals=signals, **limits)
        return FirstGenes(file, len(file.matrices.genes), True)
    data = _whole_genes(path, block, layout=layout, signals=signals)
    with tempfile.TemporaryDirectory(prefix="regulens-genes-") as folder:
        part = Path(folder) / "genes"
        part.write_bytes(data)
        file = read_histone_file(part, layout=layout, signals=signals, **limits)
    n_genes = len(file.matrices.genes)
    return FirstGenes(file, max(n_genes, round(n_genes * _unpacked_size(path) / len(data))), False)


def _whole_genes(path: Path, block: Block, *, layout: str | None, signals: Sequence[str] | None) -> bytes:
    """Return a block without its last gene, which may go on in the next one."""
    rows, problems = read_rows(block, file_format(read_head(path), layout=layout, signals=signals), Genes())
    if problems:
        raise InvalidHistoneFileError(tuple(problems))
    if not len(rows.genes) or rows.genes[0] == rows.genes[-1]:
        return block.data
    last_gene = int(rows.lines[np.argmax(rows.genes == rows.genes[-1])])
    n_lines = last_gene - block.first_line
    return b"".join(line + b"\n" for line in block.data.split(b"\n", n_lines)[:n_lines])


def _unpacked_size(path: Path) -> int:
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return path.stat().st_size
        file.seek(-_SIZE_BYTES, 2)
        return int.from_bytes(file.read(_SIZE_BYTES), "little")
