"""Files to take away: right rows, stated conventions, harmless names."""

import csv
import io
import json

import pytest

from backend.schemas.motifs import MotifReport
from backend.schemas.sequence_analyses import SequenceAnalysis
from backend.schemas.trust import TrustReport
from frontend.components.exports import TRACK_COLUMNS, analysis_text, table_text, tracks_text
from frontend.components.finding_exports import MOTIF_COLUMNS, TRUST_COLUMNS, motifs_text, trust_text
from frontend.components.rows import merge_slices, ranking_rows, table_rows


def read(text, *, separator=","):
    lines = text.splitlines()
    data = [line for line in lines if not line.startswith("#")]
    return [line for line in lines if line.startswith("#")], list(
        csv.DictReader(io.StringIO("\n".join(data)), delimiter=separator)
    )


@pytest.mark.parametrize("separator", [",", "\t"])
def test_the_table_holds_every_row_of_every_slice_in_order(analysis_of, catalog, separator):
    slices = [analysis_of(range(2)), analysis_of(range(2, 4))]
    _, rows = read(table_text(slices, architectures=catalog.architectures, separator=separator), separator=separator)
    assert [(row["record"], row["strand"]) for row in rows] == [
        (f"peak_{i}", strand) for i in range(4) for strand in ("forward", "reverse")
    ]
    assert [float(row["p_bound_demo_rnn"]) for row in rows[::2]] == [0.1, 0.2, 0.3, 0.4]
    assert float(rows[0]["mean_p_bound_networks"]) == pytest.approx(0.1)
    assert rows[0]["warnings"] == "Too short."


def test_text_files_name_conventions_weights_versions_and_settings(analysis_of, explained, catalog):
    for text in (
        table_text([analysis_of(range(1))], architectures=catalog.architectures, separator=","),
        tracks_text(explained),
    ):
        comments = "\n".join(read(text)[0])
        for part in ("P(bound), class 0", "sha256 sha-demo_cnn", "regulens: 0.1.0", '"window_length": 8', "r-1"):
            assert part in comments


def test_tracks_are_long_with_negative_numbers_kept_as_numbers(explained):
    _, rows = read(tracks_text(explained))
    assert tuple(rows[0]) == TRACK_COLUMNS
    assert len(rows) == 4 * 8
    assert float(rows[0]["value"]) == -0.5
    assert [row["base"] for row in rows[:8]] == [*"ACGTAC", "padding", "padding"]
    assert [int(row["position_0based"]) for row in rows[:8]] == list(range(8))


def test_the_whole_analysis_can_be_read_back(analysis_of, explained):
    text = analysis_text([analysis_of(range(2)), analysis_of(range(2, 4))], explained)
    whole = SequenceAnalysis.model_validate_json(text)
    assert whole.rows == analysis_of(range(4)).rows
    assert whole.factors == analysis_of(range(4)).factors
    assert whole.explanations == explained.explanations
    assert json.loads(text)["settings"]["scores"] == {"window_length": 8}


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "+1"])
def test_a_name_is_never_a_formula(analysis_of, catalog, name):
    text = table_text([analysis_of(range(1), names={0: name})], architectures=catalog.architectures, separator=",")
    assert read(text)[1][0]["record"] == f"'{name}"


def test_merging_one_slice_changes_nothing(analysis_of):
    assert merge_slices([analysis_of(range(3))]) == analysis_of(range(3))


def test_rows_say_how_many_networks_agree(analysis_of, catalog):
    analysis = analysis_of(range(4, 5))
    (first, _) = table_rows(analysis, analysis.factors[0], architectures=catalog.architectures)
    assert (first["id"], first["agreement"], first["mean"]) == ("4-forward", "3 of 3", pytest.approx(0.5))


def test_a_ranking_shows_the_stronger_strand_best_factor_first(analysis_of, catalog):
    rows = ranking_rows(analysis_of(range(1), factors=["ctcf_weri", "myc_h1"]), architectures=catalog.architectures)
    assert [(row["factor"], row["strand"]) for row in rows] == [("myc_h1", "reverse"), ("ctcf_weri", "reverse")]


def test_tracks_carry_their_badges(explained, trust_report):
    comments = "\n".join(read(tracks_text(explained, trust=trust_report))[0])
    assert "trust ctcf_weri-demo_cnn_rnn by corrected_saliency: red (do not believe): It is red." in comments
    assert "completeness: 0.4 % [green; green up to 1 %]" in comments
    assert "seeds: it has no references [n/a; -]" in comments


def test_the_whole_analysis_holds_trust_and_motifs(analysis_of, explained, trust_report, motif_report):
    text = analysis_text([analysis_of(range(2))], explained, trust=trust_report, motifs=motif_report)
    whole = json.loads(text)
    assert TrustReport.model_validate(whole["trust_report"]) == trust_report
    assert MotifReport.model_validate(whole["motif_report"]) == motif_report
    assert json.loads(analysis_text([analysis_of(range(2))], explained))["trust_report"] is None


def test_trust_has_one_line_per_measure_with_convention_and_seed(explained, trust_report):
    comments, rows = read(trust_text(trust_report, explained=explained))
    assert tuple(rows[0]) == TRUST_COLUMNS
    assert [(row["architecture"], row["badge"], row["measure"]) for row in rows[:3]] == [
        ("demo_cnn", "green", "completeness"), ("demo_cnn", "green", "seeds"), ("demo_rnn", "amber", "completeness"),
    ]  # fmt: skip
    assert (rows[0]["value"], rows[1]["value"], rows[1]["verdict"]) == ("0.004", "", "n/a")
    said = "\n".join(comments)
    assert all(part in said for part in ("of the logit of bound", '"random_state": 0', "sha256 sha-demo_cnn"))


def test_motifs_have_one_line_per_match_and_per_hit_at_positions_of_the_record(explained, motif_report):
    window = explained.explanations[0].model_copy(update={"window_start": 100})
    comments, rows = read(motifs_text(motif_report, explained=explained.model_copy(update={"explanations": [window]})))
    assert tuple(rows[0]) == MOTIF_COLUMNS
    assert [(row["found_by"], row["start_0based"], row["motif_id"], row["motif_rank"]) for row in rows] == [
        ("attribution", "104", "", ""),
        ("attribution", "100", "MA0139.2", "1"),
        ("attribution", "100", "MA1929.2", "2"),
        ("scan", "101", "MA0139.2", ""),
    ]  # fmt: skip
    assert (rows[1]["knock_out_low"], rows[1]["motif_start_0based"], rows[3]["bases"]) == ("1.5", "99", "CGTA")
    said = "\n".join(comments)
    assert all(part in said for part in ("CC BY 4.0", "1.9 expected by chance", "Nothing stands out."))
