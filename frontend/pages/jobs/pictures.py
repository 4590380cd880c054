"""What each family of jobs draws: its title, its figure, its notes."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from backend.schemas.job_live import DesignLive, Live, OptimisationLive, ScoringLive, TrainingLive
from frontend.components.jobs.player import live_notes, preview_table, shown_sequence
from frontend.figures import job_design, job_optimisation, job_scoring, job_training
from frontend.figures.palettes import Palette


class Drawn(NamedTuple):
    """What the live panel shows."""

    title: str
    figure: Any
    notes: Any


def draw(live: Live, frame: int, *, palette: Palette, dark: bool) -> Drawn:
    """Draw whatever a job has to show."""
    return _DRAWN_BY[type(live)](live, frame, palette=palette, dark=dark)


def _optimisation(live: OptimisationLive, frame: int, *, palette: Palette, dark: bool) -> Drawn:
    figure = job_optimisation.optimisation_figure(live, frame, palette=palette, dark=dark)
    facts = [_restarts(live.restart_scores, live.target)]
    notes = live_notes(facts=facts, convention=live.convention, help_text=job_optimisation.HOW_TO_READ)
    return Drawn("The input as it takes shape", figure, notes)


def _restarts(scores: Sequence[float], target: str) -> str:
    """Say how far the restarts agree."""
    if len(scores) < 2:
        return ""
    ordered = sorted(scores, reverse=True)
    middle = ordered[len(ordered) // 2]
    return (
        f"{len(scores)} restarts: P({target}) from {ordered[-1]:.3f} to {ordered[0]:.3f}, middle {middle:.3f}; "
        f"{sum(score >= 0.5 for score in scores)} reach 0.5."
    )


def _design(live: DesignLive, frame: int, *, palette: Palette, dark: bool) -> Drawn:
    figure = job_design.design_figure(live, frame, palette=palette, dark=dark)
    text = shown_sequence(live.frames[min(frame, len(live.frames) - 1)].sequence) if live.frames else None
    notes = live_notes(facts=[], convention=live.convention, help_text=job_design.HOW_TO_READ, more=text)
    return Drawn("The sequence as it changes", figure, notes)


def _training(live: TrainingLive, _frame: int, *, palette: Palette, dark: bool) -> Drawn:
    figure = job_training.training_figure(live, palette=palette, dark=dark)
    counts = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in live.counts.items())
    facts = [f"{live.split} {counts}.".strip() if counts else live.split]
    return Drawn(
        live.title, figure, live_notes(warnings=live.warnings, facts=facts, help_text=job_training.HOW_TO_READ)
    )


def _scoring(live: ScoringLive, _frame: int, *, palette: Palette, dark: bool) -> Drawn:
    figure = job_scoring.scoring_figure(live, palette=palette, dark=dark)
    skipped = f", {live.skipped:,} skipped" if live.skipped else ""
    facts = [f"{live.done:,} of {live.total:,} scored{skipped}."]
    table = preview_table(live.columns, live.preview) if live.preview else None
    return Drawn(
        "Scores so far" if live.done < live.total else "Scores",
        figure,
        live_notes(facts=facts, convention=live.convention, help_text=job_scoring.HOW_TO_READ, more=table),
    )


_DRAWN_BY: dict[type, Callable[..., Drawn]] = {
    OptimisationLive: _optimisation,
    DesignLive: _design,
    TrainingLive: _training,
    ScoringLive: _scoring,
}
