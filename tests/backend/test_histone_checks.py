"""Histone files: described, read once, and compared with what the networks saw."""

import asyncio

import numpy as np
import pytest

from backend.schemas.histone_files import SignalSummary
from backend.services import histone_files
from backend.services.shifts import shifts
from models.histone import MARKS

pytestmark = pytest.mark.anyio

CHECKS = "/histone-checks"
HEADER = "gene,bin," + ",".join(MARKS)


async def check(client, upload, **how):
    response = await client.post(CHECKS, json={"upload": upload, **how})
    assert response.status_code == 200, response.text
    return response.json()


async def put(client, text, name="a.csv"):
    return (await client.put(f"/uploads/{name}", content=text.encode())).json()["id"]


async def test_a_good_file_is_described(client, upload_matrices, matrices_of):
    upload = await upload_matrices(matrices_of(signals=(*MARKS, "H3K27ac")))
    found = await check(client, upload)
    assert (found["layout"], found["n_rows"], found["n_genes"], found["n_bins"]) == ("header", 240, 12, 20)
    assert (found["signals"], found["n_labelled_on"], found["errors"]) == ([*MARKS, "H3K27ac"], 6, [])
    assert found["first_genes"] == [f"ENSG{index:05d}" for index in range(12)]
    assert found["first_lines"][0].startswith("gene,symbol,bin,H3K27me3")
    assert len(found["first_lines"]) == 3
    values = matrices_of(signals=(*MARKS, "H3K27ac")).values[:, 3]
    summary = found["summaries"][3]
    assert (summary["signal"], summary["maximum"], summary["whole_numbers"]) == ("H3K4me3", values.max(), True)
    assert summary["percentile_99"] == pytest.approx(np.percentile(values, 99), rel=1e-5)
    assert summary["zero_share"] == pytest.approx((values == 0).mean(), rel=1e-5)


async def test_mistakes_are_part_of_the_description(client):
    upload = await put(client, f"{HEADER}\ng1,1,1,2,3,4,5\ng1,2,1,2,-3,x,5\n")
    found = await check(client, upload)
    places = {(error["code"], error["line"], error["column"], error["field"]) for error in found["errors"]}
    assert places == {("negative_value", 3, 5, "file"), ("not_a_number", 3, 6, "file")}
    assert (found["layout"], found["n_genes"], found["summaries"]) == ("header", 0, [])
    assert found["first_lines"][0] == HEADER


@pytest.mark.parametrize(
    ("text", "how", "code"),
    [
        ("", {}, "empty_file"),
        ("hello\nworld\n", {}, "no_separator"),
        ("g1,1,1,2,3,4,5\n", {"layout": "deepdiff"}, "looks_like_deepchrome"),
        ("g1,1,1,2,3,4,5\n", {"layout": "header"}, "missing_header"),
    ],
)
async def test_a_file_without_a_layout_says_so_and_an_analysis_refuses_it(client, problem_of, text, how, code):
    upload = await put(client, text)
    assert (await check(client, upload, **how))["errors"][0]["code"] == code
    refused = await client.post("/chromatin-analyses", json={"file": {"upload": upload, **how}})
    problem = problem_of(refused, 422, "invalid-histone-file")
    assert (problem.errors[0].code, problem.errors[0].field) == (code, "file")


async def test_repairs_are_said(client):
    rows = "".join(f"g1\t{number}\t1\t2\t3\t4\t5\n" for number in (1, 0, 2))
    repairs = {item["code"] for item in (await check(client, await put(client, rows)))["repairs"]}
    assert repairs == {"unsorted_bins", "bins_from_zero", "separator"}


async def test_limits_of_files_hold(client, problem_of, settings):
    genes = "".join(f"g{i},1,1,1,1,1,1\n" for i in range(settings.max_genes + 1))
    rows = "".join(f"g,{i},1,1,1,1,1\n" for i in range(1, settings.max_rows + 2))
    for text, code in ((genes, "too_many_genes"), (rows, "too_many_rows")):
        (error,) = (await check(client, await put(client, text)))["errors"]
        assert error["code"] == code
    upload = await put(client, "0" * (settings.max_histone_bytes + 1))
    (error,) = (await check(client, upload))["errors"]
    assert error["code"] == "too_large"
    refused = await client.post("/chromatin-analyses", json={"file": {"upload": upload}})
    assert problem_of(refused, 422, "invalid-histone-file").errors[0].code == "too_large"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"layout": "guess"}, "layout"),
        ({"signals": ["a"] * 21}, "signals"),
        ({"bin_size_bp": 0}, "bin_size_bp"),
        ({"colour": 1}, "colour"),
    ],
)
async def test_a_reference_that_is_wrong_names_the_field(client, problem_of, change, field):
    response = await client.post(CHECKS, json={"upload": "0" * 32, **change})
    assert [item.field for item in problem_of(response, 422, "invalid-request").errors] == [field]


@pytest.mark.parametrize("upload", ["0" * 32, "../../etc/passwd", ""])
async def test_a_file_that_is_not_there_is_not_found(client, problem_of, upload):
    problem_of(await client.post(CHECKS, json={"upload": upload}), 404, "unknown-upload")


async def test_a_file_is_read_once_per_way_of_reading_even_if_many_ask(
    client, upload_matrices, matrices_of, monkeypatch
):
    upload = await upload_matrices(matrices_of(14))
    reads = []
    read = histone_files.read_histone_file
    monkeypatch.setattr(
        histone_files, "read_histone_file", lambda path, **how: reads.append(how["layout"]) or read(path, **how)
    )
    answers = await asyncio.gather(*(check(client, upload) for _ in range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert reads == [None]
    await check(client, upload, bin_size_bp=10_000)
    assert reads == [None]
    await check(client, upload, layout="header")
    assert reads == [None, "header"]


async def test_what_was_read_goes_with_the_upload_and_survives_until_then(client, app, upload_matrices, matrices_of):
    upload = await upload_matrices(matrices_of(15))
    await check(client, upload)
    folder = app.state.context.uploads.folder(upload)
    (derived,) = [path for path in folder.iterdir() if path.is_dir()]
    assert {path.name for path in derived.iterdir()} == {"values.npy", "labels.npy", "file.json"}
    await client.delete(f"/uploads/{upload}")
    assert not folder.exists()


async def test_a_file_that_is_removed_while_it_is_read_is_not_found(client, app, monkeypatch, problem_of):
    upload = await put(client, "g1,1,1,2,3,4,5\n")
    read = histone_files.read_histone_file

    def read_and_lose(path, **how):
        file = read(path, **how)
        app.state.context.uploads.remove(upload)
        return file

    monkeypatch.setattr(histone_files, "read_histone_file", read_and_lose)
    problem_of(await client.post(CHECKS, json={"upload": upload}), 404, "unknown-upload")


def summary_of(**changes):
    fields = {"maximum": 60, "mean": 3, "percentile_99": 20, "zero_share": 0.4, "whole_numbers": True}
    return [SignalSummary(signal="H3K4me3", **(fields | changes))]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"whole_numbers": False}, "not_counts", "trained on read counts"),
        ({"percentile_99": 101}, "scale", "99th percentile of 101, more than 5 times above the 20"),
        ({"percentile_99": 3.9}, "scale", "99th percentile of 3.9, more than 5 times below the 20"),
        ({"zero_share": 0.71}, "zeros", "71% of the bins of H3K4me3 are zero; in training 40% were"),
        ({"zero_share": 0.09}, "zeros", "9% of the bins"),
        ({"maximum": 0, "percentile_99": 0, "zero_share": 1}, "zeros", "zero everywhere"),
    ],
)
def test_each_difference_from_training_is_said_with_both_figures(chromatin_card, changes, code, words):
    (shift,) = shifts(summary_of(**changes), n_bins=20, cards=[chromatin_card])
    assert (shift.code, shift.signal, shift.checkpoint) == (code, "H3K4me3", chromatin_card.name)
    assert words in shift.message


@pytest.mark.parametrize("changes", [{}, {"percentile_99": 99}, {"percentile_99": 4.1}, {"zero_share": 0.69}])
def test_what_is_like_training_is_no_shift(chromatin_card, changes):
    assert shifts(summary_of(**changes), n_bins=20, cards=[chromatin_card]) == []


def test_another_number_of_bins_is_said(chromatin_card):
    (more,) = shifts([], n_bins=30, cards=[chromatin_card])
    (fewer,) = shifts([], n_bins=10, cards=[chromatin_card])
    assert (more.code, fewer.code) == ("number_of_bins", "number_of_bins")
    assert "30 bins per gene" in more.message
    assert "the 20 in the middle" in more.message
    assert "answers from less" in fewer.message


def test_imported_weights_have_nothing_to_compare_with(chromatin_card):
    card = chromatin_card.model_copy(update={"signal_ranges": ()})
    assert shifts(summary_of(percentile_99=1e6), n_bins=20, cards=[card]) == []


async def test_a_check_compares_with_the_checkpoints_of_its_bin_size(client, upload_matrices, matrices_of):
    matrices = matrices_of(13)
    scaled = type(matrices)(matrices.genes, matrices.symbols, matrices.signals, matrices.values / 2.5, matrices.labels)
    upload = await upload_matrices(scaled)
    fine = (await check(client, upload))["shifts"]
    assert {shift["code"] for shift in fine} == {"not_counts"}
    assert len({shift["checkpoint"] for shift in fine}) == 5
    assert len(fine) == 25
    coarse = (await check(client, upload, bin_size_bp=10_000))["shifts"]
    assert {shift["checkpoint"] for shift in coarse} == {"e116-coarse"}
