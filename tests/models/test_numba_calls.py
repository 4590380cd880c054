"""Libraries leave torch's threads and the filters of warnings as they were, also when several threads call."""

import threading
import warnings

import pytest
import torch

from models.numba_calls import kept_threads, one_at_a_time


def test_threads_are_given_back_even_after_a_failure():
    @kept_threads()
    def fail():
        torch.set_num_threads(2)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert torch.get_num_threads() == 1


def test_one_thread_at_a_time_and_the_filters_stay():
    before, inside, most = list(warnings.filters), [], []

    def call():
        for _ in range(50):
            with one_at_a_time(ignored="nobody wants to know"):
                inside.append(1)
                most.append(len(inside))
                warnings.warn("nobody wants to know", UserWarning, stacklevel=1)
                inside.pop()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert warnings.filters == before


def test_other_warnings_are_heard():
    with pytest.warns(UserWarning, match="listen"), one_at_a_time(ignored="nobody"):
        warnings.warn("listen", UserWarning, stacklevel=1)
