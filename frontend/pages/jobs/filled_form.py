"""A form with its values: from the defaults of a kind, or from an earlier job."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from backend.schemas.catalog import Factor
from backend.schemas.jobs import Job, JobKindInfo
from frontend.client import BackendClient
from frontend.components.chromatin.models_panel import grouped_options
from frontend.components.input_panel import factor_options
from frontend.components.jobs.fields import form
from frontend.components.jobs.schema import FormField, form_fields

CATALOG_WIDGETS = ("checkpoint", "checkpoints", "factor")
Options = list[dict[str, Any]]


class FilledForm(NamedTuple):
    """What a form is drawn from."""

    kind: JobKindInfo
    fields: list[FormField]
    values: dict[str, Any]
    choices: dict[str, Options]
    origin: Job | None
    spec: dict[str, Any]


def which(search: str) -> tuple[str | None, str | None]:
    """Read the kind, or the job to be filled from, from the address."""
    query = parse_qs(search.removeprefix("?"))
    return query.get("kind", [None])[0], query.get("from", [None])[0]


async def fill(
    client: BackendClient, kinds: Sequence[JobKindInfo], *, kind: str | None, origin: str | None
) -> FilledForm | None:
    """Gather what the form needs; None if no kind is chosen."""
    job = await client.job(origin) if origin else None
    chosen = next((k for k in kinds if k.name == (job.kind if job else kind)), None)
    if chosen is None:
        return None
    fields = form_fields(chosen.parameters)
    by_task = await _catalog_options(client, fields)
    values = {field.name: field.default for field in fields} | (job.parameters if job else {})
    choices = {
        f.name: _options_now(f, by_task, task=f.task or values.get("task") or chosen.name.partition("_")[0])
        for f in fields
        if f.widget in CATALOG_WIDGETS
    }
    for field in fields:
        if field.widget == "checkpoint" and not values[field.name] and not field.nullable:
            values[field.name] = next(iter(_names(choices[field.name])), None)
    uploads = {f.name: _uploads(job, values[f.name]) for f in fields if f.widget in ("upload", "uploads")}
    return FilledForm(chosen, fields, values | uploads, choices, job, _spec(chosen, fields, by_task, job))


def filled(filled_form: FilledForm) -> list[Any]:
    """Draw a form."""
    return form(filled_form.fields, filled_form.values, choices=filled_form.choices)


def _spec(
    kind: JobKindInfo, fields: Sequence[FormField], by_task: dict[str, Options], job: Job | None
) -> dict[str, Any]:
    """Tell the browser what it needs to collect values: types, conditions, what is required."""
    told = {
        f.name: {"widget": f.widget, "title": f.title, "required": f.required, "nullable": f.nullable,
                 "shown_if": dict(f.shown_if), "default": f.default, "task": f.task}
        for f in fields
    }  # fmt: skip
    depends = any(f.name == "task" for f in fields)
    return {
        "kind": kind.name,
        "rerun_of": job.id if job else None,
        "fields": told,
        "tasks": by_task if depends else None,
    }


async def _catalog_options(client: BackendClient, fields: Sequence[FormField]) -> dict[str, Options]:
    if not any(field.widget in CATALOG_WIDGETS for field in fields):
        return {}
    catalog, chromatin = await asyncio.gather(client.catalog(), client.chromatin_catalog())
    titles = {a.name: a.title for a in catalog.architectures}
    sequence = [
        {"group": f.title, "items": [{"value": n, "label": _label(n, f, titles)} for n in f.checkpoints]}
        for f in catalog.factors
    ]
    return {
        "sequence": sequence,
        "chromatin": grouped_options(chromatin.checkpoints),
        "factor": factor_options(catalog.factors),
    }


def _label(checkpoint: str, factor: Factor, titles: Mapping[str, str]) -> str:
    architecture = checkpoint.removeprefix(f"{factor.name}-")
    return f"{titles.get(architecture, architecture)}, {factor.title}"


def _options_now(field: FormField, by_task: dict[str, Options], *, task: str) -> Options:
    """Offer the checkpoints of one task, or of both where a kind takes either."""
    if field.widget == "factor":
        return by_task["factor"]
    offered = by_task[task] if task in by_task else [*by_task["sequence"], *by_task["chromatin"]]
    words = dict.fromkeys([*field.examples, *([field.default] if isinstance(field.default, str) else [])])
    names = set(_names(offered))
    return [*({"value": word, "label": word} for word in words if word and word not in names), *offered]


def _names(options: Options) -> list[str]:
    return [item["value"] for group in options for item in group.get("items", [group])]


def _uploads(job: Job | None, value: Any) -> list[dict[str, str]]:
    """Name the uploads of an earlier job as they were named then."""
    names = {i.upload: i.name for i in job.inputs} if job else {}
    ids: list[str] = value if isinstance(value, list) else [value] if value else []
    return [{"id": upload, "name": names.get(upload, upload)} for upload in ids]
