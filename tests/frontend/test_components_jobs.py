"""Jobs in words and components: the form of a schema, times, states, what belongs to the owner only."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from plotly.utils import PlotlyJSONEncoder
from pydantic import BaseModel, Field

from backend.schemas.jobs import (
    Job,
    JobEstimate,
    JobFailure,
    JobFile,
    JobInput,
    JobKindInfo,
    JobLimits,
    JobProgress,
    JobRow,
    JobState,
)
from frontend.components.jobs import detail, fields, form_panel, table
from frontend.components.jobs.schema import FormField, asked_for, form_fields, in_words
from frontend.components.jobs.state import SHAPES, progress_box, reason_words
from frontend.components.jobs.words import STATE_WORDS, ago, duration, progress_words

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Parameters(BaseModel):
    positives: Annotated[
        str, Field(json_schema_extra={"widget": "upload", "accept": [".fa", ".gz"], "section": "Data"})
    ]
    others: list[Annotated[str, Field(json_schema_extra={"widget": "upload"})]] = []
    checkpoint: str = Field(default="auto", json_schema_extra={"widget": "checkpoint"})
    models: list[str] = Field(default=[], max_length=3, json_schema_extra={"widget": "checkpoint"})
    factor: str = Field(default="", json_schema_extra={"widget": "factor"})
    n_steps: int = Field(default=1000, ge=1, le=5000, title="Steps", description="Of RMSprop.")
    rate: float | None = Field(default=None, gt=0, le=1, json_schema_extra={"advanced": True})
    keep: bool = True
    mode: Literal["fast", "exact"] = Field(default="fast", json_schema_extra={"widget": "choices"})
    colour: Colour = Colour.RED
    networks: list[Literal["cnn", "rnn"]] = ["cnn"]
    chromosomes: list[str] = Field(default=["chr8"], json_schema_extra={"shown_if": {"mode": ["exact"]}})
    start: str = Field(default="", json_schema_extra={"widget": "text"})
    name: str = Field(default="", max_length=60, json_schema_extra={"widget": "text"})


WIDGETS = {
    "positives": "upload", "others": "uploads", "checkpoint": "checkpoint", "models": "checkpoints", "factor": "factor",
    "n_steps": "integer", "rate": "number", "keep": "switch", "mode": "select", "colour": "select",
    "networks": "choices", "chromosomes": "tags", "start": "text", "name": "line",
}  # fmt: skip


def text_of(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


@pytest.fixture
def form() -> dict[str, FormField]:
    return {field.name: field for field in form_fields(Parameters.model_json_schema())}


def test_every_type_has_its_widget(form):
    assert {name: field.widget for name, field in form.items()} == WIDGETS


def test_a_field_states_its_range_and_what_it_needs(form):
    assert (form["n_steps"].title, form["n_steps"].help) == ("Steps", "Of RMSprop. 1 to 5,000.")
    assert (form["rate"].help, form["rate"].nullable, form["rate"].advanced) == ("More than 0 to 1.", True, True)
    assert (form["positives"].required, form["positives"].accept, form["positives"].section) == (
        True,
        ".fa,.gz",
        "Data",
    )
    assert [option["value"] for option in form["colour"].options] == ["red", "blue"]
    assert form["chromosomes"].shown_if == {"mode": ["exact"]}
    assert form["models"].help == "At most 3."


def test_the_form_holds_every_field_once_and_folds_the_advanced_ones(form):
    values = {name: field.default for name, field in form.items()}
    offered = [{"value": "ctcf-cnn", "label": "CNN"}]
    drawn = fields.form(list(form.values()), values, choices={"checkpoint": offered, "models": offered})
    said = text_of(drawn)
    for name in form:
        assert said.count(text_of({"type": "jobs-field-box", "name": name})) == 1
    assert said.index("Advanced (1)") < said.index('"jobs-field", "name": "rate"')
    assert '"placeholder": "automatic"' in said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "less than 1 s"), (40, "40 s"), (1800, "30 min"), (14400, "4 h"), (9000, "2.5 h"), (30 * 86400, "30 days")],
)
def test_a_length_of_time_is_as_exact_as_it_is_long(seconds, words):
    assert duration(seconds) == words


def test_after_a_day_the_date_says_more():
    assert ago(NOW - timedelta(minutes=5), now=NOW) == "5 min ago"
    assert ago(NOW - timedelta(days=3), now=NOW) == "01 Mar 2026"
    assert ago(NOW, now=NOW) == "just now"


def test_progress_says_how_far_how_fast_how_long():
    progress = JobProgress(step="Scoring", done=1500, total=3000, unit="rows", per_second=0.5, seconds_left=3000)
    assert progress_words(progress) == "1,500 of 3,000 rows · 0.5 rows/s · 50 min left"


def test_every_state_has_a_word_and_a_shape_of_its_own():
    assert set(SHAPES) == set(STATE_WORDS) == set(JobState)
    assert len(set(SHAPES.values())) == len(set(STATE_WORDS.values())) == len(JobState)


JOB = Job(
    id="a" * 32, kind="k", kind_title="Kind", title="Mine", state="running", reason="worker lost, retrying 2 of 3",
    waiting_for=None, queue="fast", attempt=2, is_mine=True, created=NOW, started=NOW, finished=None, expires=None,
    expired=False, progress=None, parameters={"n_steps": 10, "positives": "u1"}, rerun_of=None,
    inputs=[JobInput(upload="u1", name="peaks.fa", n_bytes=10, sha256="s")], estimate_s=40, deadline_s=1800,
    files=[JobFile(name="a.tsv", n_bytes=2000, sha256="s", media_type="t", description="Rows", partial=True)],
    has_live=False, summary={}, checkpoints=[], failure=None, digest=None, log=[], versions={}, revision=1,
)  # fmt: skip


def job(**changes: Any) -> Job:
    return Job.model_validate(JOB.model_dump() | changes)


def row(**changes: Any) -> JobRow:
    return JobRow.model_validate({name: getattr(job(**changes), name) for name in JobRow.model_fields})


def test_the_list_says_state_reason_and_what_a_job_waits_for():
    said = text_of(table.jobs_table([row(), row(state="queued", reason=None, waiting_for="a free worker")], now=NOW))
    assert "Worker lost, retrying 2 of 3" in said
    assert "Waits for a free worker." in said
    assert said.count('"data-action": "cancel"') == 2


def test_a_reason_is_told_unless_it_is_the_name_of_the_state():
    assert reason_words(row(state="cancelled", reason="cancelled")) is None
    assert reason_words(row(state="running", reason=None)) is None
    assert reason_words(row(state="timed_out", reason="it took too long")) == "It took too long"
    assert reason_words(row(state="failed", reason="chr1 is not there.")) == "chr1 is not there."


def test_only_the_owner_may_cancel_or_delete():
    for state, verb in (("running", "cancel"), ("succeeded", "delete")):
        assert f'"data-action": "{verb}"' in text_of(detail.actions(job(state=state)))
        assert f'"data-action": "{verb}"' not in text_of(detail.actions(job(state=state, is_mine=False)))
    said = text_of(detail.actions(job(is_mine=False)))
    assert "Re-run as mine" in said


def test_a_failure_is_told_with_its_places():
    failure = JobFailure(
        title="Too small", detail="It holds 12.", errors=[{"code": "x", "message": "Empty.", "line": 13}]
    )
    said = text_of(detail.outcome(job(state="failed", failure=failure), homes={}))
    assert all(words in said for words in ("Too small", "It holds 12.", "Line 13", "Empty."))
    assert "It holds 12." not in text_of(detail.head(job(state="failed", reason="It holds 12.", failure=failure)))


def test_out_of_time_has_a_remedy_and_a_job_that_is_gone_ways_on():
    assert "Ask for less" in text_of(detail.outcome(job(state="timed_out"), homes={}))
    assert all(f'"href": "{to}"' in text_of(detail.no_such_job()) for to in ("/jobs", "/jobs/new"))


def test_what_cannot_be_undone_is_asked_before():
    home = detail.Home("chromatin", "/chromatin?checkpoint=liver-cnn")
    said = text_of(detail.outcome(job(state="succeeded", checkpoints=["liver-cnn"]), homes={"liver-cnn": home}))
    assert "Its weights are deleted" in said
    assert "partial files are removed" in text_of(detail.actions(JOB))


def test_expired_files_are_not_offered_but_the_rerun_is():
    expired = job(state="succeeded", expired=True, expires=NOW)
    assert detail.files(expired) is None
    said = text_of(detail.outcome(expired, homes={}))
    assert "2026-03-04" in said
    assert '"data-action": "rerun"' in said


def test_pieces_of_an_unfinished_whole_are_marked():
    said = text_of(detail.files(JOB))
    assert "partial" in said
    assert f"/job-files/{JOB.id}/a.tsv" in said


def test_parameters_have_the_titles_of_the_form_and_uploads_their_names(form):
    said = text_of(detail.facts(JOB, fields=form))
    assert '"Steps"' in said
    assert '"peaks.fa"' in said
    assert '"u1"' not in said


def test_choices_are_told_in_the_words_of_the_form(form):
    values = {"mode": "fast", "n_steps": 1000, "seed": 20260101}
    field = form["mode"]._replace(options=({"value": "fast", "label": "As fast as it goes"},))
    said = text_of(detail.facts(job(parameters=values), fields=form | {"mode": field}))
    assert all(f'"{words}"' in said for words in ("As fast as it goes", "1,000", "20260101"))
    assert in_words({}, {"other": ["a", 2]}) == {"other": ["a", 2]}


def test_a_result_keeps_the_names_of_models():
    said = text_of(detail.result(job(summary={"bound by ctcf_weri-demo_cnn": 1403, "n_edits": 3, "test_auroc": 0.5})))
    assert all(
        f'"{words}"' in said for words in ("Bound by ctcf_weri-demo_cnn", "1,403", "Number of edits", "Test AUROC")
    )


def test_an_earlier_job_without_files_has_none_to_use_again():
    shared = JobLimits.model_construct(running_per_user=2, waiting_per_user=20, kept_days=30)
    kind = JobKindInfo(name="k", title="K", summary="", queue="fast", time_limit_s=60, limits="", parameters={})
    assert "its files are used again" in text_of(form_panel.chosen_kind(kind, shared, origin=JOB))
    assert "its files" not in text_of(form_panel.chosen_kind(kind, shared, origin=job(inputs=[])))


def test_parameters_that_had_no_say_are_left_out(form):
    asked = {"positives": "u1", "others": [], "mode": "fast", "chromosomes": ["chr8"], "rate": None}
    assert asked_for(form, asked) == {"positives": "u1", "mode": "fast", "rate": None}
    assert asked_for(form, asked | {"mode": "exact"})["chromosomes"] == ["chr8"]


def test_a_trained_network_leads_to_its_page_and_can_be_exported():
    home = detail.Home("sequence", "/?factor=liver")
    said = text_of(detail.outcome(job(state="succeeded", checkpoints=["liver-cnn", "gone"]), homes={"liver-cnn": home}))
    assert '"/?factor=liver"' in said
    assert "/checkpoint-archives/sequence/liver-cnn" in said
    assert "gone was trained by this job; it is no longer in the catalog." in said


def test_an_estimate_counts_and_warns():
    estimate = JobEstimate(seconds=40, words="1,000 steps x 50 restarts", time_limit_s=1800, warnings=["Mind the gap."])
    said = text_of(form_panel.estimate_line(estimate))
    assert all(words in said for words in ("About 40 s", "1,000 steps x 50 restarts", "30 min", "Mind the gap."))
    short = text_of(form_panel.estimate_line(estimate.model_copy(update={"seconds": 0.2, "words": "One step."})))
    assert '"Less than 1 s"' in short
    assert ": One step; limit" in short


def test_what_is_over_has_no_progress_bar():
    assert progress_box(row(state="succeeded")) is None
    assert "Stopping." in text_of(progress_box(row(state="cancelling")))
