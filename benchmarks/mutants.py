"""Twelve deliberate defects that the tests must catch: `python -m benchmarks.mutants`, or some of them by name.

Each defect is put into a copy of the tracked and new files, alone, and the tests that watch over that place are run
there. The same tests must pass without it. A defect that no longer fits the code is an error, not a success.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.tables import markdown

ROOT: Final = Path(__file__).parents[1]
TABLE: Final = Path(__file__).with_name("mutants.json")
LIMIT_S: Final = 600


class Mutant(NamedTuple):
    """A defect: its name, where it goes, which text it replaces by which, and the tests that must fail then."""

    name: str
    path: str
    old: str
    new: str
    tests: list[str]


def mutants() -> tuple[Mutant, ...]:
    """Read the list of defects."""
    return tuple(Mutant(**entry) for entry in json.loads(TABLE.read_text(encoding="utf-8")))


def mutated(mutant: Mutant, text: str) -> str:
    """Put the defect into a file's text; raises ValueError unless its place is found exactly once."""
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: {mutant.old!r} is not exactly once in {mutant.path}")
    return text.replace(mutant.old, mutant.new)


@contextmanager
def _copy() -> Iterator[Path]:
    """Copy what git knows or would add to a folder of its own."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    with tempfile.TemporaryDirectory(prefix="regulens-mutants-") as folder:
        for name in filter(None, names):
            target = Path(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).exists():
                shutil.copy2(ROOT / name, target)
        yield Path(folder)


def _passes(copy: Path, tests: list[str]) -> bool:
    """Run tests of the copy: its folder comes first on the path, before the installed one."""
    options = ["--quiet", "--exitfirst", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    done = subprocess.run(command, cwd=copy, capture_output=True, timeout=LIMIT_S, check=False)
    if done.returncode not in {0, 1}:  # 1: tests failed; all else is no verdict
        raise RuntimeError(done.stdout.decode()[-2000:])
    return done.returncode == 0


def _try(copy: Path, mutant: Mutant) -> tuple[str, str, float]:
    """Run the tests without and with a defect; return the verdict."""
    started = time.monotonic()
    file = copy / mutant.path
    whole = file.read_text(encoding="utf-8")
    if not _passes(copy, mutant.tests):
        return mutant.name, "the tests fail without it", time.monotonic() - started
    file.write_text(mutated(mutant, whole), encoding="utf-8")
    try:
        verdict = "MISSED" if _passes(copy, mutant.tests) else "caught"
    finally:
        file.write_text(whole, encoding="utf-8")
    return mutant.name, verdict, time.monotonic() - started


def main() -> int:
    """Try the defects, print a table, and fail if one is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these; all when none is given")
    chosen = set(parser.parse_args().names)
    with _copy() as copy:
        rows = [_try(copy, mutant) for mutant in mutants() if not chosen or mutant.name in chosen]
    print(markdown("Deliberate defects", ("defect", "verdict", "seconds"), rows))
    caught = sum(verdict == "caught" for _, verdict, _ in rows)
    print(f"{caught} of {len(rows)} caught")
    return 0 if caught == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
