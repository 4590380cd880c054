"""The one shape of every failure: RFC 9457 problem details."""

from pydantic import BaseModel, Field


class ProblemItem(BaseModel):
    """One place that is wrong, and what to do about it."""

    code: str = Field(description="Stable identifier of this kind of mistake.", examples=["unexpected_character"])
    message: str = Field(description="What is wrong and the remedy, for a person.")
    record: str | None = Field(default=None, description="Name of the sequence record.")
    line: int | None = Field(default=None, description="Line of the input, counted from 1.")
    column: int | None = Field(default=None, description="Column of that line, counted from 1.")
    field: str | None = Field(default=None, description="Field of the request that is wrong.")


class Problem(BaseModel):
    """An `application/problem+json` body."""

    type: str = Field(description="URI reference of the kind of problem.", examples=["/problems/invalid-sequences"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request that failed.")
    request_id: str = Field(description="Also in the X-Request-ID header and in the log.")
    errors: list[ProblemItem] = Field(default_factory=list, max_length=20)
