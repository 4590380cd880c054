"""The list of deliberate defects fits the code as it is; `python -m benchmarks.mutants` tries them."""

from pathlib import Path

import pytest

from benchmarks.mutants import mutants, mutated

ROOT = Path(__file__).parents[1]


def test_there_are_at_least_twelve_with_names_of_their_own():
    names = [mutant.name for mutant in mutants()]
    assert len(set(names)) == len(names) >= 12


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_defect_has_its_place_and_its_tests(mutant):
    text = (ROOT / mutant.path).read_text(encoding="utf-8")
    changed = mutated(mutant, text)
    compile(changed, mutant.path, "exec")
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).exists()
        assert name in (ROOT / path).read_text(encoding="utf-8") if name else True
