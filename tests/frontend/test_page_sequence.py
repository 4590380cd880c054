"""The page without a browser: it draws, its wires are sound, its pictures follow the look."""

import asyncio
import json

import httpx
import pytest
from plotly.utils import PlotlyJSONEncoder

from frontend.app import create_dash
from frontend.client import BackendClient
from frontend.ids import Chromatin, Jobs, Picture, Shell, Uploader
from frontend.ids import Sequence as Ids
from frontend.pages import PAGES, not_found
from frontend.pages.sequence.analysis import _already_shown, _explanation, _selected_row
from frontend.pages.sequence.cards import CardCache
from frontend.pages.sequence.downloads import file_name
from frontend.pages.sequence.form import input_text
from frontend.pages.sequence.pictures import Look, picture, ranking_picture
from frontend.pages.sequence.requests import slice_size


@pytest.fixture
def app():
    return create_dash(BackendClient("http://api", transport=httpx.MockTransport(lambda _r: httpx.Response(500))))


NUMBERED = {  # ids of components that are made one by one, {type: name, ...}
    Ids.EXAMPLE, Chromatin.EXAMPLE, Chromatin.COLUMN, Chromatin.BIGWIG_MARK, Chromatin.BIGWIG_REMOVE,
    Chromatin.REMOVE_CHECKPOINT, Jobs.FIELD, Jobs.SWITCH, Jobs.CHECKPOINT, Jobs.ARRIVED, Jobs.FILES, Jobs.FIELD_BOX,
    Jobs.FIELD_ERROR,
}  # fmt: skip


def get(app, path):
    async def ask():
        transport = httpx.ASGITransport(app=app.server)
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return await client.get(path)

    return asyncio.run(ask())


def ids_of(tree) -> set[str]:
    found = set()

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("id"), str):
                found.add(node["id"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(json.dumps(tree, cls=PlotlyJSONEncoder)))
    return found


def test_every_callback_speaks_to_a_component_that_exists(app):
    present = ids_of(app.layout).union(*(ids_of(page.layout()) for page in PAGES))
    used = {
        wire["id"]
        for callback in app.callback_map.values()
        for wire in [*callback["inputs"], *callback["state"]]
        if not wire["id"].startswith("{")
    }
    assert used <= present
    assert {str(i) for names in (Ids, Chromatin, Jobs, Uploader, Picture, Shell) for i in names} - present == NUMBERED


def test_all_server_callbacks_are_asynchronous(app):
    functions = [c["callback"] for c in app.callback_map.values() if "callback" in c]
    assert functions
    assert all(asyncio.iscoroutinefunction(f) for f in functions)


def test_an_unknown_address_is_named_and_leads_back():
    said = json.dumps(not_found.layout("/nowhere"), cls=PlotlyJSONEncoder)
    assert "/nowhere" in said
    assert '"href": "/"' in said


def test_the_page_server_says_that_it_lives(app):
    assert get(app, "/health/live").status_code == 200


def test_long_answers_are_compressed(app):
    answer = get(app, "/_dash-layout")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["type"] == "MantineProvider"


def test_everything_is_served_from_here(app):
    assert 'lang="en"' in app.index_string
    assert "//" not in app.index_string
    assert app.config.serve_locally is True
    assert app.config.external_scripts == app.config.external_stylesheets == []


@pytest.mark.parametrize("saliency", ["corrected_saliency", "saliency"])
@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_is_drawn_in_every_look(explained, catalog, saliency, dark):
    drawn = picture(explained, look=Look(saliency, "okabe_ito", dark), cards=[], catalog=catalog)
    assert drawn["dashboard"].data
    assert drawn["scan_style"] == {"display": "none"}


def test_a_ranking_is_drawn_best_first(analysis_of, catalog):
    analysis = analysis_of(range(1), factors=["ctcf_weri", "myc_h1"])
    drawn = ranking_picture(analysis, look=Look("corrected_saliency", "demo", dark=False), catalog=catalog)
    assert [row["title"] for row in drawn["rows"]] == ["MYC_H1", "CTCF_WERI"]
    assert drawn["figure"].data


def test_the_row_on_screen_is_not_asked_for_again(explained):
    shown = _explanation(explained, "run-1")
    assert _already_shown(shown, "run-1", {"record": 0, "strand": "forward"})
    assert not _already_shown(shown, "run-1", {"record": 0, "strand": "reverse"})
    assert not _already_shown(shown, "run-2", {"record": 0, "strand": "forward"})


@pytest.mark.parametrize(("selected", "row"), [(None, None), ([], None), ({"ids": ["0-forward"]}, None), ([7], 7)])
def test_only_a_chosen_row_is_a_choice(selected, row):
    assert _selected_row(selected) == row


def test_a_file_replaces_the_text():
    assert input_text("typed", {"text": "from file"}) == "from file"
    assert input_text("typed", None) == "typed"
    assert input_text(None, None) == ""


def test_file_names_are_harmless(explained):
    window = explained.explanations[0].model_copy(update={"name": "../x y/?"})
    odd = explained.model_copy(update={"explanations": [window]})
    assert file_name(odd, "tracks.csv") == "regulens-ctcf_weri-.._x_y_-forward-tracks.csv"
    assert file_name(odd, "scores.csv") == "regulens-ctcf_weri-scores.csv"


class CountingClient:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def checkpoint(self, name: str):
        self.asked.append(name)
        return type("Card", (), {"name": name})


def test_a_card_is_fetched_once():
    client = CountingClient()
    cards = CardCache(client)

    async def run():
        await cards.get(["a", "b"])
        return await cards.get(["b", "a"])

    assert [card.name for card in asyncio.run(run())] == ["b", "a"]
    assert client.asked == ["a", "b"]


@pytest.mark.parametrize(
    ("characters", "records", "size"), [(8_000, 1000, 500), (12_000, 1000, 250), (1_000_000, 10, 1)]
)
def test_long_records_are_asked_for_fewer_at_a_time(catalog, characters, records, size):
    assert slice_size("A" * characters, records, slice_records=500, limits=catalog.limits) == size
