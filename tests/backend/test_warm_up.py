"""What numba compiles is kept, for the next process and for the image."""

import subprocess
import sys
from pathlib import Path

from models.motifs.warm_up import motif_functions_are_compiled

ROOT = Path(__file__).parents[2]


def test_what_numba_compiles_is_kept():
    subprocess.run([sys.executable, "-m", "backend.warm_up"], cwd=ROOT, check=True)
    assert motif_functions_are_compiled()
