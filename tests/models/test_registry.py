import pytest

from models.errors import UnknownNameError
from models.registry import Registry


def test_names_keep_the_order_of_registration_and_get_returns_the_item() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("two", 2)
    registry.register("one", 1)

    assert registry.names() == tuple(registry) == ("two", "one")
    assert registry.get("one") == 1


def test_a_duplicate_is_refused() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("one", 1)

    with pytest.raises(ValueError, match="number 'one' is registered twice"):
        registry.register("one", 3)


def test_an_unknown_name_lists_the_known_ones() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("one", 1)

    with pytest.raises(UnknownNameError, match=r"no number called 'two'\. Known: one") as caught:
        registry.get("two")
    assert (caught.value.kind, caught.value.name, caught.value.known) == ("number", "two", ("one",))
