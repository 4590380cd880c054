"""The image comes with what numba has compiled."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_numba_compiles_is_kept(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_CPU_NAME": "generic"}
    subprocess.run([sys.executable, "-m", "backend.warm_up"], cwd=ROOT, env=environment, check=True)
    compiled = {path.name.split("-")[0] for path in tmp_path.rglob("*.nbc")}
    assert {"ersatz._fast_shuffle", "_substitute._fast_tile_substitute"} <= compiled
