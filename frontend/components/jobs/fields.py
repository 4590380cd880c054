"""The form of a kind of job: one widget per field of its schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from frontend.components.jobs.schema import FormField
from frontend.components.uploader import drop_zone
from frontend.ids import Jobs as Ids

DEBOUNCE_MS = 350
Options = Sequence[Mapping[str, Any]]


def pattern(kind: Ids, name: str) -> dict[str, str]:
    """Name a component of a field."""
    return {"type": kind.value, "name": name}


def form(fields: Sequence[FormField], values: Mapping[str, Any], *, choices: Mapping[str, Options]) -> list[Any]:
    """Lay out all fields under their headings; `choices` holds what the catalogs offer, by field."""
    plain = [field for field in fields if not field.advanced]
    advanced = [field for field in fields if field.advanced]
    parts = _sections(plain, values, choices)
    if advanced:
        inside = html.Div(_sections(advanced, values, choices), className="form-section")
        parts.append(
            html.Details(
                [html.Summary(f"Advanced ({len(advanced)}): sensible values are set"), inside], className="details"
            )
        )
    return parts


def _sections(fields: Sequence[FormField], values: Mapping[str, Any], choices: Mapping[str, Options]) -> list[Any]:
    parts: list[Any] = []
    heading = ""
    for field in fields:
        if field.section and field.section != heading:
            heading = field.section
            parts.append(dmc.Title(heading, order=3, size="h5", mt="xs", className="form-heading"))
        parts.append(_boxed(field, values.get(field.name, field.default), choices.get(field.name, ())))
    return parts


def _boxed(field: FormField, value: Any, options: Options) -> Any:
    make = WIDGETS[field.widget]
    error = html.Div(id=pattern(Ids.FIELD_ERROR, field.name), className="field-errors", role="alert")
    return html.Div([make(field, value, options), error], id=pattern(Ids.FIELD_BOX, field.name))


def _words(field: FormField) -> dict[str, Any]:
    return {"label": field.title, "description": field.help or None, "withAsterisk": field.required}


def _number(field: FormField, value: Any, _options: Options) -> Any:
    whole = field.widget == "integer"
    return dmc.NumberInput(
        id=pattern(Ids.FIELD, field.name),
        value="" if value is None else value,
        min=field.minimum,
        max=field.maximum,
        allowDecimal=not whole,
        step=1 if whole else _step(field),
        clampBehavior="none",  # what is out of range is said, not changed
        thousandSeparator="," if whole and field.name != "seed" and "state" not in field.name else None,
        placeholder="automatic" if field.nullable else None,
        debounce=DEBOUNCE_MS,
        styles={"wrapper": {"maxWidth": 260}},
        inputWrapperOrder=["label", "input", "description", "error"],
        **_words(field),
    )


def _step(field: FormField) -> float:
    """Choose what an arrow key adds: a tenth of the default."""
    return abs(field.default) / 10 if isinstance(field.default, int | float) and field.default else 0.1


def _switch(field: FormField, value: Any, _options: Options) -> Any:
    return dmc.Switch(
        id=pattern(Ids.SWITCH, field.name), checked=bool(value), label=field.title, description=field.help or None
    )


def _select(field: FormField, value: Any, options: Options) -> Any:
    optional = field.nullable or field.default == ""
    return dmc.Select(
        id=pattern(Ids.FIELD, field.name),
        data=list(options or field.options),
        value=value or None,
        allowDeselect=optional,
        clearable=optional,
        searchable=len(options or field.options) > 8,
        placeholder="automatic" if field.nullable else "Choose",
        comboboxProps={"shadow": "md"},
        **_words(field),
    )


def _choices(field: FormField, value: Any, options: Options) -> Any:
    return dmc.MultiSelect(
        id=pattern(Ids.FIELD, field.name),
        data=list(options or field.options),
        value=list(value or []),
        searchable=True,
        hidePickedOptions=True,
        maxValues=field.n_most,
        debounce=DEBOUNCE_MS,
        comboboxProps={"shadow": "md"},
        **_words(field),
    )


def _tags(field: FormField, value: Any, _options: Options) -> Any:
    return dmc.TagsInput(
        id=pattern(Ids.FIELD, field.name), value=[str(v) for v in value or []], placeholder="Type, then Enter",
        **_words(field),
    )  # fmt: skip


def _line(field: FormField, value: Any, _options: Options) -> Any:
    return dmc.TextInput(
        id=pattern(Ids.FIELD, field.name), value=value or "", debounce=DEBOUNCE_MS, spellCheck=False, **_words(field)
    )


def _text(field: FormField, value: Any, _options: Options) -> Any:
    return dmc.Textarea(
        id=pattern(Ids.FIELD, field.name),
        value=value or "",
        debounce=DEBOUNCE_MS,
        spellCheck=False,
        resize="vertical",
        classNames={"input": "sequence-input"},
        **_words(field),
    )


def _checkpoint(field: FormField, value: Any, options: Options) -> Any:
    offered = {item["value"] for group in options for item in group.get("items", [group])}
    common = {
        "id": pattern(Ids.CHECKPOINT, field.name),
        "data": list(options),
        "searchable": True,
        "comboboxProps": {"shadow": "md"},
        "nothingFoundMessage": "No checkpoint of that name",
        **_words(field),
    }
    if field.widget == "checkpoints":
        return dmc.MultiSelect(value=[v for v in value or [] if v in offered], hidePickedOptions=True, **common)
    chosen = value if value in offered else None
    placeholder = "automatic" if field.nullable else "Choose"
    return dmc.Select(value=chosen, clearable=field.nullable, placeholder=placeholder, **common)


def _upload(field: FormField, value: Any, _options: Options) -> Any:
    """Offer to drop files; `value` holds the uploads of the job that the form is filled from."""
    many = field.widget == "uploads"
    kinds = f" ({field.accept.replace(',', ', ')})" if field.accept else ""
    label = f"Drop {'files' if many else 'a file'} here or choose {'them' if many else 'one'}{kinds}"
    return html.Div(
        [
            dmc.Text(
                [field.title, html.Span(" *", className="required") if field.required else None], size="sm", fw=500
            ),
            dmc.Text(field.help, size="xs", c="dimmed", mb=4) if field.help else None,
            drop_zone(
                f"jobs-upload-{field.name}",
                label,
                store=pattern(Ids.ARRIVED, field.name),
                accept=field.accept,
                multiple=many,
                arrived={"uploads": list(value), "kept": True} if value else None,
            ),
            html.Div(id=pattern(Ids.FILES, field.name), **{"aria-live": "polite"}),
        ]
    )


WIDGETS: Mapping[str, Callable[[FormField, Any, Options], Any]] = {
    "integer": _number,
    "number": _number,
    "switch": _switch,
    "select": _select,
    "choices": _choices,
    "tags": _tags,
    "line": _line,
    "text": _text,
    "factor": _select,
    "checkpoint": _checkpoint,
    "checkpoints": _checkpoint,
    "upload": _upload,
    "uploads": _upload,
}
