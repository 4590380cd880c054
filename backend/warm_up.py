"""Compile what numba compiles at first use: `python -m backend.warm_up` fills NUMBA_CACHE_DIR, for the image."""

import sys

import numpy as np
import torch
from torch import nn

from models.design import greedy_design
from models.examples import random_sequence
from models.sequence import ALPHABET, one_hot_encode
from models.training.splits import shuffled


def main() -> int:
    """Shuffle a sequence as training does, and change one as design does; return the exit code."""
    torch.set_num_threads(1)
    sequence = random_sequence(np.random.default_rng(0))
    shuffled(one_hot_encode([sequence]).to(torch.int8), random_state=0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(len(ALPHABET) * len(sequence), 2)).eval()
    greedy_design(network, sequence, max_edits=1)
    sys.stdout.write("The functions that numba compiles are warm.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
