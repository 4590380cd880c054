"""The files of a sequence design."""

from typing import Final

from backend.schemas.job_live import DesignFrame, DesignLive
from backend.services.job_kinds.kind import JobRun

TEXT: Final = "text/plain; charset=utf-8"
TSV: Final = "text/tab-separated-values; charset=utf-8"


def offer_files(run: JobRun, live: DesignLive) -> None:
    """Offer start and design, the way between them, and the edits in words."""
    first, last = live.frames[0], live.frames[-1]
    fasta = "".join(
        f">{name} {_scores(live, frame)}\n{frame.sequence}\n" for name, frame in (("start", first), ("design", last))
    )
    run.offer("design.fa", fasta.encode(), media_type=TEXT, description="Start and design, scores in the headers")
    run.offer("trajectory.tsv", _trajectory(live).encode(), media_type=TSV, description="The sequences on the way")
    run.offer("edits.txt", _edits(live).encode(), media_type=TEXT, description="What was changed, in words")


def _scores(live: DesignLive, frame: DesignFrame) -> str:
    judged = "" if frame.judge_score is None else f" judge={live.judge} judge_score={frame.judge_score:.6f}"
    return f"class={live.target} network={live.checkpoint} score={frame.score:.6f}{judged} edits={frame.n_edits}"


def _trajectory(live: DesignLive) -> str:
    head = f"# {live.method} for {live.checkpoint}. {live.convention}\n"
    lines = ["step\tscore\tjudge_score\tedits\tsequence"]
    for frame in live.frames:
        judged = "" if frame.judge_score is None else f"{frame.judge_score:.6f}"
        lines.append(f"{frame.step}\t{frame.score:.6f}\t{judged}\t{frame.n_edits}\t{frame.sequence}")
    return head + "\n".join([*lines, ""])


def _edits(live: DesignLive) -> str:
    last = live.frames[-1]
    changes = [
        f"position {position}: {old} > {new}"
        for position, (old, new) in enumerate(zip(live.start, last.sequence, strict=True), start=1)
        if old != new
    ]
    head = f"{last.n_edits} edits of {len(live.start)} bases, positions counted from 1 on the strand of the start"
    return "\n".join([head, *changes, ""])
