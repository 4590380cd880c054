import pytest
import torch
from hypothesis import settings

from models.sequence import one_hot_encode

# A busy machine must not fail a property, and every run tries the same examples.
settings.register_profile("regulens", deadline=None, derandomize=True)
settings.load_profile("regulens")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Two torch threads on a machine whose second core is busy are several times slower than one."""
    torch.set_num_threads(1)


@pytest.fixture
def X() -> torch.Tensor:
    """Eight random sequences of 101 bases; the last four columns of the last are unknown."""
    letters = torch.randint(4, (8, 101), generator=torch.Generator().manual_seed(1))
    sequences = ["".join("ACGT"[i] for i in row) for row in letters.tolist()]
    return one_hot_encode([*sequences[:-1], sequences[-1][:-4] + "NNNN"])
