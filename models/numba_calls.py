"""Calls of functions that numba has compiled, without what they change for the whole process."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

_ONE: Final = threading.RLock()


@contextmanager
def kept_threads() -> Iterator[None]:
    """Leave torch with the threads that it had.

    A loop that numba runs in parallel sets the number of OpenMP threads to that of the cores, and torch with two
    threads on two busy cores was 30 times as slow as with one.
    """
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def one_at_a_time(*, ignored: str = "") -> Iterator[None]:
    """Let one thread in, keep torch's threads, and hide warnings that begin with `ignored`.

    The filters of warnings belong to the process, so that two threads which change them undo each other's; nor does
    every threading layer of numba survive two parallel loops at once.
    """
    with _ONE, kept_threads(), warnings.catch_warnings():
        if ignored:
            warnings.filterwarnings("ignore", message=ignored)
        yield
