"""From bigWigs to binned signals around start sites, read in a process that is thrown away."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.bigwig_reader import READING, REPORT, REQUEST, VALUES
from models.errors import ModelsError, TextProblem
from models.genes import StartSite
from models.genomes import ASSEMBLIES
from models.histone import BIN_SIZE_BP, N_BINS, HistoneMatrices

MEMORY_BYTES: Final = 2 << 30
CPU_S: Final = 60

WAIT_S: Final = 180  # by the clock: a busy machine or a slow disk is not the file's fault

_SHOWN_REASON: Final = 100
_KEPT_VARIABLES: Final = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")

_UNREADABLE: Final = {
    "no_file": "is no file of this machine. Upload it.",
    "empty": "is empty. Upload it again.",
    "text": "is a text file under the name of a bigWig. Convert it (bedGraphToBigWig, wigToBigWig) and upload that.",
    "bigbed": "is a bigBed: intervals without a signal. Give the bigWig of the same experiment.",
    "packed": "is packed with {format}. Unpack it and upload the bigWig itself.",
    "not_bigwig": "is not a bigWig. Choose another file.",
    "cut_off": "is cut off ({reason}). Copy it again, compare its size with the original, and upload it again.",
    "damaged": "is damaged ({reason}). Make it again, or fetch it again from where it comes.",
    "crashed": "could not be read: the reader crashed at it ({reason}). The file is probably damaged; fetch it again.",
    "too_slow": "took longer than {seconds} s to read. Ask for fewer genes, or for fewer or smaller bins.",
    "no_known_chromosome": "names no chromosome 1 to 22, X or Y (it names {names}). Give a human bigWig whose "
    "chromosomes are called chr1 or 1.",
    "other_assembly": "is of {other}, not of {assembly}: its {chromosome} has {length:,} bp, not {expected:,}. Choose "
    "{other}, or give a bigWig of {assembly}.",
    "unknown_assembly": "is not of {assembly}: its {chromosome} has {length:,} bp, not {expected:,}. Give a bigWig of "
    "{assembly}.",
    "infinite": "holds an infinite value at {place}. Make it again without.",
    "negative": "holds negative values (at {place}), as log ratios do. Give coverage, fold change or -log10 p, at "
    "least 0.",
}


class BigWigProblem(NamedTuple):
    """Why one file gives no numbers."""

    signal: str
    code: str
    message: str


class UnreadableBigWigError(ModelsError):
    """BigWigs that give no numbers, or not the numbers that were meant.

    Attributes
    ----------
    problems : tuple of BigWigProblem
        At least one, in the order of the signals.
    """

    def __init__(self, problems: tuple[BigWigProblem, ...]) -> None:
        self.problems = problems
        super().__init__(problems[0].message)


class BinnedBigWigs(NamedTuple):
    """Signals around start sites.

    Attributes
    ----------
    matrices : HistoneMatrices
        Of the genes that could be read, in their order; there may be none.
    skipped : tuple of TextProblem
        The other genes, each with the reason; `record` names the gene.
    repairs : tuple of TextProblem
        What was mended; `record` names the signal.
    """

    matrices: HistoneMatrices
    skipped: tuple[TextProblem, ...]
    repairs: tuple[TextProblem, ...]


def bin_bigwigs(
    bigwigs: Mapping[str, Path],
    sites: Sequence[StartSite],
    *,
    assembly: str,
    n_bins: int = N_BINS,
    bin_size_bp: int = BIN_SIZE_BP,
    memory_bytes: int = MEMORY_BYTES,
    cpu_s: int = CPU_S,
) -> BinnedBigWigs:
    """Average each signal in bins around each start site, 5' to 3' of the gene.

    The value of a bin is the mean over its bases, in the unit of the file; a base without a value counts as 0. It is
    no count of reads. The start site is the first base of bin `n_bins // 2` on both strands: on the minus strand
    the window is mirrored, not only its bins turned round.

    Parameters
    ----------
    bigwigs : mapping
        File by name of the signal; at least one. Files of this machine only: an address is no path.
    sites : sequence of StartSite
    assembly : str
        A name of `ASSEMBLIES`. A file whose chromosomes have other lengths is refused.
    n_bins, bin_size_bp : int
    memory_bytes, cpu_s : int
        What the reading process may take, in bytes of address space and seconds of CPU time.

    Raises
    ------
    UnreadableBigWigError
        Naming every signal whose file cannot be read or is of another assembly, and the signal at which reading
        crashed or took too long.
    """
    missing = tuple(_problem(name, "no_file") for name, path in bigwigs.items() if not path.is_file())
    if missing:
        raise UnreadableBigWigError(missing)
    windows = [_window(site, n_bins=n_bins, bin_size_bp=bin_size_bp) for site in sites]
    skipped = {row: reason for row, site in enumerate(sites) if (reason := _outside(site, windows[row], assembly))}
    inside = [row for row in range(len(sites)) if row not in skipped]
    request = {
        "bigwigs": {name: str(path.absolute()) for name, path in bigwigs.items()},
        "windows": [windows[row] for row in inside],
        "n_bins": n_bins,
        "assembly": assembly,
        "memory_bytes": memory_bytes,
        "cpu_s": cpu_s,
    }
    report, values = _run(request)
    unreadable = tuple(_problem(name, assembly=assembly, **found) for name, found in report.items() if "code" in found)
    if unreadable:
        raise UnreadableBigWigError(unreadable)
    skipped |= {row: reason for row in inside if (reason := _absent(sites[row], report))}
    repairs = tuple(one for name, found in report.items() for one in _repairs(name, found))
    kept = [(place, sites[row]) for place, row in enumerate(inside) if row not in skipped]
    matrices = HistoneMatrices(
        genes=tuple(site.gene for _, site in kept),
        symbols=tuple(site.symbol for _, site in kept),
        signals=tuple(bigwigs),
        values=values[[place for place, _ in kept]],
        labels=None,
    )
    return BinnedBigWigs(matrices, tuple(skipped[row] for row in sorted(skipped)), repairs)


def _window(site: StartSite, *, n_bins: int, bin_size_bp: int) -> tuple[str, int, int, bool]:
    """Return chromosome, start, end and whether the bins are to be turned round."""
    upstream, downstream = n_bins // 2 * bin_size_bp, (n_bins - n_bins // 2) * bin_size_bp
    if site.strand == "+":
        return site.chromosome, site.position - upstream, site.position + downstream, False
    return site.chromosome, site.position + 1 - downstream, site.position + 1 + upstream, True


def _outside(site: StartSite, window: tuple[str, int, int, bool], assembly: str) -> TextProblem | None:
    chromosome, start, end, _ = window
    length = ASSEMBLIES[assembly].get(chromosome)
    if length is None:
        message = f"Gene {site.gene}: {chromosome} is none of the chromosomes 1 to 22, X and Y of {assembly}."
        return TextProblem("unknown_chromosome", message, site.gene)
    if start < 0 or end > length:
        message = (
            f"Gene {site.gene}: its window reaches beyond the {'start' if start < 0 else 'end'} of {chromosome}. "
            "Ask for fewer or smaller bins to keep it."
        )
        return TextProblem("beyond_chromosome", message, site.gene)
    return None


def _absent(site: StartSite, report: Mapping[str, Any]) -> TextProblem | None:
    names = [name for name, found in report.items() if site.chromosome in found["absent"]]
    if not names:
        return None
    message = f"Gene {site.gene}: {site.chromosome} is absent from the bigWig of {', '.join(names)}."
    return TextProblem("absent_chromosome", message, site.gene)


def _repairs(name: str, found: Mapping[str, Any]) -> Iterator[TextProblem]:
    if written := found["renamed"]:
        message = f"The bigWig of {name} calls chromosomes {written} and the like; they were read as chr1, chr2, ..."
        yield TextProblem("chromosome_names", message, name)
    if n_bases := found["nan"]:
        bases = "1 base" if n_bases == 1 else f"{n_bases:,} bases"
        message = f"The bigWig of {name} holds NaN instead of a value at {bases} of the windows; they count as 0."
        yield TextProblem("nan_values", message, name)


def _run(request: Mapping[str, Any]) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """Read in another process; what happens to it happens to the file that was open."""
    with tempfile.TemporaryDirectory(prefix="regulens-bigwig-") as name:
        folder = Path(name)
        (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
        death = _wait(folder, cpu_s=request["cpu_s"])
        if death is None:
            return json.loads((folder / REPORT).read_text(encoding="utf-8")), np.load(
                folder / VALUES, allow_pickle=False
            )
        if not (folder / READING).exists():
            raise RuntimeError(f"the reader of bigWigs did not start: {death}")
        raise UnreadableBigWigError((_problem((folder / READING).read_text(encoding="utf-8"), **death),))


def _wait(folder: Path, *, cpu_s: int) -> dict[str, Any] | None:
    """Run the reader; return why it ended, unless it ended well."""
    command = [sys.executable, "-P", "-m", "models.bigwig_reader", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=True, env=_environment(), timeout=WAIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {"code": "too_slow", "seconds": WAIT_S}
    if done.returncode == -signal.SIGXCPU:
        return {"code": "too_slow", "seconds": cpu_s}
    if done.returncode < 0:
        return {"code": "crashed", "reason": signal.Signals(-done.returncode).name}
    if done.returncode > 0:
        last_line = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        return {"code": "crashed", "reason": last_line[:_SHOWN_REASON]}
    return None


def _environment() -> dict[str, str]:
    """Return what the reader needs to start, and nothing else: the service's own may hold passwords."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # Each thread of a linear algebra library would reserve address space, which is what is limited.
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {**kept, **threads, "PYTHONPATH": str(Path(__file__).parents[1])}


def _problem(name: str, code: str, **values: object) -> BigWigProblem:
    return BigWigProblem(name, code, f"The bigWig of {name} {_UNREADABLE[code].format(**values)}")
