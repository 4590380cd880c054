"""Loaded objects are not searched while the service runs, and are again when it has ended."""

import gc

import pytest

from backend.services.lasting_objects import SEARCHED_AFTER, keep_more, lasting_objects


def _searched(wanted: object) -> bool:
    return any(found is wanted for found in gc.get_objects())


def test_what_is_there_is_left_out_until_the_end():
    before = [[]]
    with lasting_objects():
        later = [[]]
        assert (_searched(before), _searched(later)) == (False, True)
        keep_more()
        assert not _searched(later)
    assert _searched(before)
    assert _searched(later)


@pytest.fixture
def thresholds():
    before = gc.get_threshold()
    gc.set_threshold(700, 11, 12)
    yield gc.get_threshold()
    gc.set_threshold(*before)


def test_new_objects_are_searched_less_often_until_the_end(thresholds):
    with lasting_objects():
        assert gc.get_threshold() == (SEARCHED_AFTER, *thresholds[1:])
    assert gc.get_threshold() == thresholds


def test_nothing_is_left_out_where_no_service_runs():
    gc.unfreeze()
    kept = [[]]
    keep_more()
    assert _searched(kept)
