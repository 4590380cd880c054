"""The page without a browser: it draws, its wires are sound, its pictures follow the look."""

import asyncio
import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest
from plotly.utils import PlotlyJSONEncoder

import frontend
from frontend.app import create_dash
from frontend.client import BackendClient, BackendProblem
from frontend.components.method_select import method_options
from frontend.ids import Chromatin, Jobs, Picture, Shell, Uploader
from frontend.ids import Sequence as Ids
from frontend.pages import PAGES, not_found
from frontend.pages.sequence.cards import CardCache
from frontend.pages.sequence.downloads import Content, everything, file_name
from frontend.pages.sequence.explained_rows import Question, already_shown, chosen_row, draw_row
from frontend.pages.sequence.follow_ups import FollowUp, answer_of
from frontend.pages.sequence.form import input_text
from frontend.pages.sequence.methods import attributions_of, method_requests, methods_of
from frontend.pages.sequence.pictures import Look, picture, picture_outputs, ranking_picture
from frontend.pages.sequence.requests import slice_size
from frontend.pages.sequence.shown import PENDING, Found, Shown, read_found, read_shown


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


def test_an_unknown_address_leads_back():
    said = json.dumps(not_found.layout(), cls=PlotlyJSONEncoder)
    assert "no page at this address" in said
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


METHODS = {f"ctcf_weri-{name}": "corrected_saliency" for name in ("demo_cnn", "demo_rnn", "demo_cnn_rnn")}
LOOK = Look("okabe_ito", dark=False)


@pytest.fixture
def shown(explained):
    return Shown("run-1", "best", METHODS, explained)


def text_of(tree):
    return json.dumps(tree, cls=PlotlyJSONEncoder, ensure_ascii=False)


@pytest.mark.parametrize("choice", ["best", PENDING])
@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_is_drawn_in_every_look(shown, catalog, choice, dark):
    drawn = picture(
        shown._replace(choice=choice), found=Found(), look=Look("okabe_ito", dark), cards=[], catalog=catalog
    )
    assert drawn["dashboard"].data
    assert drawn["scan_style"] == {"display": "none"}
    assert ("computing…" in text_of(drawn["badges"])) is (choice == PENDING)


def test_badges_and_motifs_join_the_picture_when_they_come(shown, catalog, trust_report, motif_report):
    before = picture(shown, found=Found(), look=LOOK, cards=[], catalog=catalog)
    assert text_of(before["badges"]).count("checking…") == 3
    assert "Looking for motifs" in text_of(before["hits"])
    found = read_found(
        shown.key,
        trust={"key": shown.key, "report": trust_report.model_dump(mode="json")},
        motifs={"key": shown.key, "report": motif_report.model_dump(mode="json")},
    )
    after = picture(shown, found=found, look=LOOK, cards=[], catalog=catalog)
    said = text_of(after["badges"])
    assert all(word in said for word in ("✓", "believable", "with care", "✕", "do not believe", "It is amber."))
    assert "green up to 1 %" in said
    table = text_of(after["hits"])
    assert all(part in table for part in ("CTCF", "MA0139.2", "1.0e−04", "+2.00", "RNN: Nothing stands out."))  # noqa: RUF001
    assert before["dashboard"].layout.height == after["dashboard"].layout.height


def test_what_was_found_out_about_another_explanation_is_none(shown, trust_report):
    other = {"key": "run-1/1-forward/best", "report": trust_report.model_dump(mode="json")}
    assert read_found(shown.key, trust=other, motifs={"key": "x", "note": "late"}) == Found()


def test_a_network_for_which_the_method_is_not_valid_has_its_reason(shown, catalog):
    refused = {"corrected_saliency/ctcf_weri-demo_cnn": "it has no gradient"}
    window = shown.window.model_copy(update={"tracks": shown.window.tracks[1:], "refused": refused})
    drawn = picture(
        shown._replace(analysis=shown.analysis.model_copy(update={"explanations": [window]})),
        found=Found(), look=LOOK, cards=[], catalog=catalog,
    )  # fmt: skip
    assert "it has no gradient" in drawn["dashboard"].to_json()
    badges = text_of(drawn["badges"])
    assert "not valid here" in badges
    assert ": it has no gradient" in badges


def test_other_pages_get_the_window_where_no_server_sees_it(shown, catalog):
    drawn = picture(shown, found=Found(), look=LOOK, cards=[], catalog=catalog)
    assert drawn["edit"] == "/edit#factor=ctcf_weri&sequence=ACGTAC"
    assert drawn["compare"] == "/compare#factor=ctcf_weri&sequence=ACGTAC"


def test_each_network_is_explained_by_its_best_method_or_by_the_chosen_one(catalog):
    of_rnn = [
        a.model_copy(update={"best_method": "in_silico_mutagenesis"}) if a.name == "demo_rnn" else a
        for a in catalog.architectures
    ]
    known = catalog.model_copy(update={"architectures": of_rnn})
    best = methods_of("best", "ctcf_weri", catalog=known)
    assert best == METHODS | {"ctcf_weri-demo_rnn": "in_silico_mutagenesis"}
    assert [(r.name, r.checkpoints) for r in method_requests(best)] == [
        ("corrected_saliency", ["ctcf_weri-demo_cnn", "ctcf_weri-demo_cnn_rnn"]),
        ("in_silico_mutagenesis", ["ctcf_weri-demo_rnn"]),
    ]
    assert set(methods_of("saliency", "ctcf_weri", catalog=known).values()) == {"saliency"}


def test_only_signed_explanations_that_are_drawn_are_tested(shown, catalog):
    asked = attributions_of(METHODS | {"ctcf_weri-demo_rnn": "saliency"}, window=shown.window, catalog=catalog)
    assert [a.checkpoint for a in asked] == ["ctcf_weri-demo_cnn", "ctcf_weri-demo_cnn_rnn"]


def test_a_method_that_no_network_can_have_is_greyed_out_with_the_reason(catalog):
    method = catalog.explanations[0]
    networks = dict.fromkeys(("demo_cnn", "demo_rnn", "demo_cnn_rnn"), "it counts")
    for refused, disabled in ((networks, True), ({"demo_cnn": "it counts"}, False)):
        known = catalog.model_copy(update={"explanations": [method.model_copy(update={"refused": refused})]})
        best, option = method_options(known)
        assert (best["value"], option["disabled"]) == ("best", disabled)
        assert ("it counts" in option["label"]) is disabled


class ExplainingClient:
    """Answers with what the fixture explains, and remembers what was asked."""

    def __init__(self, explained) -> None:
        self.explained, self.asked = explained, []

    async def analyse_sequences(self, request):
        self.asked.append([e.name for e in request.explanations])
        names = {"temporal_output": "temporal_"}
        wanted = tuple(names.get(e.name, e.name) for e in request.explanations)
        window = self.explained.explanations[0]
        tracks = [t for t in window.tracks if t.name.startswith(wanted)]
        tracks = [t.model_copy(update={"explanation": "temporal_output"}) if "temp" in t.name else t for t in tracks]
        return self.explained.model_copy(update={"explanations": [window.model_copy(update={"tracks": tracks})]})

    async def checkpoint(self, name):
        return type("Card", (), {"name": name, "architecture": name, "class_optimization": None})


def test_attributions_follow_the_first_picture_and_temporal_outputs_are_asked_for_once(explained, catalog):
    client = ExplainingClient(explained)
    question = Question(">x\nACGTAC", "ctcf_weri", 0, "forward", "best")
    options = {"run": "r", "look": LOOK, "cards": CardCache(client), "catalog": catalog}

    async def run():
        first = await draw_row(client, question, attributions=False, **options)
        return first, await draw_row(client, question, before=first.shown, **options)

    first, second = asyncio.run(run())
    assert client.asked == [["temporal_output"], ["corrected_saliency"]]
    assert (first.shown.key, second.shown.key) == ("r/0-forward/", "r/0-forward/best")
    assert {t.name for t in second.shown.window.tracks} == {"corrected_saliency", "temporal_forward"}
    assert read_shown(json.loads(json.dumps(second.shown.data()))) == second.shown


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (
            "motifs-not-ready",
            {"note": "waiting", "detail": "One place is wrong. The page asks again by itself.", "retry_s": 4},
        ),
        ("invalid", {"note": "failed", "detail": "One place is wrong."}),
    ],
)
def test_a_service_that_warms_up_is_asked_again(shown, catalog, problem, kind, answer):
    async def ask(_sequence, _attributions):
        raise BackendProblem(problem.model_copy(update={"type": f"/problems/{kind}"}))

    follow_up = FollowUp("asked", "answer", ask, "nothing", "waiting", "failed")
    assert asyncio.run(answer_of(follow_up, shown, catalog=catalog)) == answer
    unsigned = shown._replace(methods=dict.fromkeys(METHODS, "saliency"))
    assert asyncio.run(answer_of(follow_up, unsigned, catalog=catalog)) == {"note": "nothing"}


def test_everything_is_packed_the_same_way_each_time(shown, catalog, analysis_of, trust_report, motif_report):
    found = Found(trust=trust_report, motifs=motif_report)
    content = Content([analysis_of(range(1))], shown, found, catalog)
    packed = everything(content)
    assert packed == everything(content)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == [
            "scores.csv", "scores.tsv", "analysis.json", "tracks.csv", "trust.csv", "motifs.csv"
        ]  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(everything(content._replace(found=Found())))) as archive:
        assert "trust.csv" not in archive.namelist()


def test_the_browser_knows_how_many_places_a_picture_fills():
    script = (Path(frontend.__file__).parent / "assets" / "explanations.js").read_text("utf-8")
    assert f"const N_PLACES = {len(picture_outputs())};" in script


def test_a_ranking_is_drawn_best_first(analysis_of, catalog):
    analysis = analysis_of(range(1), factors=["ctcf_weri", "myc_h1"])
    drawn = ranking_picture(analysis, look=Look("demo", dark=False), catalog=catalog)
    assert [row["title"] for row in drawn["rows"]] == ["MYC_H1", "CTCF_WERI"]
    assert drawn["figure"].data


def test_the_row_on_screen_is_not_asked_for_again(shown):
    data, row = shown.data(), {"record": 0, "strand": "forward"}
    assert already_shown(data, "run-1", row, "best")
    assert not already_shown(data, "run-1", {"record": 0, "strand": "reverse"}, "best")
    assert not already_shown(data, "run-2", row, "best")
    assert not already_shown(data, "run-1", row, "saliency")


def test_only_a_chosen_row_is_a_choice_and_else_the_row_shown_stays(shown):
    run = {"id": "run-1"}
    assert chosen_row([7], explanation=None, run=run) == 7
    for nothing in (None, [], {"ids": ["0-forward"]}):
        assert chosen_row(nothing, explanation=None, run=run) is None
        assert chosen_row(nothing, explanation=shown.data(), run=run) == {"record": 0, "strand": "forward"}
        assert chosen_row(nothing, explanation=shown.data(), run={"id": "run-2"}) is None


def test_a_file_replaces_the_text():
    assert input_text("typed", {"text": "from file"}) == "from file"
    assert input_text("typed", None) == "typed"
    assert input_text(None, None) == ""


def test_file_names_are_harmless(explained):
    window = explained.explanations[0].model_copy(update={"name": "../x y/?"})
    odd = explained.model_copy(update={"explanations": [window]})
    assert file_name(odd, "tracks.csv") == "regulens-ctcf_weri-.._x_y_-forward-tracks.csv"
    assert file_name(odd, "trust.csv") == "regulens-ctcf_weri-.._x_y_-forward-trust.csv"
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
