"""Commands of the ledger: `python -m backend.jobs migrate` brings its tables up to date."""

import argparse
import sys

from backend.config import Settings
from backend.jobs.database import migrate


def main() -> int:
    """Run a command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m backend.jobs")
    parser.add_argument("command", choices=["migrate"])
    parser.parse_args()
    migrate(Settings().ledger_url)
    sys.stdout.write("The job ledger is up to date.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
