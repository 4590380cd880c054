"""The files of a class optimisation; each says what its numbers are, where its format has room for words."""

from collections.abc import Iterable, Sequence
from typing import Final

from torch import Tensor

from backend.services.job_kinds.kind import JobRun
from backend.services.optimisation.trajectory import Subject, Trajectory
from models.histone import bin_starts_bp
from models.motif_formats import consensus, meme_text, transfac_text
from models.pattern_maps import Space

TEXT: Final = "text/plain; charset=utf-8"
TSV: Final = "text/tab-separated-values; charset=utf-8"


def offer_files(run: JobRun, trajectory: Trajectory, X: Tensor, *, seed: int, space: Space) -> None:
    """Offer the matrices of all restarts, shape (n_restarts, rows, columns), and the curve of the best one."""
    if trajectory.subject.bin_size_bp is None:
        _offer_motifs(run, trajectory, X)
    else:
        _offer_maps(run, trajectory, X[trajectory.best], bin_size_bp=trajectory.subject.bin_size_bp)
    unit = "log(1 + reads)" if space == "log1p" else "as optimised"
    raw = _raw(trajectory, X, seed=seed, unit=unit)
    run.offer("raw.tsv", raw.encode(), media_type=TSV, description="Every restart before post-processing")
    run.offer("curve.tsv", _curve(trajectory).encode(), media_type=TSV, description="Score and loss, best restart")


def _offer_motifs(run: JobRun, trajectory: Trajectory, X: Tensor) -> None:
    subject, best = trajectory.subject, trajectory.best
    order = [best, *(restart for restart in range(len(X)) if restart != best)]
    motifs = [(f"{_name(subject)}_restart_{restart + 1}", trajectory.finish(X[restart])) for restart in order]
    name, frequencies = motifs[0]
    comments = [*_facts(trajectory), subject.convention]
    transfac = transfac_text(frequencies, name=name, comments=comments)
    run.offer("matrix.transfac", transfac.encode(), media_type=TEXT, description="Best restart, for WebLogo and others")
    run.offer("matrices.meme", meme_text(motifs).encode(), media_type=TEXT, description="All restarts, best first")
    words = "the most frequent base of each column; not a sequence that was optimised, and no best one"
    fasta = f">{name} {words}\n{consensus(frequencies)}\n"
    run.offer("consensus.fa", fasta.encode(), media_type=TEXT, description="Most frequent base of each column")


def _offer_maps(run: JobRun, trajectory: Trajectory, X: Tensor, *, bin_size_bp: int) -> None:
    subject = trajectory.subject
    values = trajectory.finish(X)
    table = "".join(_line(f"{value:.6f}" for value in row) for row in values.tolist())
    marks = ", ".join(subject.rows)
    run.offer("table.txt", table.encode(), media_type=TEXT, description=f"As published: rows {marks}, columns bins")
    starts = bin_starts_bp(values.shape[1], bin_size_bp).tolist()
    bins = (
        _line([start, start + bin_size_bp, *(f"{value:.6f}" for value in column)])
        for start, column in zip(starts, values.T.tolist(), strict=True)
    )
    head = _line(["start_bp", "end_bp", *subject.rows])
    named = _comments([*_facts(trajectory), subject.convention, _BINS]) + head + "".join(bins)
    run.offer("map.tsv", named.encode(), media_type=TSV, description="The same with names and bins in bp from the TSS")


_BINS: Final = "Bins in bp relative to the TSS, 5' to 3' of the gene; the end is not part of the bin."


def _raw(trajectory: Trajectory, X: Tensor, *, seed: int, unit: str) -> str:
    subject, last = trajectory.subject, trajectory.last
    columns = range(1, X.shape[2] + 1)
    head = _line(["restart", "seed", "score", "loss", "row", *columns])
    lines = (
        _line(
            [
                restart + 1,
                seed + restart,
                f"{float(last.score[restart]):.6f}",
                f"{float(last.loss[restart]):.6f}",
                name,
                *(f"{value:.6f}" for value in row),
            ]
        )
        for restart, matrix in enumerate(X.tolist())
        for name, row in zip(subject.rows, matrix, strict=True)
    )
    words = f"X before post-processing, {unit}; columns counted from 1."
    return _comments([*_facts(trajectory), words, subject.convention]) + head + "".join(lines)


def _curve(trajectory: Trajectory) -> str:
    best = trajectory.best
    lines = (
        _line([point.step, f"{float(point.score[best]):.6f}", f"{float(point.loss[best]):.6f}"])
        for point in trajectory.points
    )
    head = _line(["step", f"P({trajectory.subject.target})", "loss"])
    return _comments([*_facts(trajectory), trajectory.subject.convention]) + head + "".join(lines)


def _facts(trajectory: Trajectory) -> Sequence[str]:
    subject, best, last = trajectory.subject, trajectory.best, trajectory.last
    return (
        f"Class optimisation of {subject.checkpoint} for class {subject.target}",
        f"Best of {len(last.loss)} restarts: {best + 1}, P({subject.target}) {float(last.score[best]):.6f}, "
        f"loss {float(last.loss[best]):.6f}",
    )


def _name(subject: Subject) -> str:
    return f"{subject.checkpoint}_{subject.target}"


def _line(cells: Iterable[object]) -> str:
    return "\t".join(map(str, cells)) + "\n"


def _comments(lines: Iterable[str]) -> str:
    return "".join(f"# {line}\n" for line in lines)
