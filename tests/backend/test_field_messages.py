"""Mistakes in parameters, told with the remedy."""

from typing import Any, Literal

import pytest
from pydantic import Field, ValidationError

from backend.services.field_messages import field_message
from backend.services.job_kinds.kind import JobParameters, UploadId


class Parameters(JobParameters):
    file: UploadId = Field(description="FASTA.")
    name: str = Field(default="a", pattern="^[a-z]+$", min_length=1, max_length=1_000, description="Letters a to z.")
    n: int = Field(default=1, ge=1, le=10_000)
    rate: float = Field(default=0.1, gt=0, lt=0.5)
    mode: Literal["fast", "exact"] = "fast"
    both: bool = False
    parts: list[str] = Field(default_factory=list, max_length=2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 20_000}, "This is too large. Give 10,000 or less."),
        ({"n": 0}, "This is too small. Give 1 or more."),
        ({"n": "x"}, "This takes a whole number. Write one without letters and decimals, such as 12."),
        ({"n": 1.5}, "This takes a whole number. Write one without letters and decimals, such as 12."),
        ({"rate": 0}, "This is too small. Give more than 0."),
        ({"rate": 0.5}, "This is too large. Give less than 0.5."),
        ({"rate": float("nan")}, "This takes a number. Write one with a point before the decimals, such as 0.05."),
        ({"mode": "slow"}, "There is no such choice. Choose 'fast' or 'exact'."),
        ({"both": "perhaps"}, "This is yes or no. Give true or false."),
        ({"name": "A b"}, "This is not of the form asked for. Letters a to z."),
        ({"name": ""}, "This is too short. Give at least 1 character."),
        ({"name": "a" * 1_001}, "This is too long. Give at most 1,000 characters."),
        ({"parts": ["a", "b", "c"]}, "These are too many. Give at most 2."),
        ({"parts": "a"}, "This takes a list. Put the value in square brackets."),
        ({"file": "peaks.fa"}, "This is not the id of an upload. FASTA."),
        ({"nn": 1}, "This kind of job has no such parameter. Leave it out, or look for a slip in its name."),
    ],
)
def test_every_mistake_ends_with_its_remedy(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Parameters.model_validate({"file": "a" * 32} | given)

    (mistake,) = caught.value.errors()
    field = Parameters.model_fields.get(str(mistake["loc"][0]))
    assert field_message(mistake, hint=(field.description if field else None) or "") == said


def test_what_is_missing_is_asked_for() -> None:
    with pytest.raises(ValidationError) as caught:
        Parameters.model_validate({})

    assert field_message(caught.value.errors()[0]) == "This is required. Give a value."


def test_a_kind_of_mistake_that_is_not_known_keeps_its_words() -> None:
    assert field_message({"type": "new", "msg": "Odd"}, hint="Be even.") == "Odd. Be even."
