"""What the form and its notices say."""

import json

import pytest
from plotly.utils import PlotlyJSONEncoder

from backend.schemas.problem import ProblemItem
from backend.schemas.sequence_analyses import SequenceCheck
from frontend.components import dashboard_card, input_panel, notices
from frontend.components.examples import example_buttons
from frontend.components.grid import table_height
from frontend.components.results_table import table_columns


def text_of(component) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def check(**changes):
    counts = {"n_records": 1234, "n_bases": 5678, "n_tiled": 0, "n_padded": 0, "warnings": [], "errors": []}
    return SequenceCheck(**counts | changes)


def feedback(**changes):
    return text_of(notices.check_feedback(check(**changes), window_length=101, tile_step=50))


def test_feedback_counts_and_announces_the_length_policy():
    said = feedback(n_padded=1, n_tiled=2)
    assert "1,234 records, 5,678 bases" in said
    assert "1 record shorter than 101 bp: padded" in said
    assert "2 records longer than 101 bp: scanned in tiles of 101 bp every 50 bp" in said


def test_an_error_names_record_line_and_column(problem):
    said = feedback(errors=problem.errors)
    assert "Record x, line 2, column 5: " in said
    assert "'!' is no base." in said


def test_a_long_list_of_errors_is_cut_with_the_number_left_out():
    errors = [ProblemItem(code="c", message=f"wrong {i}") for i in range(9)]
    said = feedback(errors=errors)
    assert "wrong 5" in said
    assert "wrong 6" not in said
    assert "and 3 more" in said


def test_a_problem_shows_its_request_id(problem):
    assert "req-7" in text_of(notices.problem_alert(problem))


def test_limits_and_rules_are_said_before_running(catalog):
    said = text_of(input_panel.rules(catalog.limits))
    for part in ("10 records", "1,000 bases", "2 MB", "8 bp", "every 4 bp", "Both strands", "from 0", "Nothing leaves"):
        assert part in said


def test_synthetic_examples_say_so(catalog):
    synthetic = text_of(example_buttons(catalog.examples, kind="k"))
    real = text_of(example_buttons([e.model_copy(update={"synthetic": False}) for e in catalog.examples], kind="k"))
    assert "synthetic" in synthetic
    assert "synthetic" not in real


def test_factors_show_cell_type_and_accuracy(catalog):
    assert input_panel.factor_options(catalog.factors)[0] == {
        "value": "ctcf_weri",
        "label": "CTCF_WERI, H1 (0.950)",
    }


def test_warnings_of_the_row_are_listed_where_there_are_any(explained):
    assert "Too short." in text_of(dashboard_card.dashboard_notes(explained.rows.warnings[0]))
    assert dashboard_card.dashboard_notes([]) is None


def test_refusals_are_listed_with_their_reason(explained):
    said = text_of(
        dashboard_card.conventions(
            explained.conventions,
            quantities={},
            numbers={"m/c/gap": 0.01234},
            refused=explained.explanations[0].refused,
        )
    )
    assert "0.0123" in said
    assert "not drawn: temporal_output/ctcf_weri-demo_cnn" in said
    assert "no recurrence" in said


@pytest.mark.parametrize("ranking", [False, True])
def test_there_is_a_column_for_every_architecture(catalog, ranking):
    fields = [c["field"] for c in table_columns(catalog.architectures, ranking=ranking)]
    assert {a.name for a in catalog.architectures} < set(fields)
    assert ("title" in fields) is ranking
    assert len(fields) == len(set(fields))


def test_a_table_grows_with_its_rows_until_it_scrolls():
    heights = [table_height(n) for n in (1, 2, 8, 9, 20_000)]
    assert heights[0] < heights[1] < heights[2] == heights[3] == heights[4]
