"""Read bigWigs in a process of its own, `python -m models.bigwig_reader FOLDER`, which may crash and may not grow.

The folder holds `request.json`; `values.npy` and `report.json` are written into it, and `reading` names the signal
whose file is open, so that whoever started the process knows at which file it died.
"""

import json
import math
import resource
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pybigtools
from numpy.typing import NDArray

from models.genomes import ASSEMBLIES, assembly_of, chromosome_name

REQUEST, VALUES, REPORT, READING = "request.json", "values.npy", "report.json", "reading"

_LITTLE, _BIG = b"\x26\xfc\x8f\x88", b"\x88\x8f\xfc\x26"
_FILES: Final = 64  # descriptors: the few that Python and one bigWig need
_BIGBED: Final = (b"\xeb\xf2\x89\x87", b"\x87\x89\xf2\xeb")
_FOREIGN: Final = {b"\x1f\x8b": "gzip", b"PK": "zip", b"BZh": "bzip2"}

_OF_THE_FILE: Final = (pybigtools.BBIReadError, KeyError, OSError, RuntimeError, ValueError)
_PANIC: Final = "PanicException"  # what Rust ends with at bytes that it cannot unpack; no Exception, and not exported


class UnreadableSignalError(Exception):
    """A file that gives no numbers: a code, and what the sentence names."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class Window(NamedTuple):
    """Bases around one start site, and whether its bins are to be turned round."""

    chromosome: str
    start: int
    end: int
    reverse: bool


def main(folder: Path) -> None:
    """Read what the request asks for."""
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    limit_process(memory_bytes=request["memory_bytes"], cpu_s=request["cpu_s"])
    windows = [Window(*window) for window in request["windows"]]
    shape = (len(windows), len(request["bigwigs"]), request["n_bins"])
    values = np.zeros(shape, dtype=np.float32)
    report: dict[str, dict[str, Any]] = {}
    for index, (signal, path) in enumerate(request["bigwigs"].items()):
        (folder / READING).write_text(signal, encoding="utf-8")
        link = folder / f"{index}.bw"  # pybigtools believes the ending of a name, which uploads do not have
        link.symlink_to(path)
        try:
            report[signal] = read_signal(link, windows, values[:, index], assembly=request["assembly"])
        except UnreadableSignalError as error:
            report[signal] = {"code": error.code, **error.values}
    np.save(folder / VALUES, values)
    (folder / REPORT).write_text(json.dumps(report), encoding="utf-8")


def limit_process(*, memory_bytes: int, cpu_s: int) -> None:
    """Bound memory, time, files; a system that cannot bound one of them (memory on macOS) bounds the others."""
    # At the soft limit of time Linux says SIGXCPU, at the hard one SIGKILL, which would hide the cause.
    limits = (resource.RLIMIT_AS, memory_bytes, memory_bytes), (resource.RLIMIT_CPU, cpu_s, cpu_s + 1)
    files = (resource.RLIMIT_NOFILE, _FILES, _FILES), (resource.RLIMIT_FSIZE, memory_bytes, memory_bytes)
    for kind, soft, hard in (*limits, *files, (resource.RLIMIT_CORE, 0, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))


def read_signal(path: Path, windows: Sequence[Window], values: NDArray[np.float32], *, assembly: str) -> dict[str, Any]:
    """Fill `values`, shape (n_windows, n_bins), and say which chromosomes are absent or called otherwise."""
    _refuse_other_formats(path)
    n_nan = 0
    try:
        with pybigtools.open(str(path)) as file:
            names = _chromosomes(file.chroms(), assembly)
            for row, window in enumerate(windows):
                if window.chromosome in names:
                    means, n_bases = _means(file, window, names[window.chromosome], values.shape[1])
                    values[row], n_nan = means, n_nan + n_bases
    except BaseException as error:
        if not (isinstance(error, _OF_THE_FILE) or type(error).__name__ == _PANIC):
            raise
        raise UnreadableSignalError("cut_off" if _is_cut_off(path) else "damaged", reason=_one_line(error)) from error
    absent = sorted({window.chromosome for window in windows} - set(names))
    renamed = next((written for name, written in names.items() if name != written), None)
    return {"absent": absent, "renamed": renamed, "nan": n_nan}


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:100]


def _refuse_other_formats(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(512)
    magic = head[:4]
    if magic in (_LITTLE, _BIG):
        return
    if not head:
        raise UnreadableSignalError("empty")
    if magic in _BIGBED:
        raise UnreadableSignalError("bigbed")
    packed = next((name for start, name in _FOREIGN.items() if head.startswith(start)), None)
    if packed:
        raise UnreadableSignalError("packed", format=packed)
    is_text = not head.translate(None, bytes(range(32, 127)) + b"\t\r\n")
    raise UnreadableSignalError("text" if is_text else "not_bigwig")


def _is_cut_off(path: Path) -> bool:
    """Return whether the magic number is missing with which a whole file ends."""
    with path.open("rb") as file:
        file.seek(-4, 2)
        return file.read() not in (_LITTLE, _BIG)


def _chromosomes(lengths: Mapping[str, int], assembly: str) -> dict[str, str]:
    """Map chromosome names as UCSC writes them to the file's; refuse lengths that are not the assembly's."""
    names = {chromosome_name(name): name for name in lengths if chromosome_name(name) in ASSEMBLIES[assembly]}
    if not names:
        raise UnreadableSignalError("no_known_chromosome", names=", ".join(list(lengths)[:3]) or "none")
    for name, written in names.items():
        expected, found = ASSEMBLIES[assembly][name], lengths[written]
        if found != expected:
            other = assembly_of({known: lengths[each] for known, each in names.items()})
            code = "other_assembly" if other else "unknown_assembly"
            raise UnreadableSignalError(code, chromosome=written, length=found, expected=expected, other=other)
    return names


def _means(file: Any, window: Window, chromosome: str, n_bins: int) -> tuple[NDArray[np.float64], int]:
    """Return the mean of each bin, bases without a value counting as 0, 5' to 3', and how many bases are NaN."""
    _, start, end, reverse = window
    means: NDArray[np.float64] = file.values(
        chromosome, start, end, bins=n_bins, summary="mean", exact=True, uncovered=0, fillna=None
    )
    n_nan = 0
    if np.isnan(means).any():  # a value that is written as NaN spoils the mean of its bin
        bases = file.values(chromosome, start, end, uncovered=0, fillna=0)
        spans = ((max(first, start), min(last, end)) for first, last, value in file.records(chromosome, start, end)
                 if math.isnan(value))  # fmt: skip
        n_nan = sum(last - first for first, last in spans)
        means = np.nan_to_num(bases, nan=0.0, posinf=np.inf, neginf=-np.inf).reshape(n_bins, -1).mean(axis=1)
    for code, wrong in (("infinite", ~np.isfinite(means)), ("negative", means < 0)):
        if wrong.any():
            size = (end - start) // n_bins
            at = start + int(np.argmax(wrong)) * size
            raise UnreadableSignalError(code, place=f"{chromosome}:{at + 1:,}-{at + size:,}")
    return (means[::-1] if reverse else means), n_nan


if __name__ == "__main__":
    main(Path(sys.argv[1]))
