from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from backend.services.errors import InvalidFieldsError
from backend.services.job_kinds import chromatin_scoring
from backend.services.job_kinds.chromatin_scoring import KIND, ChromatinScoringParameters
from backend.services.job_kinds.stopped import JobStopped
from models.checkpoints import load_chromatin_checkpoint
from models.histone import MARKS, HistoneMatrices
from models.histone_file import write_deepchrome
from models.predict import positive_logit, positive_probability

FILE = "1" * 32
ATTENTIVE, LINEAR, TEN_KB = "e003-attentive_lstm_alpha_beta", "e003-mark_mean_linear", "e116_10kb-mark_mean_linear"
N = 30
MakeRun = Callable[..., Any]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(chromatin_scoring, "CHUNK_GENES", 8)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def matrices(signals: tuple[str, ...] = MARKS, *, labelled: bool = True) -> HistoneMatrices:
    random = np.random.default_rng(1)
    values = random.integers(0, 20, (N, len(signals), 100)).astype(np.float32)
    labels = random.integers(0, 2, N).astype(np.int8) if labelled else None
    return HistoneMatrices(tuple(f"ENSG{i:011}" for i in range(N)), ("",) * N, signals, values, labels)


def uploaded(tmp_path: Path, given: HistoneMatrices) -> dict[str, Path]:
    write_deepchrome(tmp_path / "genes.csv.gz", given, header=True)
    return {FILE: tmp_path / "genes.csv.gz"}


def parameters(**given: Any) -> ChromatinScoringParameters:
    return ChromatinScoringParameters(**({"file": FILE, "checkpoints": [LINEAR, ATTENTIVE]} | given))


def rows_of(run: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(run.files["scores.parquet"]).to_pylist()
    return rows


def mistakes_of(work: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFieldsError) as caught:
        work()
    return [(field.field, field.code) for field in caught.value.fields]


def test_scores_and_labels_are_those_of_each_gene_whatever_the_order_of_marks(
    tmp_path: Path, make_run: MakeRun
) -> None:
    given = matrices((*reversed(MARKS), "H3K27ac"))
    run = make_run(uploads=uploaded(tmp_path, given))

    summary = KIND.run(parameters(), run)

    rows = rows_of(run)
    X = torch.from_numpy(given.of(MARKS))
    for name in (LINEAR, ATTENTIVE):
        network = load_chromatin_checkpoint(name).network
        with torch.inference_mode():
            expected = positive_logit(network, X).tolist()
        assert [row[f"{name}.logit"] for row in rows] == pytest.approx(expected, abs=1e-4)
        exact = positive_probability(network, X).tolist()
        assert [row[f"{name}.probability"] for row in rows] == pytest.approx(exact, abs=1e-6)
    assert [row["gene"] for row in rows] == list(given.genes)
    assert given.labels is not None
    assert [row["label"] for row in rows] == given.labels.tolist()
    assert summary["genes"] == N
    assert len(run.files["scores.tsv"].read_text().splitlines()) == N + 1
    assert run.live[-1].done == N


def test_attention_comes_as_lists_of_the_pass_that_answers(tmp_path: Path, make_run: MakeRun) -> None:
    given = matrices(labelled=False)
    run = make_run(uploads=uploaded(tmp_path, given))
    KIND.run(parameters(attention=True), run)

    rows = rows_of(run)
    network: Any = load_chromatin_checkpoint(ATTENTIVE).network
    with torch.inference_mode():
        attended = network.attend(torch.from_numpy(given.of(MARKS)))
    alpha = np.array([row[f"{ATTENTIVE}.bin_attention"] for row in rows])
    beta = np.array([row[f"{ATTENTIVE}.mark_attention"] for row in rows])
    np.testing.assert_allclose(alpha, attended.bin_attention.numpy(), atol=1e-6)
    np.testing.assert_allclose(beta, attended.mark_attention.numpy(), atol=1e-6)
    np.testing.assert_allclose(alpha.sum(2), 1, atol=1e-5)
    assert rows[0]["label"] is None
    assert f"{LINEAR}.bin_attention" not in rows[0]
    assert "attention" not in run.files["scores.tsv"].read_text().splitlines()[0]


def test_an_interrupted_job_ends_in_the_same_bytes(tmp_path: Path, make_run: MakeRun) -> None:
    upload = uploaded(tmp_path, matrices())
    undisturbed = make_run(uploads=upload)
    KIND.run(parameters(attention=True), undisturbed)
    expected = {name: path.read_bytes() for name, path in undisturbed.files.items() if "part" not in name}
    parts = sorted((tmp_path / "parts").glob("*"))
    assert len(parts) == 4
    for part in parts:
        part.unlink()

    with pytest.raises(JobStopped):
        KIND.run(parameters(attention=True), make_run(uploads=upload, stop_after=3))
    assert len(list((tmp_path / "parts").glob("*"))) == 2
    second = make_run(uploads=upload)
    KIND.run(parameters(attention=True), second)

    assert {name: path.read_bytes() for name, path in second.files.items() if "part" not in name} == expected
    assert sum(step == "Scoring" for step, *_ in second.progress) == 2


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ({"checkpoints": []}, ("parameters.checkpoints", "no_checkpoint")),
        ({"checkpoints": [LINEAR, "nobody"]}, ("parameters.checkpoints.1", "unknown_checkpoint")),
        ({"checkpoints": [f"n{i}" for i in range(7)]}, ("parameters.checkpoints", "too_many_checkpoints")),
        ({"checkpoints": [LINEAR, TEN_KB]}, ("parameters.checkpoints.1", "refused")),
        ({"checkpoints": [LINEAR], "attention": True}, ("parameters.attention", "refused")),
        ({"file": None}, ("parameters.file", "missing")),
    ],
)
def test_requests_that_cannot_be_meant_are_refused(
    tmp_path: Path, make_run: MakeRun, given: dict[str, Any], mistake: tuple[str, str]
) -> None:
    place = make_run(uploads=uploaded(tmp_path, matrices()))

    assert mistakes_of(lambda: KIND.check(parameters(**given), place)) == [mistake]


def test_a_missing_mark_is_said_by_the_rule_of_the_synchronous_route(tmp_path: Path, make_run: MakeRun) -> None:
    place = make_run(uploads=uploaded(tmp_path, matrices(MARKS[1:])))

    assert mistakes_of(lambda: KIND.check(parameters(), place)) == [
        ("parameters.checkpoints.0", "refused"),
        ("parameters.checkpoints.1", "refused"),
    ]


def test_a_mistake_of_the_file_is_named_by_its_line(tmp_path: Path, make_run: MakeRun) -> None:
    (tmp_path / "genes.csv").write_text("gene,bin,H3K4me3\nA,1,-3\n")
    place = make_run(uploads={FILE: tmp_path / "genes.csv"})

    for work in (KIND.check, KIND.run):
        with pytest.raises(InvalidFieldsError, match="line 2"):
            work(parameters(), place)


def test_the_cost_counts_the_genes(tmp_path: Path, make_run: MakeRun) -> None:
    cost = KIND.check(parameters(), make_run(uploads=uploaded(tmp_path, matrices())))

    assert cost.words == f"{N} genes x 2 models"
    assert cost.seconds > 0
