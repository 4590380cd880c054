"""A motif of the library as bases, and what it does by itself in shuffled backgrounds."""

from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.constructs import LONGEST_MOTIF_NAME, MarginalEffectRequest, MarginalEffects
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.components.construct.motif_panel import consensus
from frontend.figures.construct_effect import effect_figure
from frontend.figures.palettes import DEFAULT_PALETTE, PALETTES
from frontend.ids import Construct as Ids
from frontend.ids import Shell
from frontend.ids.construct import EFFECT_BOX, EFFECT_PICTURE

HIDDEN, SHOWN = {"display": "none"}, {"display": "block"}


def register(app: Dash, client: BackendClient) -> None:
    """Fill in bases and draw effects."""
    _register_choice(app, client)
    _register_effects(app, client)
    _register_picture(app)


def _register_choice(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.MOTIF_BASES, "value"),
        Output(Ids.MOTIF_CHOSEN, "data"),
        Output(Ids.MOTIF_ERROR, "children", allow_duplicate=True),
        Input(Ids.MOTIF, "value"),
        prevent_initial_call=True,
    )
    async def choose(motif_id: str | None) -> tuple[Any, ...]:
        if motif_id is None:
            raise PreventUpdate
        try:
            motif = await client.motif(motif_id)
        except BackendError as error:
            return no_update, no_update, _words(error)
        bases = consensus(motif.matrix)
        return bases, {"name": f"{motif.name} {motif.id}"[:LONGEST_MOTIF_NAME], "bases": bases}, None


def _register_effects(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.EFFECTS, "data"),
        Output(Ids.MOTIF_ERROR, "children", allow_duplicate=True),
        Input(Ids.ASK_CONTROL, "data"),
        prevent_initial_call=True,
        running=[(Output(Ids.CONTROL, "loading"), True, False)],
    )
    async def ask(asked: dict[str, Any] | None) -> tuple[Any, ...]:
        if asked is None:
            raise PreventUpdate
        request = MarginalEffectRequest(factor=asked["factor"], sequence=asked["sequence"], motif=asked["motif"])
        try:
            effects = await client.marginal_effects(request)
        except BackendError as error:
            return no_update, _words(error)
        return {"effects": effects.model_dump(mode="json"), "cursor": asked["cursor"]}, None


def _register_picture(app: Dash) -> None:
    @app.callback(
        Output(EFFECT_PICTURE, "figure"),
        Output(EFFECT_BOX, "style"),
        Input(Ids.EFFECTS, "data"),
        Input(Shell.PAPER, "data"),
        State(Ids.MOTIF_CHOSEN, "data"),
    )
    async def draw(kept: dict[str, Any] | None, paper: str | None, chosen: dict[str, str] | None) -> tuple[Any, ...]:
        if kept is None:
            return no_update, HIDDEN
        effects = MarginalEffects.model_validate(kept["effects"])
        named = chosen["name"] if chosen and effects.motif in (chosen["bases"], chosen.get("turned")) else ""
        figure = effect_figure(
            effects, cursor=kept["cursor"], motif_name=named, palette=PALETTES[DEFAULT_PALETTE], dark=paper == "dark"
        )
        return figure, SHOWN


def _words(error: BackendError) -> str:
    """Say what was refused, in one line."""
    if isinstance(error, BackendProblem):
        return " ".join(dict.fromkeys([error.problem.detail, *(item.message for item in error.problem.errors)]))
    return f"{error} Ask again once the service is back."
