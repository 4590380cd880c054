"""Make what is vendored: the motif library, and what the shipped networks have learnt.

``python -m models.motifs build-library`` needs ``pip install pyjaspar==4.0.0``;
``python -m models.motifs summarise --data DATA`` the folder with the published sequences.
"""

import argparse
import sys
from pathlib import Path

import torch

from models.checkpoints import PRETRAINED, checkpoint_names, load_checkpoint
from models.motifs.build import VENDORED, build_library
from models.motifs.library import jaspar_library
from models.motifs.summary import N_SEQUENCES, summarise, write_summary
from models.training.datasets import DATASETS
from models.training.splits import read_encoded


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m models.motifs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build-library", help="export JASPAR 2026 CORE vertebrates from pyjaspar")
    build.add_argument("--folder", type=Path, default=Path(__file__).parent, help="where the two files go")
    summary = commands.add_parser("summarise", help="write motifs.json of every shipped network")
    summary.add_argument("--data", type=Path, required=True, help="folder with the files of the datasets")
    summary.add_argument("--folder", type=Path, default=PRETRAINED, help="folder of the checkpoints")
    summary.add_argument("--only", nargs="*", help="names of checkpoints; default all networks")
    arguments = parser.parse_args()
    if arguments.command == "build-library":
        n_motifs = build_library(arguments.folder)
        sys.stdout.write(f"{n_motifs:,} motifs are in {arguments.folder / VENDORED}.\n")
    else:
        torch.set_num_threads(1)
        for name in arguments.only or checkpoint_names(arguments.folder):
            _summarise(name, arguments.folder, arguments.data)


def _summarise(name: str, folder: Path, data: Path) -> None:
    network, card = load_checkpoint(name, folder=folder)
    if card.kind != "network":
        return
    dataset = DATASETS.get(card.factor)
    labelled = read_encoded(data / dataset.test_file, dataset)
    X = labelled.X[labelled.bound][:N_SEQUENCES].to(torch.float32)
    words = f"the {len(X):,} bound sequences of {Path(dataset.test_file).name}, which training never saw"
    path = write_summary(summarise(network, card, X, jaspar_library(), data=words), folder / name)
    sys.stdout.write(f"{name}: {path.stat().st_size:,} bytes\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
