import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from backend.services.errors import InvalidFieldsError
from backend.services.job_kinds.sequence_scoring import KIND, SequenceScoringParameters
from models.checkpoints import load_checkpoint
from models.examples import random_sequence
from models.predict import positive_logit
from models.sequence import one_hot_encode, reverse_complement

SITES, GENOME = "2" * 32, "3" * 32
CNN = "ctcf_weri-demo_cnn"
MakeRun = Callable[..., Any]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def dna(seed: int, length: int) -> str:
    return random_sequence(np.random.default_rng(seed), length)


def rows_of(run: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(run.files["scores.parquet"]).to_pylist()
    return rows


def logit(sequence: str) -> float:
    with torch.inference_mode():
        return float(positive_logit(load_checkpoint(CNN).network, one_hot_encode([sequence], length=101)))


def mistakes_of(work: Callable[[], object]) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidFieldsError) as caught:
        work()
    return [(field.field, field.code, field.message) for field in caught.value.fields]


@pytest.fixture
def genome(tmp_path: Path) -> dict[str, str]:
    chromosomes = {"chr1": dna(11, 900), "chr2": dna(12, 300)}
    with gzip.open(tmp_path / "genome", "wt") as file:
        for name, bases in chromosomes.items():
            file.write(f">{name}\n" + "".join(f"{bases[i : i + 70]}\n" for i in range(0, len(bases), 70)))
    return chromosomes


def sites(tmp_path: Path, text: str) -> dict[str, Path]:
    (tmp_path / "sites.bed").write_text(text)
    return {SITES: tmp_path / "sites.bed", GENOME: tmp_path / "genome"}


def of_sites(**given: Any) -> SequenceScoringParameters:
    own = {"source": "bed", "intervals": SITES, "genome": GENOME, "assembly": "my own", "checkpoints": [CNN]}
    return SequenceScoringParameters(**(own | given))


def test_sites_are_scored_on_their_strand_around_their_centre(
    tmp_path: Path, make_run: MakeRun, genome: dict[str, str]
) -> None:
    text = "track name=x\nchr1\t100\t201\tp\t0\t+\nchr1\t100\t201\tm\t0\t-\nchr2\t140\t160\nchr2\t0\t50\tedge\n"
    run = make_run(uploads=sites(tmp_path, text))

    KIND.run(of_sites(), run)

    plus, minus, short, edge = rows_of(run)
    assert plus[f"{CNN}.logit"] == pytest.approx(logit(genome["chr1"][100:201]), abs=1e-4)
    assert minus[f"{CNN}.logit"] == pytest.approx(logit(reverse_complement(genome["chr1"][100:201])), abs=1e-4)
    assert short[f"{CNN}.logit"] == pytest.approx(logit(genome["chr2"][100:201]), abs=1e-4)
    assert [(row["chrom"], row["start"], row["end"], row["strand"], row["window_start"]) for row in (minus, short)] == [
        ("chr1", 100, 201, "-", 100),
        ("chr2", 140, 160, "+", 100),
    ]
    assert edge["skipped"] == "its window reaches beyond the start of chr2"
    assert "\t-\t" in run.files["scores.tsv"].read_text().splitlines()[2]
    assert "my own" in run.files["conventions.txt"].read_text()


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("1\t1\t5", ("chromosome_style", "Line 2, column 1")),
        ("chr9\t1\t5", ("unknown_chromosome", "Line 2, column 1")),
        ("chr2\t1\t301", ("beyond_chromosome", "Line 2, column 3")),
        ("chr2\t9\t5", ("start_after_end", "Line 2, column 2")),
    ],
)
def test_a_site_that_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, make_run: MakeRun, genome: dict[str, str], line: str, mistake: tuple[str, str]
) -> None:
    run = make_run(uploads=sites(tmp_path, f"chr1\t1\t9\n{line}\n"))

    ((field, found, message),) = mistakes_of(lambda: KIND.run(of_sites(), run))
    assert field == "parameters.intervals"
    assert (found, message.partition(":")[0]) == mistake
    assert not run.files


def test_the_check_finds_what_is_cheap_to_find(tmp_path: Path, make_run: MakeRun, genome: dict[str, str]) -> None:
    cases = {
        "1\t1\t9": ("my own", "parameters.intervals", "chromosome_style"),
        "chr1\t9\t1": ("my own", "parameters.intervals", "start_after_end"),
        "chr1\t1\t999999999": ("hg38", "parameters.intervals", "beyond_chromosome"),
        "chr1\t1\t9": (" ", "parameters.assembly", "missing"),
    }
    for text, (assembly, field, code) in cases.items():
        place = make_run(uploads=sites(tmp_path, text))
        mistakes = mistakes_of(lambda p=place, a=assembly: KIND.check(of_sites(assembly=a), p))
        assert [(one[0], one[1]) for one in mistakes] == [(field, code)]


def test_a_genome_of_another_assembly_is_refused(tmp_path: Path, make_run: MakeRun, genome: dict[str, str]) -> None:
    run = make_run(uploads=sites(tmp_path, "chr1\t1\t9\n"))

    ((field, code, message),) = mistakes_of(lambda: KIND.run(of_sites(assembly="hg19"), run))
    assert (field, code) == ("parameters.assembly", "other_assembly")
    assert "its chr1 has 900 bp" in message
