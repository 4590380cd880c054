"""The motif of the chosen seqlet, aligned with it."""

from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from backend.schemas.motifs import CheckpointSeqlets, MotifReport, Seqlet
from frontend.components.motif_hits import ordered
from frontend.figures.aligned_logo import aligned_figure
from frontend.figures.attribution_rows import hit_key
from frontend.figures.palettes import PALETTES
from frontend.figures.theme import NETWORKS
from frontend.ids import Sequence as Ids
from frontend.pages.sequence.pictures import LOOK_INPUTS, Look, look_of
from frontend.pages.sequence.shown import Data, Shown, read_found, read_shown


def register(app: Dash) -> None:
    """Draw the chosen seqlet, or the strongest one; the browser drops what comes too late."""

    @app.callback(
        output=Output(Ids.HIT_ANSWER, "data"),
        inputs={
            "chosen": Input(Ids.HIT, "data"),
            "motifs": Input(Ids.MOTIFS, "data"),
            "values": LOOK_INPUTS,
            "explanation": State(Ids.EXPLANATION, "data"),
        },
        prevent_initial_call=True,
    )
    async def draw(*, chosen: Data | None, motifs: Data | None, values: Data, explanation: Data | None) -> Data:
        if explanation is None:
            raise PreventUpdate
        shown = read_shown(explanation)
        report = read_found(shown.key, trust=None, motifs=motifs).motifs
        found = find_hit(report, chosen["hit"] if chosen and chosen["key"] == shown.key else None) if report else None
        if found is None:
            return {"key": shown.key, "hit": None, "figure": {}}
        checkpoint, index, seqlet = found
        figure = _draw(shown, checkpoint, seqlet=seqlet, look=look_of(values))
        return {"key": shown.key, "hit": hit_key(checkpoint.architecture, index), "figure": figure}


def find_hit(report: MotifReport, key: str | None) -> tuple[CheckpointSeqlets, int, Seqlet] | None:
    """Return the seqlet of this name, or the first of the table."""
    hits = list(ordered(report))
    chosen = (hit for hit in hits if hit_key(hit[0].architecture, hit[1]) == key)
    return next(chosen, hits[0] if hits else None)


def _draw(shown: Shown, checkpoint: CheckpointSeqlets, *, seqlet: Seqlet, look: Look) -> Any:
    values = next(
        track.values
        for track in shown.window.tracks
        if track.checkpoint == checkpoint.checkpoint and track.name == shown.methods[checkpoint.checkpoint]
    )
    return aligned_figure(
        shown.window,
        seqlet,
        values=values,
        network=NETWORKS[checkpoint.architecture],
        palette=PALETTES[look.palette],
        dark=look.dark,
    )
