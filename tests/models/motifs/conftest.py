import numpy as np
import pytest

from models.motifs.library import MotifLibrary, jaspar_library
from models.motifs.motif import LibraryInfo, Motif


@pytest.fixture(scope="session")
def jaspar() -> MotifLibrary:
    return jaspar_library()


@pytest.fixture(scope="session")
def small() -> MotifLibrary:
    """Thirty random motifs of three to six columns."""
    rng = np.random.default_rng(3)
    motifs = [Motif(f"R{i}", f"r{i}", rng.dirichlet(np.full(4, 0.3), size=3 + i % 4).T) for i in range(30)]
    return MotifLibrary(LibraryInfo("random", "none", "none"), tuple(motifs))
