"""Outlives the launcher: ends the process groups that it leaves behind, however it died.

Reads `+<group>` and `-<group>` lines; the end of the input means that the launcher is gone. Unlike PR_SET_PDEATHSIG
this works on macOS too and reaches grandchildren. Run as a plain file, so that it stays a small process.
"""

import os
import signal
import sys


def main() -> None:
    """Follow the launcher's list of groups and end what is on it when the launcher is gone."""
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line.startswith("+") else groups.discard)(int(line[1:]))
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
