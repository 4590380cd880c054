"""Damaged bigWigs by the thousand: `python -m benchmarks.fuzz_bigwig --mutants 100000 --seed 1`.

A process reads many mutants, one after the other, under the limits of the real reader. Where one kills it (a signal,
two seconds of CPU time), another process goes on behind that mutant. Some of those that killed a process, or would have
ended the real reader (a panic, an exception that nobody foresaw), are read once more as Regulens reads them, which must
end in a sentence for the user.
"""

import argparse
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pybigtools

from models.bigwig import MEMORY_BYTES, UnreadableBigWigError, bin_bigwigs
from models.bigwig_reader import UnreadableSignalError, Window, limit_process, read_signal
from models.genes import StartSite
from models.genomes import ASSEMBLIES

SITES: Final = tuple(StartSite(f"gene{n}", "", "chr21", 5_000 + 40 * n, "+-"[n % 2]) for n in range(3))
ASSEMBLY, N_BINS, BIN_SIZE_BP = "hg19", 20, 25
HANG_CPU_S: Final = 2.0
BATCH: Final = 5_000
WAIT_S: Final = 600.0
MOST_REPLAYED: Final = 40

_EXTREMES: Final = (0, 1, 0x7F, 0xFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)
_LOG, _ENDED = "outcomes", "ended the reader: "


class Outcome(NamedTuple):
    """What became of the mutants."""

    mutants: int
    outcomes: Counter[str]
    hangs: int
    replayed: int
    replayed_badly: int
    peak_child_mb: float
    seconds: float

    @property
    def is_good(self) -> bool:
        """Return whether none hung, and each that killed its process is a sentence for the user."""
        return not (self.hangs or self.replayed_badly) and self.outcomes.total() == self.mutants


def run_fuzz(folder: Path, *, mutants: int, seed: int) -> Outcome:
    """Read all mutants; the caller lives on, which is what is tried."""
    started = time.monotonic()
    _write_originals(folder)
    outcomes: list[str] = []
    while len(outcomes) < mutants:
        _read_on(folder, len(outcomes), mutants, seed=seed)
        outcomes = (folder / _LOG).read_text(encoding="utf-8").splitlines()
    deadly = [index for index, outcome in enumerate(outcomes) if outcome.startswith(_ENDED)]
    replayed = deadly[:: max(1, len(deadly) // MOST_REPLAYED)][:MOST_REPLAYED]
    return Outcome(
        mutants=mutants,
        outcomes=Counter(outcomes),
        hangs=outcomes.count(f"{_ENDED}SIGPROF") + outcomes.count(f"{_ENDED}no answer"),
        replayed=len(replayed),
        replayed_badly=sum(not _is_said(folder, index, seed=seed) for index in replayed),
        peak_child_mb=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        seconds=time.monotonic() - started,
    )


def _read_on(folder: Path, first: int, stop: int, *, seed: int) -> None:
    """Start a process that reads mutants from `first` on, and say of which one it has died."""
    stop = min(stop, first + BATCH)
    command = [sys.executable, "-m", "benchmarks.fuzz_bigwig", "--child", str(folder), str(first), str(stop)]
    try:
        code = subprocess.run(
            [*command, "--seed", str(seed)], stderr=subprocess.DEVNULL, timeout=WAIT_S, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        _note(folder, f"{_ENDED}no answer")
    else:
        if code < 0:
            _note(folder, f"{_ENDED}{signal.Signals(-code).name}")
        elif code > 0:
            raise RuntimeError(f"the process that reads mutants ended with {code}")


def _note(folder: Path, outcome: str) -> None:
    """Add what became of the next mutant."""
    with (folder / _LOG).open("a", encoding="utf-8") as log:
        log.write(f"{outcome}\n")


def _child(folder: Path, first: int, stop: int, *, seed: int) -> None:
    """Read mutants until all are read or one is deadly."""
    limit_process(memory_bytes=MEMORY_BYTES, cpu_s=int(WAIT_S))
    originals = _originals(folder)
    windows = [Window(site.chromosome, *_around(site)) for site in SITES]
    values = np.zeros((len(windows), N_BINS), dtype=np.float32)
    path = folder / "mutant.bw"
    for index in range(first, stop):
        path.write_bytes(mutant(index, originals, seed=seed))
        signal.setitimer(signal.ITIMER_PROF, HANG_CPU_S)  # its signal ends the process
        try:
            read_signal(path, windows, values, assembly=ASSEMBLY)
            outcome = "read"
        except UnreadableSignalError as error:
            outcome = error.code
        except BaseException as error:  # a panic is no Exception; the real reader ends, this one goes on
            outcome = f"{_ENDED}{type(error).__name__}"
        _note(folder, outcome)


def _around(site: StartSite) -> tuple[int, int, bool]:
    half = N_BINS // 2 * BIN_SIZE_BP
    return site.position - half, site.position + half, site.strand == "-"


def mutant(index: int, originals: list[bytes], *, seed: int) -> bytes:
    """Return one damaged file, the same for the same index and seed."""
    random = np.random.default_rng([seed, index])
    content = bytearray(originals[index % len(originals)])
    for _ in range(int(random.integers(1, 5))):
        _MUTATIONS[int(random.integers(len(_MUTATIONS)))](content, random)
    return bytes(content)


def _place(content: bytearray, random: np.random.Generator, width: int) -> int:
    """Return a place, every other time in the headers, which is where offsets and counts are."""
    end = min(600, len(content)) if random.integers(2) else len(content)
    return int(random.integers(max(1, end - width)))


def _flip(content: bytearray, random: np.random.Generator) -> None:
    content[_place(content, random, 1)] ^= 1 << int(random.integers(8))


def _byte(content: bytearray, random: np.random.Generator) -> None:
    content[_place(content, random, 1)] = int(random.integers(256))


def _word(content: bytearray, random: np.random.Generator) -> None:
    width = int(random.choice([2, 4, 8]))
    place = _place(content, random, width)
    value = _EXTREMES[int(random.integers(len(_EXTREMES)))] & ((1 << 8 * width) - 1)
    content[place : place + width] = value.to_bytes(width, "little")


def _cut(content: bytearray, random: np.random.Generator) -> None:
    del content[max(70, int(random.integers(len(content)))) :]


def _copy(content: bytearray, random: np.random.Generator) -> None:
    width = int(random.integers(1, 64))
    source, target = _place(content, random, width), _place(content, random, width)
    content[target : target + width] = content[source : source + width]


# A file that is cut off is refused early, so most mutants keep their length.
_MUTATIONS: Final[tuple[Callable[[bytearray, np.random.Generator], None], ...]] = (
    _flip, _flip, _byte, _byte, _word, _word, _word, _copy, _cut,
)  # fmt: skip


def _write_originals(folder: Path) -> None:
    for number, records in enumerate((_records(400, step=25), _records(20, step=500))):
        writer = pybigtools.open(str(folder / f"original{number}.bw"), "w")
        writer.write({"chr21": ASSEMBLIES[ASSEMBLY]["chr21"]}, records)
        writer.close()


def _records(n: int, *, step: int) -> Iterator[tuple[str, int, int, float]]:
    return (("chr21", step * k, step * k + step, float("nan") if k % 50 == 7 else float(k % 7)) for k in range(n))


def _originals(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("original*.bw"))]


def _is_said(folder: Path, index: int, *, seed: int) -> bool:
    """Read a mutant as Regulens does; return whether it is read, or refused with a sentence."""
    path = folder / "replayed"
    path.write_bytes(mutant(index, _originals(folder), seed=seed))
    try:
        bin_bigwigs({"H3K4me3": path}, SITES, assembly=ASSEMBLY, n_bins=N_BINS, bin_size_bp=BIN_SIZE_BP)
    except UnreadableBigWigError as error:
        return error.problems[0].message.startswith("The bigWig of H3K4me3 ")
    return True


def main() -> None:
    """Fuzz, print what happened, and fail if anything hung or went unsaid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        folder, first, stop = arguments.child
        _child(Path(folder), int(first), int(stop), seed=arguments.seed)
        return
    with tempfile.TemporaryDirectory(prefix="regulens-fuzz-") as folder:
        outcome = run_fuzz(Path(folder), mutants=arguments.mutants, seed=arguments.seed)
    for name, value in outcome._asdict().items():
        print(f"{name}: {dict(value.most_common()) if isinstance(value, Counter) else value}")
    sys.exit(0 if outcome.is_good else "a mutant hung, or killed its process without a sentence for the user")


if __name__ == "__main__":
    main()
