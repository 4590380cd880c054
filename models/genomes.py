"""Human assemblies: how long their chromosomes are, and what they are called."""

from collections.abc import Mapping
from typing import Final

_NAMES: Final = tuple(f"chr{name}" for name in (*range(1, 23), "X", "Y"))

# UCSC Genome Browser, hg19.chrom.sizes and hg38.chrom.sizes (GRCh37 and GRCh38); mitochondrion and scaffolds left out.
_HG19: Final = (
    249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431, 135534747,
    135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248, 59128983, 63025520,
    48129895, 51304566, 155270560, 59373566,
)  # fmt: skip
_HG38: Final = (
    248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717, 133797422,
    135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285, 58617616, 64444167,
    46709983, 50818468, 156040895, 57227415,
)  # fmt: skip

ASSEMBLIES: Final[Mapping[str, Mapping[str, int]]] = {
    "hg19": dict(zip(_NAMES, _HG19, strict=True)),
    "hg38": dict(zip(_NAMES, _HG38, strict=True)),
}


def chromosome_name(name: str) -> str:
    """Return a chromosome's name as UCSC writes it: `7`, `Chr7` and `chr7` are chr7; others stay as they are."""
    bare = name[3:] if name[:3].casefold() == "chr" else name
    written = f"chr{bare.upper()}"
    return written if written in _NAMES else name


def assembly_of(lengths: Mapping[str, int]) -> str | None:
    """Return the assembly whose chromosomes have these lengths, or None where none fits.

    Parameters
    ----------
    lengths : mapping
        Length in bp by chromosome name; names that no assembly knows say nothing.
    """
    known = {name: length for name, length in lengths.items() if name in _NAMES}
    fitting = (name for name, sizes in ASSEMBLIES.items() if all(sizes[chrom] == n for chrom, n in known.items()))
    return next(fitting, None) if known else None
