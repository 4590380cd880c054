"""Call once what numba compiles, so that nobody waits for it later."""

from pathlib import Path

import numpy as np

from models.examples import random_sequence
from models.explanations.references import ReferenceParameters, shuffled_references
from models.motifs.fimo import scan
from models.motifs.library import MotifLibrary
from models.motifs.naming import name_seqlets
from models.motifs.seqlets import recursive_seqlets
from models.sequence import one_hot_encode

_N_CONTROLS = 10


def motif_functions_are_compiled() -> bool:
    """Say whether numba's cache, beside the libraries or in NUMBA_CACHE_DIR, holds the functions that take longest."""
    from memelite.fimo import _fast_hits  # noqa: PLC0415 - numba, for those who name motifs
    from memelite.tomtom import _tomtom  # noqa: PLC0415
    from tangermeme.seqlet import _recursive_seqlet_null  # noqa: PLC0415

    recursive_seqlets()
    functions = (_fast_hits, _tomtom, _recursive_seqlet_null)
    return all(any(Path(f.stats.cache_path).glob(f"*.{f.py_func.__qualname__}-*.nbc")) for f in functions)


def warm_motif_functions(library: MotifLibrary) -> None:
    """Name a seqlet and scan a sequence: a minute where numba's cache is empty, two seconds where it is not."""
    rng = np.random.default_rng(0)
    X = one_hot_encode([random_sequence(rng)])
    shuffled_references(X[0], ReferenceParameters(), method="warm-up")
    length = X.shape[2]
    attribution = rng.normal(size=length)
    attribution[length // 2 : length // 2 + 10] += 10.0
    mutations = -np.abs(rng.normal(size=(4, length))) * (1 - X[0].numpy())
    name_seqlets(attribution, rng.normal(size=(_N_CONTROLS, length)), mutations, library)
    scan(X, library)
