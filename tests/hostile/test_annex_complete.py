"""Every fixture of the annex has its place in a suite."""


def test_every_fixture_of_the_annex_is_there(names_in_annex_suites: set[str]) -> None:
    annex = {f"{letter}{number:02}" for letter, last in zip("FHWJ", (26, 24, 12, 8), strict=True) for number in
             range(1, last + 1)}  # fmt: skip
    assert len(annex) == 70
    assert names_in_annex_suites == annex
