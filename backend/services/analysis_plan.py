"""What an analysis is to do: every name and parameter of the request found good, or all mistakes named."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from backend.schemas.sequence_analyses import ExplanationRequest, RecordRange, SequenceAnalysisRequest, Strand
from backend.services.errors import FieldError, InvalidFieldsError
from backend.services.names import shown
from models.card import SequenceCard
from models.explanations import EXPLANATIONS, Explanation


class Method(NamedTuple):
    """An explanation with its parameters, and which checkpoints it is to explain: all where none is named."""

    explanation: Explanation
    parameters: BaseModel
    checkpoints: tuple[str, ...] | None = None

    def explains(self, checkpoint: str) -> bool:
        """Return whether the checkpoint is to be explained."""
        return self.checkpoints is None or checkpoint in self.checkpoints


class Plan(NamedTuple):
    """Which factors by which checkpoints, which strands, which explanations."""

    factors: Mapping[str, tuple[SequenceCard, ...]]
    strands: tuple[Strand, ...]
    methods: tuple[Method, ...]


def make_plan(request: SequenceAnalysisRequest, *, factors: Mapping[str, tuple[SequenceCard, ...]]) -> Plan:
    """Resolve names and parameters; a name that is given twice counts once."""
    mistakes = [
        *_unknown_factors(request, factors),
        *_unclear_explanations(request),
        *_unknown_checkpoints(request, factors),
        *_empty_range(request.records),
    ]
    methods = []
    for position, asked in enumerate(request.explanations):
        if asked.name in EXPLANATIONS:
            try:
                methods.append(_method(asked))
            except ValidationError as error:
                mistakes += parameter_mistakes(error, f"explanations.{position}")
    if mistakes:
        raise InvalidFieldsError(tuple(mistakes))
    return Plan(
        factors={name: factors[name] for name in request.factors},
        strands=tuple(dict.fromkeys(request.strands)),
        methods=tuple(methods),
    )


def settings_of(request: SequenceAnalysisRequest, *, plan: Plan) -> dict[str, object]:
    """Return what was asked, with all defaults, so that it can be asked again."""
    return {
        "factors": list(plan.factors),
        "strands": list(plan.strands),
        "records": None if request.records is None else request.records.model_dump(),
        "explanations": [
            {
                "name": method.explanation.name,
                "parameters": method.parameters.model_dump(),
                "checkpoints": method.checkpoints,
            }
            for method in plan.methods
        ],
        "maps": request.maps,
    }


def _method(asked: ExplanationRequest) -> Method:
    explanation = EXPLANATIONS.get(asked.name)
    checkpoints = None if asked.checkpoints is None else tuple(dict.fromkeys(asked.checkpoints))
    return Method(explanation, explanation.parameters.model_validate(asked.parameters), checkpoints)


def _unknown_factors(
    request: SequenceAnalysisRequest, factors: Mapping[str, tuple[SequenceCard, ...]]
) -> Iterator[FieldError]:
    for position, name in enumerate(request.factors):
        if name not in factors:
            known = ", ".join(factors) or "none"
            yield FieldError(
                f"factors.{position}", "unknown_factor", f"There is no factor {shown(name)}. Known: {known}."
            )


def _unclear_explanations(request: SequenceAnalysisRequest) -> Iterator[FieldError]:
    for position, asked in enumerate(request.explanations):
        name, field = asked.name, f"explanations.{position}.name"
        if name not in EXPLANATIONS:
            known = ", ".join(EXPLANATIONS)
            yield FieldError(field, "unknown_explanation", f"There is no explanation {shown(name)}. Known: {known}.")
        elif any(_overlap(asked, other) for other in request.explanations[:position]):
            message = "This explanation is asked for twice. Ask for other parameters in a request of their own."
            yield FieldError(field, "repeated_explanation", message)


def _overlap(one: ExplanationRequest, other: ExplanationRequest) -> bool:
    """Return whether a checkpoint would be explained twice by the same method."""
    if one.name != other.name:
        return False
    return (
        one.checkpoints is None or other.checkpoints is None or not set(one.checkpoints).isdisjoint(other.checkpoints)
    )


def _unknown_checkpoints(
    request: SequenceAnalysisRequest, factors: Mapping[str, tuple[SequenceCard, ...]]
) -> Iterator[FieldError]:
    known = [card.name for name in request.factors for card in factors.get(name, ())]
    for position, asked in enumerate(request.explanations):
        for place, name in enumerate(asked.checkpoints or ()):
            if name not in known:
                message = f"No checkpoint of the factors is called {shown(name)}. They are: {', '.join(known)}."
                yield FieldError(f"explanations.{position}.checkpoints.{place}", "unknown_checkpoint", message)


def parameter_mistakes(error: ValidationError, place: str) -> Iterator[FieldError]:
    """Name what is wrong with the parameters of an explanation that was asked for at this place of the request."""
    for mistake in error.errors(include_url=False, include_context=False, include_input=False):
        path = ".".join(map(str, (place, "parameters", *mistake["loc"])))
        yield FieldError(path, mistake["type"], f"{mistake['msg']}.")


def _empty_range(records: RecordRange | None) -> Iterator[FieldError]:
    if records is not None and records.stop <= records.start:
        message = "The range holds no record: `stop` is the first record left out, so it must be greater than `start`."
        yield FieldError("records.stop", "empty_range", message)
