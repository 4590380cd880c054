"""Which method explains which network: one for all, or the best valid one of each."""

from itertools import groupby

from dash import Dash, Input, Output
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog
from backend.schemas.sequence_analyses import ExplanationRequest, WindowExplanation
from backend.schemas.window import Attribution
from frontend.components.method_select import BEST, method_options
from frontend.figures.theme import architecture_of
from frontend.ids import Sequence as Ids

TEMPORAL = "temporal_output"


def register(app: Dash) -> None:
    """Offer the methods of the catalog."""

    @app.callback(Output(Ids.METHOD, "data"), Input(Ids.CATALOG, "data"))
    async def offer(catalog: dict[str, object] | None) -> list[dict[str, object]]:
        if catalog is None:
            raise PreventUpdate
        return method_options(Catalog.model_validate(catalog))


def methods_of(choice: str, factor: str, *, catalog: Catalog) -> dict[str, str]:
    """Map each network of a factor, by its checkpoint, to the method that explains it."""
    best = {a.name: a.best_method for a in catalog.architectures if a.kind == "network"}
    names = next(f.checkpoints for f in catalog.factors if f.name == factor)
    asked = {
        name: best[architecture_of(name)] if choice == BEST else choice
        for name in names
        if architecture_of(name) in best
    }
    return {name: method for name, method in asked.items() if method}


def method_requests(methods: dict[str, str]) -> list[ExplanationRequest]:
    """Ask once for each method, for those networks that it is to explain."""
    by_method = sorted(methods, key=methods.__getitem__)
    return [
        ExplanationRequest(name=method, checkpoints=list(names))
        for method, names in groupby(by_method, key=methods.__getitem__)
    ]


def attributions_of(methods: dict[str, str], *, window: WindowExplanation, catalog: Catalog) -> list[Attribution]:
    """List the explanations that can be tested: signed ones that are on screen."""
    signed = {method.name for method in catalog.explanations if method.attributes}
    drawn = {(track.checkpoint, track.name) for track in window.tracks}
    return [
        Attribution(checkpoint=name, method=method)
        for name, method in methods.items()
        if method in signed and (name, method) in drawn
    ]


def with_temporal_outputs(window: WindowExplanation, *, of: WindowExplanation) -> WindowExplanation:
    """Add the temporal outputs that have come with an earlier method."""
    tracks = [track for track in of.tracks if track.explanation == TEMPORAL]
    refused = {key: reason for key, reason in of.refused.items() if key.startswith(f"{TEMPORAL}/")}
    return window.model_copy(update={"tracks": [*window.tracks, *tracks], "refused": window.refused | refused})
