"""The form's callbacks: what can be compared, examples, entrances by address, and which methods are valid."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog, ExplanationMethod
from backend.schemas.comparisons import FEWEST_MODELS, MOST_MODELS
from frontend.client import BackendClient, BackendError
from frontend.components.compare import form_panel
from frontend.components.examples import example_buttons
from frontend.ids import Compare as Ids
from frontend.ids import Shell
from frontend.pages.failures import banner_style

HIDDEN = {"display": "none"}


def register(app: Dash, client: BackendClient) -> None:
    """Register the form's callbacks."""
    _register_catalog(app, client)
    _register_fill(app)
    _register_methods(app)


def _register_catalog(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.CATALOG, "data"),
        Output(Ids.BACKEND_DOWN, "style"),
        Output(Ids.CATALOG_POLL, "disabled"),
        Output(Ids.EXAMPLES, "children"),
        Output(Ids.MODELS, "data"),
        Input(Ids.CATALOG_POLL, "n_intervals"),
        Input(Ids.RETRY, "n_clicks"),
    )
    async def load_catalog(_polls: int | None, _retries: int | None) -> tuple[Any, ...]:
        try:
            catalog, cards = await asyncio.gather(client.catalog(), client.checkpoints())
        except BackendError as error:
            return no_update, banner_style(error), False, no_update, no_update
        kept = catalog_of(catalog, [form_panel.slim(card) for card in cards])
        shown = [example for example in catalog.examples if example.name in kept["sequences"]]
        titles = {factor.name: factor.title for factor in catalog.factors}
        options = form_panel.model_options(kept["cards"], factors=titles)
        return kept, HIDDEN, True, example_buttons(shown, kind=Ids.EXAMPLE), options


def catalog_of(catalog: Catalog, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep what the form needs: cards, methods, and the examples whose first record fits the window."""
    length = catalog.limits.window_length
    first = {example.name: plain_sequence(example.sequences.split(">")[1]) for example in catalog.examples}
    return {
        "cards": cards,
        "methods": [m.model_dump() for m in catalog.explanations if m.attributes],
        "architectures": {a.name: {"title": a.title, "best": a.best_method} for a in catalog.architectures},
        "sequences": {name: text for name, text in first.items() if len(text) <= length},
        "factors": {example.name: example.factor for example in catalog.examples},
        "window_length": length,
    }


def plain_sequence(text: str) -> str:
    """Return the bases of a text: one sequence, its FASTA header left out."""
    lines = text.strip().splitlines()
    headed = lines and (lines[0].startswith(">") or not set(lines[0].upper()) <= set("ACGTN \t"))
    return "".join("".join(lines[1:] if headed and len(lines) > 1 else lines).split()).upper()


def _register_fill(app: Dash) -> None:
    @app.callback(
        Output(Ids.TEXT, "value"),
        Output(Ids.MODELS, "value"),
        Output(Ids.NUDGE, "data"),
        Output(Ids.VIEW, "data", allow_duplicate=True),
        Input(Ids.CATALOG, "data"),
        Input(Shell.URL, "hash"),
        State(Ids.MODELS, "value"),
        prevent_initial_call="initial_duplicate",
    )
    async def fill(
        catalog: dict[str, Any] | None, address: str | None, models: Sequence[str] | None
    ) -> tuple[Any, ...]:
        if catalog is None:
            raise PreventUpdate
        asked = parse_qs((address or "").removeprefix("#"))
        sequence, factor = asked.get("sequence", [""])[0], asked.get("factor", [""])[0]
        chosen = default_models(catalog["cards"], factor=factor)
        if not sequence:
            return no_update, no_update if models else chosen, no_update, no_update
        method = offered(chosen, catalog, None)[1]
        return sequence, chosen, {"sequence": sequence, "models": chosen, "method": method}, "busy"

    @app.callback(
        Output(Ids.TEXT, "value", allow_duplicate=True),
        Output(Ids.MODELS, "value", allow_duplicate=True),
        Input({"type": Ids.EXAMPLE.value, "name": ALL}, "n_clicks"),
        State(Ids.CATALOG, "data"),
        prevent_initial_call=True,
    )
    async def example(clicks: list[int | None], catalog: dict[str, Any]) -> tuple[Any, ...]:
        if not any(clicks):  # the buttons have just been drawn
            raise PreventUpdate
        name = ctx.triggered_id["name"]
        return catalog["sequences"][name], default_models(catalog["cards"], factor=catalog["factors"][name])


def default_models(cards: Sequence[Mapping[str, Any]], *, factor: str) -> list[str]:
    """Choose the networks of a factor, or, where it is not known, of the first one; beside a lone one its baselines."""
    factors = [card["factor"] for card in cards]
    wanted = factor if factor in factors else next(iter(factors), "")
    own = [card for card in cards if card["factor"] == wanted]
    networks = [card["name"] for card in own if card["kind"] == "network"]
    baselines = [card["name"] for card in own if card["kind"] != "network"]
    return (networks if len(networks) >= FEWEST_MODELS else [*networks, *baselines])[:MOST_MODELS]


def _register_methods(app: Dash) -> None:
    @app.callback(
        Output(Ids.METHOD, "data"),
        Output(Ids.METHOD, "value"),
        Output(Ids.METHOD_NOTE, "children"),
        Input(Ids.MODELS, "value"),
        Input(Ids.CATALOG, "data"),
        State(Ids.METHOD, "value"),
    )
    async def offer(
        models: Sequence[str] | None, catalog: dict[str, Any] | None, chosen: str | None
    ) -> tuple[Any, ...]:
        if catalog is None:
            raise PreventUpdate
        return offered(models or [], catalog, chosen)


def offered(models: Sequence[str], catalog: Mapping[str, Any], chosen: str | None) -> tuple[Any, Any, str]:
    """Return the methods for some models, the one to choose, and why others are greyed out."""
    methods = [ExplanationMethod.model_validate(method) for method in catalog["methods"]]
    names = architectures_of(models, catalog)
    options = form_panel.method_options(methods, architectures=names)
    valid = [option["value"] for option in options if not option.get("disabled")]
    titles = {name: catalog["architectures"][name]["title"] for name in names}
    value = chosen if chosen in valid else common_method(valid, names, catalog)
    return options, value, form_panel.method_reasons(methods, architectures=titles)


def architectures_of(models: Sequence[str], catalog: Mapping[str, Any]) -> list[str]:
    """List the architectures of some models, each once."""
    known = {card["name"]: card["architecture"] for card in catalog["cards"]}
    return list(dict.fromkeys(known[name] for name in models if name in known))


def common_method(valid: Sequence[str], architectures: Sequence[str], catalog: Mapping[str, Any]) -> str:
    """Choose for all models what is the best method of one of them and valid for the others, or what is valid."""
    best = [catalog["architectures"][name]["best"] for name in architectures]
    return next((name for name in best if name in valid), valid[0])
