"""The choice of the method that explains."""

from typing import Any

import dash_mantine_components as dmc

from backend.schemas.catalog import Catalog, ExplanationMethod
from frontend.ids import Sequence as Ids

BEST = "best"
UNSIGNED = "saliency"
BEST_TITLE = "Best valid method of each network"
UNSIGNED_TITLE = "DeMo saliency (unsigned)"


def method_select() -> Any:
    """Lay out the choice; the catalog fills it."""
    return dmc.Select(
        id=Ids.METHOD,
        data=[{"value": BEST, "label": BEST_TITLE}],
        value=BEST,
        allowDeselect=False,
        size="xs",
        w=270,
        comboboxProps={"shadow": "md", "width": 400, "position": "bottom-start"},
        maxDropdownHeight=340,
        **{"aria-label": "Explanation"},
    )


def method_options(catalog: Catalog) -> list[dict[str, Any]]:
    """List the methods; one that is valid for no network is there, greyed out, with the reason."""
    networks = [a.name for a in catalog.architectures if a.kind == "network"]
    asked = [m for m in catalog.explanations if m.attributes or m.name == UNSIGNED]
    return [{"value": BEST, "label": BEST_TITLE}, *(_option(method, networks) for method in asked)]


def _option(method: ExplanationMethod, networks: list[str]) -> dict[str, Any]:
    title = UNSIGNED_TITLE if method.name == UNSIGNED else method.title
    reasons = [method.refused[name] for name in networks if name in method.refused]
    refused = bool(reasons) and len(reasons) == len(networks)
    return {"value": method.name, "label": f"{title}: {reasons[0]}" if refused else title, "disabled": refused}
