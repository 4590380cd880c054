import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from backend.services.errors import InvalidFieldsError
from backend.services.job_kinds import sequence_scoring
from backend.services.job_kinds.sequence_scoring import KIND, SequenceScoringParameters
from backend.services.job_kinds.stopped import JobStopped
from backend.services.scoring import chosen_checkpoints, window_scorer
from models.checkpoints import Checkpoint, load_checkpoint
from models.examples import random_sequence
from models.explanations import EXPLANATIONS, explain
from models.predict import positive_logit, positive_probability
from models.sequence import one_hot_encode, reverse_complement

SEQUENCES = "1" * 32
CNN, KMER = "ctcf_weri-demo_cnn", "ctcf_weri-kmer_logistic"
MakeRun = Callable[..., Any]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(window_scorer, "CHUNK_ITEMS", 8)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def dna(seed: int, length: int = 101) -> str:
    return random_sequence(np.random.default_rng(seed), length)


def fasta(path: Path, sequences: list[str], names: list[str] | None = None) -> Path:
    names = names or [f"s{i}" for i in range(len(sequences))]
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in zip(names, sequences, strict=True)))
    return path


def parameters(**given: Any) -> SequenceScoringParameters:
    return SequenceScoringParameters(**({"sequences": SEQUENCES, "checkpoints": [CNN]} | given))


def rows_of(run: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(run.files["scores.parquet"]).to_pylist()
    return rows


def logit(sequence: str, checkpoint: str = CNN) -> float:
    with torch.inference_mode():
        return float(positive_logit(load_checkpoint(checkpoint).network, one_hot_encode([sequence], length=101)))


def mistakes_of(work: Callable[[], object]) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidFieldsError) as caught:
        work()
    return [(field.field, field.code, field.message) for field in caught.value.fields]


def test_scores_are_those_of_a_forward_pass_of_each_sequence(tmp_path: Path, make_run: MakeRun) -> None:
    sequences = [dna(i) for i in range(70)]
    run = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", sequences)})

    summary = KIND.run(parameters(checkpoints=[CNN, KMER]), run)

    rows = rows_of(run)
    assert [row["name"] for row in rows] == [f"s{i}" for i in range(70)]
    for name in (CNN, KMER):
        network = load_checkpoint(name).network
        expected = [float(positive_probability(network, one_hot_encode([each]))) for each in sequences]
        assert [row[f"{name}.probability"] for row in rows] == pytest.approx(expected, abs=1e-6)
        assert [row[f"{name}.logit"] for row in rows] == pytest.approx([logit(s, name) for s in sequences], abs=1e-4)
    assert summary["sequences"] == summary["scored"] == 70
    assert summary[f"bound by {CNN}"] == sum(row[f"{CNN}.probability"] >= 0.5 for row in rows)


def test_strands_are_those_of_the_synchronous_page_and_their_mean(tmp_path: Path, make_run: MakeRun) -> None:
    sequences = [dna(1), dna(2)[:60]]
    upload = {SEQUENCES: fasta(tmp_path / "a.fa", sequences)}
    found = {}
    for strand in ("forward", "reverse", "mean"):
        run = make_run(uploads=upload)
        for part in (tmp_path / "parts").glob("*"):
            part.unlink()
        KIND.run(parameters(strand=strand), run)
        found[strand] = [row[f"{CNN}.logit"] for row in rows_of(run)]

    forward, reverse = [logit(s) for s in sequences], [logit(reverse_complement(s)) for s in sequences]
    assert found["forward"] == pytest.approx(forward, abs=1e-4)
    assert found["reverse"] == pytest.approx(reverse, abs=1e-4)
    assert found["mean"] == pytest.approx((np.array(forward) + reverse) / 2, abs=1e-4)


def test_of_a_long_sequence_the_best_or_the_central_window_is_scored(tmp_path: Path, make_run: MakeRun) -> None:
    long = dna(3, 420)
    upload = {SEQUENCES: fasta(tmp_path / "a.fa", [long])}
    run = make_run(uploads=upload)
    KIND.run(parameters(step=7), run)
    starts = [*range(0, 319, 7), 319]
    scores = [logit(long[start : start + 101]) for start in starts]
    (row,) = rows_of(run)
    assert row["window_offset"] == starts[int(np.argmax(scores))]
    assert row[f"{CNN}.logit"] == pytest.approx(max(scores), abs=1e-4)

    for part in (tmp_path / "parts").glob("*"):
        part.unlink()
    run = make_run(uploads=upload)
    KIND.run(parameters(long="centre"), run)
    (row,) = rows_of(run)
    assert row["window_offset"] == 160
    assert row[f"{CNN}.logit"] == pytest.approx(logit(long[160:261]), abs=1e-4)


def test_what_gives_no_number_has_a_reason_instead(tmp_path: Path, make_run: MakeRun) -> None:
    sequences = [dna(1), dna(2)[:60], "N" * 101, "N" * 200 + dna(3) + "N" * 200]
    run = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", sequences)})

    summary = KIND.run(parameters(short="skip"), run)

    rows = rows_of(run)
    assert [row["skipped"] for row in rows] == [
        None,
        "it has 60 bases, fewer than the 101 of a window",
        "its window holds no A, C, G or T",
        None,
    ]
    assert [row[f"{CNN}.logit"] is None for row in rows] == [False, True, True, False]
    assert 100 < rows[3]["window_offset"] < 301
    assert (summary["scored"], summary["skipped"]) == (2, 2)
    assert run.live[-1].skipped == 2


def test_short_sequences_are_padded_as_on_the_page(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [dna(2)[:60]])})
    KIND.run(parameters(), run)

    (row,) = rows_of(run)
    assert (row["padding"], row["length"]) == (41, 60)
    assert row[f"{CNN}.logit"] == pytest.approx(logit(dna(2)[:60]), abs=1e-4)


@pytest.mark.parametrize("method", ["corrected_saliency", "saliency"])
def test_explanations_are_those_of_the_registry(tmp_path: Path, make_run: MakeRun, method: str) -> None:
    sequences = [dna(1), "N" * 101, dna(2)]
    run = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", sequences)})
    KIND.run(parameters(explain=method, checkpoints=[CNN, KMER], strand="reverse"), run)

    first, unknown, last = rows_of(run)
    explanation = EXPLANATIONS.get(method)
    X = one_hot_encode([reverse_complement(dna(1)), reverse_complement(dna(2))])
    expected = explain(explanation, load_checkpoint(CNN).network, X, parameters=explanation.parameters())[method]
    column = f"{CNN}.{method}"
    np.testing.assert_allclose([first[column], last[column]], expected.numpy(), rtol=1e-3, atol=1e-6)
    assert unknown[column] is None
    assert f"{KMER}.{method}" not in first
    assert column not in run.files["scores.tsv"].read_text().splitlines()[0].split("\t")


def test_an_interrupted_job_does_not_repeat_parts_and_ends_in_the_same_bytes(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = {SEQUENCES: fasta(tmp_path / "a.fa", [dna(i, 90 + i) for i in range(60)])}
    undisturbed = make_run(uploads=upload)
    KIND.run(parameters(explain="corrected_saliency"), undisturbed)
    expected = {name: path.read_bytes() for name, path in undisturbed.files.items() if "part" not in name}
    for path in [*(tmp_path / "parts").glob("*"), *(tmp_path / "kept").glob("*")]:
        path.unlink()

    with pytest.raises(JobStopped):
        KIND.run(parameters(explain="corrected_saliency"), make_run(uploads=upload, stop_after=4))
    done = sorted(path.name for path in (tmp_path / "parts").glob("*"))
    assert 0 < len(done) < 8

    scored: list[int] = []
    real = window_scorer.WindowScorer.score

    def counting(self: Any, items: Any, **options: Any) -> Any:
        scored.append(items[0].cells[0])
        return real(self, items, **options)

    monkeypatch.setattr(window_scorer.WindowScorer, "score", counting)
    second = make_run(uploads=upload)
    KIND.run(parameters(explain="corrected_saliency"), second)

    assert scored == [1 + 8 * part for part in range(len(done), 8)]
    assert {name: path.read_bytes() for name, path in second.files.items() if "part" not in name} == expected
    assert second.live[-1] == undisturbed.live[-1]
    assert not any(step == "Reading" for step, *_ in second.progress)


def test_text_is_clean_for_pandas_and_safe_in_spreadsheets(tmp_path: Path, make_run: MakeRun) -> None:
    names = ["=cmd|'/C calc'!A0", "-1+1", "@SUM", "+x", "plain"]
    run = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [dna(i) for i in range(5)], names)})
    KIND.run(parameters(), run)

    rows = list(csv.DictReader(run.files["scores.tsv"].read_text().splitlines(), delimiter="\t"))
    assert [row["name"] for row in rows] == ["'=cmd|'/C", "'-1+1", "'@SUM", "'+x", "plain"]
    exact = [row[f"{CNN}.logit"] for row in rows_of(run)]
    assert [float(row[f"{CNN}.logit"]) for row in rows] == pytest.approx(exact, rel=1e-5)
    assert rows_of(run)[0]["name"] == "=cmd|'/C"


def test_conventions_travel_with_the_numbers(tmp_path: Path, make_run: MakeRun) -> None:
    upload = tmp_path / "a.fa"
    upload.write_text(f">a\n{dna(1).lower()}\n")
    run = make_run(uploads={SEQUENCES: upload})
    KIND.run(parameters(explain="saliency"), run)

    stated = json.loads(pq.read_schema(run.files["scores.parquet"]).metadata[b"regulens"])
    assert load_checkpoint(CNN).card.sha256 in stated["checkpoints"][CNN]
    assert {"logit", "strand", "windows", "saliency"} <= stated.keys()
    text = run.files["conventions.txt"].read_text()
    assert stated["windows"] in text
    assert "lower-case" in text.lower()
    assert any("1 record, 101 letters" in line for line in run.logs)


def test_live_shows_the_first_rows_and_the_spread(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [dna(i) for i in range(30)])})
    KIND.run(parameters(), run)

    first, last = run.live[0], run.live[-1]
    assert (first.done, last.done, last.total) == (8, 30, 30)
    assert len(last.preview) == 20
    assert len(last.preview[0]) == len(last.columns)
    assert sum(last.histograms[f"{CNN}.probability"]) == 30
    assert len(last.histogram_edges) == 21
    assert [done for step, done, _, _ in run.progress if step == "Scoring"] == sorted(
        done for step, done, _, _ in run.progress if step == "Scoring"
    )


def test_a_mistake_at_the_end_of_the_file_is_said_before_anything_is_scored(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [*[dna(i) for i in range(20)], "ACGZ"])})

    ((field, code, message),) = mistakes_of(lambda: KIND.run(parameters(), run))
    assert (field, code) == ("parameters.sequences", "unexpected_character")
    assert "line 42, column 4" in message
    assert not run.files


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"checkpoints": []}, "parameters.checkpoints", "no_checkpoint"),
        ({"checkpoints": ["nobody"]}, "parameters.checkpoints.0", "unknown_checkpoint"),
        ({"checkpoints": [f"n{i}" for i in range(11)]}, "parameters.checkpoints", "too_many_checkpoints"),
        ({"checkpoints": [], "factor": "nothing"}, "parameters.factor", "unknown_factor"),
        ({"explain": "saliency", "strand": "mean"}, "parameters.explain", "two_strands"),
        ({"explain": "saliency", "checkpoints": [KMER]}, "parameters.explain", "refused"),
        ({"sequences": None}, "parameters.sequences", "missing"),
    ],
)
def test_requests_that_cannot_be_meant_are_refused(
    tmp_path: Path, make_run: MakeRun, given: dict[str, Any], field: str, code: str
) -> None:
    place = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [dna(1)])})

    ((found_field, found, message),) = mistakes_of(lambda: KIND.check(parameters(**given), place))
    assert (found_field, found) == (field, code)
    assert message


def test_a_factor_stands_for_all_its_models(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [dna(1)])})
    KIND.run(parameters(checkpoints=[], factor="elk1_gm12878"), run)

    names = [name for name in rows_of(run)[0] if name.endswith(".probability")]
    assert len(names) == 4
    assert all(name.startswith("elk1_gm12878-") for name in names)


def test_the_cost_counts_small_files_and_estimates_large_ones(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [dna(i) for i in range(6_000)])})
    exact = KIND.check(parameters(), place)
    monkeypatch.setattr(sequence_scoring, "SAMPLED", 2_000)
    about = KIND.check(parameters(), place)

    assert "6,000 sequences" in exact.words
    assert about.words.startswith("about ")
    assert about.seconds == pytest.approx(exact.seconds, rel=0.1)


def test_too_many_to_explain_are_refused(tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence_scoring, "MAX_EXPLAINED", 3)
    place = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [dna(i) for i in range(4)])})

    for work in (KIND.check, KIND.run):
        ((field, code, _),) = mistakes_of(lambda w=work: w(parameters(explain="saliency"), place))
        assert (field, code) == ("parameters.explain", "too_many")


def test_checkpoints_of_different_windows_are_refused(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shorter(name: str, **options: Any) -> Checkpoint:
        network, card = load_checkpoint(name, **options)
        return Checkpoint(network, card.model_copy(update={"input_length": 51}) if name == KMER else card)

    monkeypatch.setattr(chosen_checkpoints, "load_checkpoint", shorter)
    place = make_run(uploads={SEQUENCES: fasta(tmp_path / "a.fa", [dna(1)])})

    ((field, code, message),) = mistakes_of(lambda: KIND.check(parameters(checkpoints=[CNN, KMER]), place))
    assert (field, code) == ("parameters.checkpoints", "different_lengths")
    assert f"{KMER} reads 51 bases" in message


def test_a_packed_file_gives_the_same_scores(tmp_path: Path, make_run: MakeRun) -> None:
    plain = fasta(tmp_path / "a.fa", [dna(i) for i in range(3)])
    (tmp_path / "b.fa.gz").write_bytes(gzip.compress(plain.read_bytes()))
    found = []
    for path in (plain, tmp_path / "b.fa.gz"):
        run = make_run(uploads={SEQUENCES: path})
        for part in (tmp_path / "parts").glob("*"):
            part.unlink()
        KIND.run(parameters(), run)
        found.append(run.files["scores.parquet"].read_bytes())

    assert found[0] == found[1]
