"""``python -m models.trust calibrate --data DATA`` prints the distributions by which the thresholds were chosen."""

import argparse
from pathlib import Path

import torch

from models.trust.calibration import calibrate, tables


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m models.trust", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True).add_parser("calibrate")
    command.add_argument("--data", type=Path, required=True, help="folder with the published data")
    command.add_argument("--sequences", type=int, default=6, help="per factor and label (default 6)")
    command.add_argument("--seeds", type=int, default=2, help="random networks of each kind (default 2)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cases = list(calibrate(arguments.data, n_sequences=arguments.sequences, n_seeds=arguments.seeds))
    print(tables(cases))  # noqa: T201


if __name__ == "__main__":
    main()
