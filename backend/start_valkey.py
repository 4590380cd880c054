"""Start Valkey: `python start_valkey.py BINARY CONFIGURATION`, in the folder that holds its data.

Valkey does not start from an append-only file that is damaged in its middle. What the queue holds is published again
from the ledger, so such a file is moved aside. The process then becomes Valkey itself.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

MANIFEST = Path("appendonlydir", "appendonly.aof.manifest")
CHECK = "valkey-check-aof"  # the name under which the server's program checks files instead


def main() -> int:
    """Check, then become the server; return only if that is not possible."""
    binary, configuration = sys.argv[1:]
    if MANIFEST.exists() and not is_whole(binary):
        aside = MANIFEST.parent.with_name(f"damaged-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}")
        MANIFEST.parent.rename(aside)
        sys.stderr.write(f"The queue's file was damaged and lies now in {aside}; waiting jobs are published again.\n")
    os.execv(binary, [binary, configuration])  # noqa: S606


def is_whole(binary: str) -> bool:
    """Tell whether the server can read its append-only files, all of which the manifest must name."""
    words = [line.split() for line in MANIFEST.read_text(errors="replace").splitlines()]
    files = [MANIFEST.with_name(line[1]) for line in words if len(line) > 1 and line[0] == "file"]
    return len(files) == len(words) > 0 and all(_is_readable(file, binary) for file in files)


def _is_readable(file: Path, binary: str) -> bool:
    """Check a file with the server's own tool, which does not know the newest format of a base file."""
    if file.suffix != ".aof" or not file.exists():
        return file.exists()
    command = [CHECK, str(file)]
    return not subprocess.run(command, executable=binary, capture_output=True, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
