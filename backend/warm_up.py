"""Compile what numba compiles at first use: `python -m backend.warm_up` fills its cache.

The image is built with it; elsewhere the API starts it in the background. With a full cache it takes some seconds.
"""

import sys

import numpy as np
import torch
from torch import nn

from models.design import greedy_design
from models.examples import random_sequence
from models.motifs.library import jaspar_library
from models.motifs.warm_up import warm_motif_functions
from models.sequence import ALPHABET, one_hot_encode
from models.training.splits import shuffled


def main() -> int:
    """Shuffle a sequence, change one as design does, and name motifs; return the exit code."""
    torch.set_num_threads(1)
    sequence = random_sequence(np.random.default_rng(0))
    shuffled(one_hot_encode([sequence]).to(torch.int8), random_state=0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(len(ALPHABET) * len(sequence), 2)).eval()
    greedy_design(network, sequence, max_edits=1)
    warm_motif_functions(jaspar_library())
    sys.stdout.write("The functions that numba compiles are warm.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
