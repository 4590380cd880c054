"""What the page lets be saved: the construct, the maps, the effect of a motif."""

from typing import Any

from dash import Dash, Input, Output, State, dcc
from dash.exceptions import PreventUpdate

from backend.schemas.constructs import Construct, MarginalEffects
from frontend.components.construct.exports import effects_text, fasta_text, maps_text
from frontend.components.delimited import file_name
from frontend.ids import Construct as Ids
from frontend.ids.construct import EFFECT_FILES


def register(app: Dash) -> None:
    """Write what assets/construct.js hands over, which is what stands on the screen."""

    @app.callback(
        Output(Ids.DOWNLOAD, "data"),
        Input(Ids.TAKE, "data"),
        prevent_initial_call=True,
    )
    async def save(taken: dict[str, Any] | None) -> Any:
        if taken is None:
            raise PreventUpdate
        construct = Construct.model_validate(taken["construct"])
        name = file_name("construct", construct.factor, f"{len(construct.words)}_edits")
        if taken["kind"] == Ids.FASTA:
            return dcc.send_string(fasta_text(construct), f"{name}.fa")
        original = Construct.model_validate(taken["original"])
        return dcc.send_string(maps_text(construct, original=original), f"{name}.csv")

    @app.callback(
        Output(Ids.DOWNLOAD, "data", allow_duplicate=True),
        Input(EFFECT_FILES["csv"], "n_clicks"),
        State(Ids.EFFECTS, "data"),
        prevent_initial_call=True,
    )
    async def save_effects(clicks: int | None, kept: dict[str, Any] | None) -> Any:
        if not clicks or kept is None:
            raise PreventUpdate
        effects = MarginalEffects.model_validate(kept["effects"])
        return dcc.send_string(effects_text(effects), f"{file_name('effect', effects.factor, effects.motif)}.csv")
