"""Look for what breaks a parser: ``python -m benchmarks.fuzz TARGET --seconds 60``, ``all``, ``--linear``.

``python -m benchmarks.fuzz schemathesis --cases 10000 --url http://127.0.0.1:8000 --token rgl_…`` asks a running API.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.tables import markdown

SEED: Final = 1
LONGEST_INPUT: Final = 4_096
HANG_S: Final = 2
LINEAR: Final = 12  # how much longer ten times the input may take
COVERED: Final = ("models", "backend.api.json_body", "frontend.client")
NAMES: Final = (
    "fasta", "fasta_stream", "bed", "start_sites", "histone", "own_sequences", "meme", "json", "gzip", "sequence_file",
)  # fmt: skip


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", choices=[*NAMES, "all", "schemathesis"], default="all")
    parser.add_argument("--seconds", type=int, default=60, help="per parser; 0 for no limit")
    parser.add_argument("--runs", type=int, default=-1, help="per parser; -1 for no limit")
    parser.add_argument("--linear", action="store_true", help="measure 1 MB and 10 MB of adversarial input instead")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token")
    asked = parser.parse_args()
    if asked.linear:
        print(linear_table())
    elif asked.target == "schemathesis":
        sys.exit(schemathesis(asked.url, n_cases=asked.cases, token=asked.token))
    elif asked.here:
        fuzz(asked.target, seconds=asked.seconds, runs=asked.runs)
    else:
        names = NAMES if asked.target == "all" else (asked.target,)
        rows = [_in_its_own_process(name, seconds=asked.seconds, runs=asked.runs) for name in names]
        print(markdown("Fuzzing", ("parser", "executions", "branches reached", "findings"), rows))
        sys.exit(any(row[-1] != "none" for row in rows))


def fuzz(name: str, *, seconds: int, runs: int) -> None:
    """Run one target; libFuzzer ends the process."""
    import atheris  # noqa: PLC0415  it replaces how modules are imported

    with atheris.instrument_imports(include=COVERED):
        from benchmarks.fuzz_targets import TARGETS  # noqa: PLC0415

    target = TARGETS[name]
    with tempfile.TemporaryDirectory(prefix=f"regulens-{name}-") as corpus:
        for number, seed in enumerate(target.seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        options = {"seed": SEED, "max_len": LONGEST_INPUT, "timeout": HANG_S, "max_total_time": seconds, "runs": runs}
        arguments = [f"-{option}={value}" for option, value in options.items()]
        atheris.Setup([sys.argv[0], *arguments, "-print_final_stats=1", corpus], target.parse)
        atheris.Fuzz()


def _in_its_own_process(name: str, *, seconds: int, runs: int) -> tuple[str, int, int, str]:
    command = [sys.executable, "-m", "benchmarks.fuzz", name, "--here", f"--seconds={seconds}", f"--runs={runs}"]
    quiet = {**os.environ, "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=quiet)
    said = run.stdout + run.stderr
    executions = re.findall(r"stat::number_of_executed_units:\s*(\d+)", said) or re.findall(r"^#(\d+)", said, re.M)
    covered = re.findall(r"\bcov: (\d+)", said)
    if run.returncode:
        print(said[-4_000:], file=sys.stderr)
    finding = (
        "none" if run.returncode == 0 else f"exit {run.returncode}; see above, the input is in crash-* or timeout-*"
    )
    return name, int(executions[-1]) if executions else 0, int(covered[-1]) if covered else 0, finding


def adversarial(n_bytes: int) -> dict[str, bytes]:
    """Return text that makes a careless parser slow: endless lines, empty lines, names alike, separators, quotes."""
    return {
        "one line": b"A" * n_bytes,
        "line ends": b"\n" * n_bytes,
        "carriage returns": b"\r" * n_bytes,
        "headers alike": b">a\nA\n" * (n_bytes // 5),
        "separators": b"," * n_bytes,
        "quotes": b'"' * n_bytes,
        "one gene": b"7,1,1,2,3,4,5\n" * (n_bytes // 14),
        "short rows": b"a,\n" * (n_bytes // 3),
        "digits": b"1" * n_bytes,
        "thousands": b"1,234" * (n_bytes // 5) + b"x",
        "escapes": b"\\" * n_bytes,
        "nothing known": b"\xff" * n_bytes,
    }


def linear_table() -> str:
    """Measure each parser on 1 MB and 10 MB of the same: ten times the input takes ten times the time."""
    from benchmarks.fuzz_targets import TARGETS  # noqa: PLC0415

    rows = []
    for name, target in TARGETS.items():
        small, large = adversarial(10**6), adversarial(10**7)
        for kind in small:
            before, after = (_best(target.parse, text[kind], times) for text, times in ((small, 5), (large, 2)))
            ratio = after / max(before, 1e-3)  # what takes less than a millisecond tells nothing
            rows.append((name, kind, before * 1e3, after * 1e3, ratio, "" if ratio < LINEAR else "NOT LINEAR"))
    return markdown("Time of 10 MB over time of 1 MB", ("parser", "input", "1 MB, ms", "10 MB, ms", "ratio", ""), rows)


def _best(parse: Callable[[bytes], object], data: bytes, times: int) -> float:
    found = []
    for _ in range(times):
        started = time.process_time()  # whatever else the machine does
        try:
            parse(data)
        except AssertionError as error:
            print(f"a promise is broken: {str(error)[:300]}", file=sys.stderr)
        found.append(time.process_time() - started)
    return min(found)


def schemathesis(url: str, *, n_cases: int, token: str | None) -> int:
    """Ask a running API what its OpenAPI document allows and forbids; returns the exit status of schemathesis."""
    per_operation = max(1, n_cases // _n_operations(url))
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json", f"--url={url}",
        f"--max-examples={per_operation}", f"--seed={SEED}", f"--checks={checks}{',ignored_auth' if token else ''}",
        "--phases=examples,coverage,fuzzing", "--continue-on-failure", "--generation-database=none",
    ]  # fmt: skip
    if token:
        command.append(f"--header=Authorization: Bearer {token}")
    return subprocess.run(command, check=False).returncode


def _n_operations(url: str) -> int:
    import httpx  # noqa: PLC0415

    paths = httpx.get(f"{url}/openapi.json").json()["paths"]
    return sum(map(len, paths.values()))


if __name__ == "__main__":
    main()
