"""Numbers and switches of requests are taken as written: no word and no switch counts as a number."""

import importlib
import json
import pkgutil
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from backend import schemas
from backend.schemas.strict import Flag, Number, NumberIfAny, Whole, WholeIfAny
from backend.services.job_kinds import JOB_KINDS
from backend.services.job_kinds.kind import JobParameters

WRONG = {"integer": [True, "1", 1.5], "number": [False, "0.5"], "boolean": [1, 0, "true"]}


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (Whole, [5, 5.0, -1], [True, "5", 5.5, None]),
        (WholeIfAny, [None, 5], [False, "5", ""]),
        (Number, [5, 0.5], [True, "0.5", None]),
        (NumberIfAny, [None, 0.5], [True, ""]),
        (Flag, [True, False], [1, 0, "yes", None]),
    ],
)
def test_a_value_is_taken_as_written(kind, taken, refused):
    adapter = TypeAdapter(kind)
    assert [adapter.validate_python(value) for value in taken] == taken
    for value in refused:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def bodies() -> Iterator[type[BaseModel]]:
    """Yield what requests are made of, and the parameters of every kind of job."""
    for module in pkgutil.iter_modules(schemas.__path__):
        for found in vars(importlib.import_module(f"backend.schemas.{module.name}")).values():
            if isinstance(found, type) and issubclass(found, BaseModel) and found.model_config.get("extra") == "forbid":
                yield found
    for name in JOB_KINDS:
        yield JOB_KINDS.get(name).parameters


KINDS = JOB_KINDS.names()  # as of now: other tests add kinds of their own
BODIES = sorted(set(bodies()), key=lambda model: model.__name__)


def test_the_bodies_are_found():
    assert len(BODIES) > 15
    assert sum(issubclass(body, JobParameters) for body in BODIES) == len(KINDS)


@pytest.mark.parametrize("model", BODIES, ids=lambda model: model.__name__)
def test_no_body_takes_a_word_or_a_switch_for_a_number(model):
    for name, schema in model.model_json_schema()["properties"].items():
        kinds = {one.get("type") for one in schema.get("anyOf", [schema])}
        for value in (wrong for kind in kinds & WRONG.keys() for wrong in WRONG[kind]):
            with pytest.raises(ValidationError) as caught:
                model.model_validate({name: value})
            mine = [mistake for mistake in caught.value.errors() if mistake["loc"][0] == name]
            assert mine, f"{name}: {json.dumps(value)} was taken"
