from collections.abc import Callable
from typing import Any

import pytest

from backend.services.errors import InvalidFieldsError
from backend.services.job_kinds.sequence_design import SequenceDesignParameters, check, run, start_of
from backend.services.job_kinds.stopped import JobStopped

Runs = Callable[..., Any]
GREEDY = {"method": "greedy", "checkpoint": "ctcf_weri-demo_rnn", "max_edits": 3}
LEDIDI = {"method": "ledidi", "checkpoint": "ctcf_weri-demo_rnn", "n_steps": 30}


def refusal(make_run: Runs, **given: Any) -> tuple[str, str, str]:
    with pytest.raises(InvalidFieldsError) as caught:
        check(SequenceDesignParameters(**given), make_run())
    return caught.value.fields[0]


def contents(job: Any) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in job.files.items()}


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"checkpoint": "nothing"}, "checkpoint", "unknown_checkpoint"),
        ({"checkpoint": "e003-deepchrome"}, "checkpoint", "wrong_task"),
        ({"checkpoint": "ctcf_weri-kmer_logistic"}, "checkpoint", "no_gradient"),
        ({"judge": "nothing"}, "judge", "unknown_checkpoint"),
        ({"judge": "ctcf_weri-demo_cnn"}, "judge", "same_architecture"),
        ({"judge": "myc_h1-demo_rnn"}, "judge", "other_factor"),
        ({"start": "ACGT"}, "start", "wrong_length"),
        ({"start": "ACGN" + "A" * 97}, "start", "unknown_bases"),
        ({"start": "ACG!" + "A" * 97}, "start", None),
        ({"start": ">a\nACG\n>b\nACG\n"}, "start", None),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(
    make_run: Runs, given: dict[str, Any], field: str, code: str | None
) -> None:
    refused = refusal(make_run, **given)

    assert refused[0] == f"parameters.{field}"
    assert code is None or refused[1] == code


def test_a_baseline_may_judge_and_no_judge_is_warned_about(make_run: Runs) -> None:
    place = make_run()

    assert (
        "judged by ctcf_weri-kmer_logistic"
        in check(SequenceDesignParameters(judge="ctcf_weri-kmer_logistic"), place).words
    )
    assert check(SequenceDesignParameters(judge="none"), place).warnings
    assert not check(SequenceDesignParameters(), place).warnings


def test_a_second_sequence_is_refused_in_words_for_a_start() -> None:
    with pytest.raises(InvalidFieldsError) as caught:
        start_of(SequenceDesignParameters(start=">a\nACG\n>b\nACG\n"), 101)

    assert caught.value.fields[0].message == (
        "A design starts from one sequence; a second begins in line 3. Leave only one."
    )


def test_a_random_start_has_the_length_and_about_the_gc_that_was_asked() -> None:
    rich, poor = (start_of(SequenceDesignParameters(background_gc=gc), 101) for gc in (0.9, 0.1))

    assert len(rich) == len(poor) == 101
    assert sum(base in "GC" for base in rich) > 70
    assert sum(base in "GC" for base in poor) < 30
    assert start_of(SequenceDesignParameters(start=">mine\n" + "acgt" * 25 + "u"), 101) == "ACGT" * 25 + "T"


@pytest.mark.parametrize("given", [GREEDY, LEDIDI], ids=["greedy", "ledidi"])
def test_a_design_is_dna_whose_edits_and_scores_are_told(make_run: Runs, given: dict[str, Any]) -> None:
    job = make_run()
    summary = run(SequenceDesignParameters(**given), job)
    live = job.live[-1]
    first, last = live.frames[0], live.frames[-1]
    header, start, design_header, design = job.files["design.fa"].read_text().splitlines()
    edits = job.files["edits.txt"].read_text().splitlines()[1:]

    assert (first.step, first.sequence, first.n_edits) == (0, live.start, 0)
    assert start == live.start
    assert design == last.sequence
    assert set(design) <= set("ACGT")
    assert len(edits) == last.n_edits == summary["n_edits"] == sum(a != b for a, b in zip(start, design, strict=True))
    assert all(f"{start[i - 1]} > {design[i - 1]}" in line for line in edits for i in [int(line.split()[1][:-1])])
    assert last.score > first.score
    assert last.judge_score is not None
    assert f"score={last.score:.6f} judge={live.judge}" in design_header
    assert f"score={first.score:.6f}" in header
    assert len(job.files["trajectory.tsv"].read_text().splitlines()) == 2 + len(live.frames)
    assert [frame.step for frame in live.frames] == sorted({frame.step for frame in live.frames})


def test_greedy_keeps_to_its_edits(make_run: Runs) -> None:
    assert run(SequenceDesignParameters(**GREEDY), make_run())["n_edits"] <= 3


def test_the_judge_never_influences_the_design(make_run: Runs) -> None:
    designs = set()
    for judge in ("none", "ctcf_weri-demo_cnn", "ctcf_weri-kmer_logistic"):
        job = make_run()
        (job.folder / "kept" / "judge").unlink(missing_ok=True)
        run(SequenceDesignParameters(**GREEDY, judge=judge), job)
        designs.add(job.live[-1].frames[-1].sequence)

    assert len(designs) == 1


@pytest.mark.parametrize("given", [GREEDY, LEDIDI], ids=["greedy", "ledidi"])
def test_a_job_that_was_interrupted_ends_with_the_same_bytes(make_run: Runs, given: dict[str, Any]) -> None:
    with pytest.raises(JobStopped):
        run(SequenceDesignParameters(**given), make_run(stop_after=2))
    second, third = make_run(), make_run()

    assert run(SequenceDesignParameters(**given), second) == run(SequenceDesignParameters(**given), third)
    assert contents(second) == contents(third)
