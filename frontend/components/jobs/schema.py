"""From the JSON schema of a kind's parameters to the fields of a form; knows no Dash."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

NUMBERS = ("integer", "number")
LINE_LENGTH = 200  # what may be longer gets a field of several lines


class FormField(NamedTuple):
    """One field of a form."""

    name: str
    title: str
    help: str
    widget: str  # integer number switch select choices tags line text upload uploads checkpoint checkpoints factor
    default: Any
    required: bool
    nullable: bool
    minimum: float | None
    maximum: float | None
    options: tuple[dict[str, str], ...]
    accept: str
    section: str
    advanced: bool
    shown_if: Mapping[str, Sequence[Any]]
    task: str | None
    n_most: int | None
    examples: tuple[str, ...]  # what else a field takes that is filled from a catalog, such as `auto`


def form_fields(schema: Mapping[str, Any]) -> list[FormField]:
    """Read the fields in their order; nested models are not for forms."""
    required = set(schema.get("required", ()))
    definitions = schema.get("$defs", {})
    return [
        _field(name, raw, definitions=definitions, required=name in required)
        for name, raw in schema.get("properties", {}).items()
    ]


def asked_for(fields: Mapping[str, FormField], values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what had no say: files that were not given, and fields whose condition does not hold."""
    return {name: value for name, value in values.items() if name not in fields or _counts(fields[name], values)}


def in_words(fields: Mapping[str, FormField], values: Mapping[str, Any]) -> dict[str, Any]:
    """Write choices as the form does."""
    return {name: _labelled(value, fields[name].options if name in fields else ()) for name, value in values.items()}


def _labelled(value: Any, options: Sequence[Mapping[str, str]]) -> Any:
    labels = {option["value"]: option["label"] for option in options}
    if isinstance(value, list):
        return [labels.get(item, item) if isinstance(item, str) else item for item in value]
    return labels.get(value, value) if isinstance(value, str) else value


def _counts(field: FormField, values: Mapping[str, Any]) -> bool:
    if field.widget in ("upload", "uploads") and not values[field.name]:
        return False
    return all(values.get(other) in wanted for other, wanted in field.shown_if.items() if other in values)


def _field(name: str, raw: Mapping[str, Any], *, definitions: Mapping[str, Any], required: bool) -> FormField:
    flat, nullable = _flat(raw, definitions)
    items, _ = _flat(flat.get("items", {}), definitions)
    minimum, maximum = (
        flat.get("minimum", flat.get("exclusiveMinimum")),
        flat.get("maximum", flat.get("exclusiveMaximum")),
    )
    return FormField(
        name=name,
        title=_title(name, flat.get("title")),
        help=" ".join(part for part in (flat.get("description", ""), _range(flat, items, minimum, maximum)) if part),
        widget=_widget(flat, items),
        default=flat.get("default"),
        required=required,
        nullable=nullable,
        minimum=minimum,
        maximum=maximum,
        options=_options(flat.get("enum") or items.get("enum") or (), flat.get("titles") or {}),
        accept=",".join(flat.get("accept") or items.get("accept") or ()),
        section=flat.get("section", ""),
        advanced=bool(flat.get("advanced", False)),
        shown_if={other: _listed(values) for other, values in flat.get("shown_if", {}).items()},
        task=flat.get("task"),
        n_most=flat.get("maxItems"),
        examples=tuple(flat.get("examples", ())),
    )


def _flat(raw: Mapping[str, Any], definitions: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Resolve references and optional values; say whether null is allowed."""
    flat = dict(raw)
    nullable = False
    for word in ("anyOf", "allOf", "oneOf"):
        parts = flat.pop(word, [])
        nullable = nullable or any(part.get("type") == "null" for part in parts)
        kept = [part for part in parts if part.get("type") != "null"]
        if kept:
            flat = kept[0] | flat
    if "$ref" in flat:
        flat = definitions[flat.pop("$ref").rpartition("/")[2]] | flat
    if "const" in flat:
        flat["enum"] = [flat["const"]]
    return flat, nullable


def _widget(flat: Mapping[str, Any], items: Mapping[str, Any]) -> str:
    asked, many = flat.get("widget") or items.get("widget"), flat.get("type") == "array"
    if asked in ("upload", "checkpoint"):
        return f"{asked}s" if many else str(asked)
    if asked == "text" and not many:
        short = "pattern" in flat or flat.get("maxLength", LINE_LENGTH + 1) <= LINE_LENGTH
        return "line" if short else "text"
    if asked == "factor":
        return "factor"
    if many:
        return "choices" if "enum" in items else "tags"
    if "enum" in flat:
        return "select"
    return {"boolean": "switch", "integer": "integer", "number": "number"}.get(flat.get("type", ""), "line")


def _options(values: Sequence[Any], titles: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    """Offer values under the titles that the kind gives them."""
    return tuple({"value": str(value), "label": titles.get(value, str(value).replace("_", " "))} for value in values)


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _title(name: str, title: str | None) -> str:
    """Prefer a written title to the one that pydantic makes of the name."""
    words = name.replace("_", " ")
    return words.capitalize() if title is None or title.lower() == words.lower() else title


def _range(flat: Mapping[str, Any], items: Mapping[str, Any], minimum: float | None, maximum: float | None) -> str:
    """Say beforehand what is allowed."""
    if flat.get("type") == "array" and "maxItems" in flat:
        return f"At most {flat['maxItems']:,}."
    if flat.get("type") not in NUMBERS and items.get("type") not in NUMBERS:
        return ""
    low, high = _number(minimum), _number(maximum)
    if minimum is not None and maximum is not None:
        above = "More than " if "exclusiveMinimum" in flat else ""
        return f"{above}{low} to {high}."
    if minimum is not None:
        return f"More than {low}." if "exclusiveMinimum" in flat else f"At least {low}."
    return f"At most {high}." if maximum is not None else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"
