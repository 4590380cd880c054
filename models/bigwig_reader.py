"""Read bigWigs in a process of its own, `python -m models.bigwig_reader FOLDER`, which may crash and may not grow.

The folder holds `request.json`; `values.npy` and `report.json` are written into it, and `reading` names the signal
whose file is open, so that whoever started the process knows at which file it died.
"""

import json
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
_BIGBED: Final = (b"\xeb\xf2\x89\x87", b"\x87\x89\xf2\xeb")
_FOREIGN: Final = {b"\x1f\x8b": "gzip", b"PK": "zip", b"BZh": "bzip2"}


class _UnreadableError(Exception):
    """A file that gives no numbers: a code, and what the sentence names."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class _Window(NamedTuple):
    chromosome: str
    start: int
    end: int
    reverse: bool


def main(folder: Path) -> None:
    """Read what the request asks for."""
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    _limit(memory_bytes=request["memory_bytes"], cpu_s=request["cpu_s"])
    windows = [_Window(*window) for window in request["windows"]]
    shape = (len(windows), len(request["bigwigs"]), request["n_bins"])
    values = np.zeros(shape, dtype=np.float32)
    report: dict[str, dict[str, Any]] = {}
    for index, (signal, path) in enumerate(request["bigwigs"].items()):
        (folder / READING).write_text(signal, encoding="utf-8")
        link = folder / f"{index}.bw"  # pybigtools believes the ending of a name, which uploads do not have
        link.symlink_to(path)
        try:
            report[signal] = _read(link, windows, values[:, index], assembly=request["assembly"])
        except _UnreadableError as error:
            report[signal] = {"code": error.code, **error.values}
    np.save(folder / VALUES, values)
    (folder / REPORT).write_text(json.dumps(report), encoding="utf-8")


def _limit(*, memory_bytes: int, cpu_s: int) -> None:
    """Bound memory and time; a system that cannot bound one of them (memory on macOS) bounds the other."""
    # At the soft limit of time Linux says SIGXCPU, at the hard one SIGKILL, which would hide the cause.
    limits = (resource.RLIMIT_AS, memory_bytes, memory_bytes), (resource.RLIMIT_CPU, cpu_s, cpu_s + 1)
    for kind, soft, hard in (*limits, (resource.RLIMIT_CORE, 0, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))


def _read(path: Path, windows: Sequence[_Window], values: NDArray[np.float32], *, assembly: str) -> dict[str, Any]:
    """Fill `values`, shape (n_windows, n_bins), and say which chromosomes are absent or called otherwise."""
    _refuse_other_formats(path)
    try:
        with pybigtools.open(str(path)) as file:
            names = _chromosomes(file.chroms(), assembly)
            for row, window in enumerate(windows):
                if window.chromosome in names:
                    values[row] = _means(file, window, names[window.chromosome], values.shape[1])
    except (pybigtools.BBIReadError, KeyError, OSError, RuntimeError, ValueError) as error:
        raise _UnreadableError("cut_off" if _is_cut_off(path) else "damaged", reason=str(error)[:100]) from error
    absent = sorted({window.chromosome for window in windows} - set(names))
    renamed = next((written for name, written in names.items() if name != written), None)
    return {"absent": absent, "renamed": renamed}


def _refuse_other_formats(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(512)
    magic = head[:4]
    if magic in (_LITTLE, _BIG):
        return
    if not head:
        raise _UnreadableError("empty")
    if magic in _BIGBED:
        raise _UnreadableError("bigbed")
    packed = next((name for start, name in _FOREIGN.items() if head.startswith(start)), None)
    if packed:
        raise _UnreadableError("packed", format=packed)
    is_text = not head.translate(None, bytes(range(32, 127)) + b"\t\r\n")
    raise _UnreadableError("text" if is_text else "not_bigwig")


def _is_cut_off(path: Path) -> bool:
    """Return whether the magic number is missing with which a whole file ends."""
    with path.open("rb") as file:
        file.seek(-4, 2)
        return file.read() not in (_LITTLE, _BIG)


def _chromosomes(lengths: Mapping[str, int], assembly: str) -> dict[str, str]:
    """Map chromosome names as UCSC writes them to the file's; refuse lengths that are not the assembly's."""
    names = {chromosome_name(name): name for name in lengths if chromosome_name(name) in ASSEMBLIES[assembly]}
    if not names:
        raise _UnreadableError("no_known_chromosome", names=", ".join(list(lengths)[:3]) or "none")
    for name, written in names.items():
        expected, found = ASSEMBLIES[assembly][name], lengths[written]
        if found != expected:
            other = assembly_of({known: lengths[each] for known, each in names.items()})
            code = "other_assembly" if other else "unknown_assembly"
            raise _UnreadableError(code, chromosome=written, length=found, expected=expected, other=other)
    return names


def _means(file: Any, window: _Window, chromosome: str, n_bins: int) -> NDArray[np.float64]:
    """Return the mean of each bin, bases without a value counting as 0; 5' to 3'."""
    _, start, end, reverse = window
    means: NDArray[np.float64] = file.values(
        chromosome, start, end, bins=n_bins, summary="mean", exact=True, uncovered=0, fillna=None
    )
    if np.isnan(means).any():  # a value that is written as NaN spoils the mean of its bin
        bases = file.values(chromosome, start, end, uncovered=0, fillna=0)
        means = np.nan_to_num(bases, nan=0.0, posinf=np.inf, neginf=-np.inf).reshape(n_bins, -1).mean(axis=1)
    for code, wrong in (("infinite", ~np.isfinite(means)), ("negative", means < 0)):
        if wrong.any():
            size = (end - start) // n_bins
            at = start + int(np.argmax(wrong)) * size
            raise _UnreadableError(code, place=f"{chromosome}:{at + 1:,}-{at + size:,}")
    return means[::-1] if reverse else means


if __name__ == "__main__":
    main(Path(sys.argv[1]))
