"""Every callback and every route of the page, asked by two users and by a stranger: nothing of one reaches another.

The API is a stand-in that knows whose job and upload it has; it is asked through the whole page server. A callback that
asks the API must be driven here, so that a new one cannot be forgotten; one that does not must say why.
"""

import asyncio
import json
import re
import uuid

import httpx
import pytest

from backend.schemas.job_live import CurvePoint, JobLive, MatrixFrame, OptimisationLive
from frontend.app import create_dash
from frontend.client import BackendClient
from frontend.figures.palettes import DEFAULT_PALETTE
from frontend.pages.sequence.shown import Shown

PRIVATE = "adas-own"  # stands in everything that is Ada's
JOB, UPLOAD = f"{PRIVATE}-job", f"{PRIVATE}-upload"
ENDED, NOT_THERE = "Your session has ended", "Nothing of yours is there"
CARDS = "ctcf_weri-demo_cnn"
FILE = {"upload": UPLOAD, "bin_size_bp": 100}
UPLOADED = {"uploads": [{"id": UPLOAD, "name": "a.csv", "n_bytes": 3}]}
BROWSER = "it asks nobody: it draws or writes what the browser has sent along"
FORM = "it asks nobody: it fills the form from what the browser has sent along"
# Callbacks that ask nobody, with the reason why they can show nothing of another user.
LOCAL = {
    "app.show_page": "it asks nobody: layouts are the same for everybody",
    "sequence.form.choose_file": FORM, "sequence.form.show_file": FORM, "sequence.form.fill": FORM,
    "sequence.analysis.open_factor": FORM, "sequence.methods.offer": FORM, "sequence.pictures.redraw_ranking": BROWSER,
    "sequence.hits.draw": BROWSER, "sequence.learnt.offer": FORM, "sequence.downloads.page": BROWSER,
    "sequence.downloads.download": BROWSER, "construct.motifs.draw": BROWSER, "construct.downloads.save": BROWSER,
    "construct.downloads.save_effects": BROWSER, "compare.form.fill": FORM, "compare.form.example": FORM,
    "compare.form.offer": FORM, "compare.answer.redraw": BROWSER, "compare.answer.download": BROWSER,
    "chromatin.form.show_file": FORM, "chromatin.wizard.show_starts": FORM, "chromatin.imports.show_weights": FORM,
    "chromatin.edits.download": BROWSER, "chromatin.tiles.offer": FORM, "chromatin.evaluation.evaluate": BROWSER,
    "chromatin.downloads.download chromatin-table-csv": BROWSER,
    "chromatin.downloads.download chromatin-gene-picture-csv": BROWSER,
    "chromatin.downloads.download chromatin-average-picture-csv": BROWSER,
    "chromatin.downloads.download chromatin-tiles-picture-csv": BROWSER,
    "chromatin.downloads.download chromatin-accuracy-picture-csv": BROWSER, "jobs.form.show_files": FORM,
}  # fmt: skip
# What starts a callback, where that is not its first input.
STARTED_BY = {
    "chromatin.form.choose_file": {"type": "chromatin-example", "name": "x"},
    "chromatin.imports.remove": {"type": "chromatin-remove-checkpoint", "name": PRIVATE},
    "account.revoke": {"type": "account-revoke", "name": PRIVATE},
}
OWN = {  # inputs of one callback only
    "chromatin.gene_set.answer": {"chromatin-tabs.value": "set"},
    "chromatin.tiles.compare": {"chromatin-tabs.value": "tiles"},
    "sequence.explained_rows.draw": {"sequence-explanation.data": None},
}
SILENT = {"jobs.live.show": "the page's own question says it"}
PALETTES = ("sequence-palette.value", "compare-palette.value", "chromatin-palette.value", "jobs-palette.value")
VERBS = ("cancel", "delete", "rerun", "share", "unshare", "remove-sequence", "remove-chromatin")


@pytest.fixture
def values(catalog, explained):
    """What the browser would send, with Ada's ids in every place that has one."""
    return dna_values(catalog, explained) | chromatin_values() | job_values()


def dna_values(catalog, explained):
    shown = Shown(
        "r", "best", {f"ctcf_weri-demo_{a}": "corrected_saliency" for a in ("cnn", "rnn", "cnn_rnn")}, explained
    )
    return {
        "shell-url.pathname": f"/jobs/{JOB}", "shell-url.search": f"?from={JOB}", "shell-paper.data": "light",
        "shell-user.id": "shell-user", **dict.fromkeys(PALETTES, DEFAULT_PALETTE),
        "sequence-text.value": "ACGT", "sequence-run-text.data": "ACGT", "sequence-factor.value": "ctcf_weri",
        "sequence-dashboard.figure": {"data": [], "layout": {}},
        "sequence-mode.value": "explain", "sequence-method.value": "best", "sequence-record.value": 1,
        "sequence-view.data": "empty", "sequence-catalog.data": catalog.model_dump(), "sequence-analyse.n_clicks": 1,
        "sequence-run.data": {"id": "r", "factor": "ctcf_weri"}, "sequence-next-slice.data": {"run": "r",
        "start": 0, "total": 4},
        "sequence-progress.data": {"run": "r", "status": "running", "done": 0, "total": 4, "quiet": False},
        "sequence-table.selectedRows": [{"record": 0, "strand": "reverse"}], "sequence-explanation.data": shown.data(),
        "sequence-trust-asked.data": {"key": shown.key}, "sequence-motifs-asked.data": {"key": shown.key},
        "sequence-learnt.value": "motifs", "sequence-learnt-network.value": CARDS, "sequence-learnt-all.checked": False,
        "construct-motif.value": "MA0139.2",
        "construct-ask-control.data": {"factor": "ctcf_weri", "sequence": "ACGT", "motif": "AC", "cursor": 0},
        "compare-start.n_clicks": 1, "compare-text.value": "ACGT", "compare-models.value": ["a", "b"],
    }  # fmt: skip


def chromatin_values():
    run = {"id": "r", "name": "a", "file": FILE, "checkpoints": [{"name": "c1", "kind": "network"}]}
    return {
        "chromatin-file.data": {"upload": UPLOADED["uploads"][0], "bin_size_bp": 100},
        "chromatin-catalog.data": {"added": None},
        "chromatin-check.data": {"state": "valid", "reference": FILE, "name": "a", "signals": [], "n_bins": 100},
        "chromatin-layout.value": "detect", "chromatin-bin-size.value": "100", "chromatin-checkpoints.value": ["c1"],
        "chromatin-matrix.data": {"upload": UPLOADED["uploads"][0], "bin_size_bp": 100, "n_bins": 100},
        "chromatin-bigwig-files.data": [{"upload": UPLOADED["uploads"][0], "mark": "H3K4me3"}],
        "bins-uploader-arrived.data": UPLOADED, "bigwigs-uploader-arrived.data": UPLOADED,
        "starts-uploader-arrived.data": UPLOADED, "weights-uploader-arrived.data": UPLOADED,
        "extra-uploader-arrived.data": UPLOADED, "chromatin-start-kind.value": "file",
        "chromatin-assembly.value": "hg19",
        "chromatin-unit.value": "counts", "chromatin-gene-search.searchValue": "MYC", "chromatin-gene-search.value": [],
        "chromatin-gene-search.data": [], "chromatin-import-cell-type.value": "E003", "chromatin-import.n_clicks": 1,
        "chromatin-build.n_clicks": 1, "chromatin-analyse.n_clicks": 1, "chromatin-view.data": "empty",
        "chromatin-session-files.data": {"f": {"name": "a", "file": FILE}}, "chromatin-run.data": run,
        "chromatin-table.selectedRows": [{"run": "r", "gene": "G1"}], "chromatin-gene-checkpoint.value": "c1",
        "chromatin-gene-width.value": "1", "chromatin-gene-methods.value": ["attention"],
        "chromatin-edit-open.value": "edit",
        "chromatin-average-checkpoint.value": "c1", "chromatin-average-set.value": "predicted_on",
        "chromatin-average-scaled.value": "scaled", "chromatin-tiles-gene.value": "G1",
        "chromatin-tiles-checkpoints.value": ["c1"], "chromatin-tiles-files.value": ["f"],
        "chromatin-card-checkpoint.value": "c1", "chromatin-pattern-space.value": "published",
        "chromatin-card-picture-csv.n_clicks": 1,
    }  # fmt: skip


def job_values():
    request = {"kind": "k", "parameters": {"file": UPLOAD}, "title": "", "rerun_of": JOB, "missing": [], "visible": []}
    key = uuid.UUID(int=7).hex
    return {
        "jobs-tick.data": 1, "jobs-list-state.value": "all", "jobs-list-page.value": 1, "jobs-detail-tick.data": 1,
        "jobs-request.data": request, "jobs-estimated.data": {"request": request, "key": key, "ok": True},
        "jobs-submit.n_clicks": 1, "jobs-shown.data": {"job": JOB, "revision": 1, "frame": 0},
        "jobs-asked.data": {"action": "cancel", "job": JOB, "name": PRIVATE, "key": key},
        "account-make.n_clicks": 1, "account-title.value": "t",
        "account-scopes.value": ["read"], "account-days.value": "90",
    }  # fmt: skip


class TwoUsers:
    """The API: it knows Ada's things, gives everybody what is for everybody, and strangers nothing."""

    def __init__(self, catalog):
        live = OptimisationLive(
            checkpoint="c", checkpoint_title=PRIVATE, target="bound", rows=list("ACGT"), bin_size_bp=None, n_steps=1,
            best_restart=0, restart_scores=[0.2], convention="", frames=[MatrixFrame(step=0, values=[[0.25]] * 4)],
            curve=[CurvePoint(step=0, score=0.5, loss=1.0)],
        )  # fmt: skip
        self.adas = {f"jobs/{JOB}/live": JobLive(revision=1, live=live).model_dump(mode="json")}
        everybodys = {"marks": [], "mark_roles": {}, "checkpoints": [], "architectures": [],
        "layouts": [], "examples": [],
                      "gene_tables": {}, "unavailable": {}}  # fmt: skip
        sizes = dict.fromkeys(("genes", "rows", "bytes", "bigwig_bytes", "checkpoint_bytes", "kept_hours"), 9)
        self.everybodys = {
            "catalog": catalog.model_dump(mode="json"), "job-kinds": [],
            "job-limits": {"waiting_per_user": 1, "running_per_user": 1, "waiting_in_all": 1, "kept_days": 1},
            "chromatin-catalog": everybodys | {"limits": sizes | {"explained_checkpoints": 2}},
        }  # fmt: skip
        self.asked = []

    def __call__(self, request):
        path = request.url.path.removeprefix("/api/v1/")
        cookies = request.headers.get_list("cookie")
        self.asked.append((cookies, path + request.content.decode(errors="replace")))
        if cookies == ["regulens-session=none"]:
            return self._refusal(401, "Sign in.")
        found = self.everybodys.get(path) or (
            self.adas.get(path) if cookies[0].startswith("regulens-session=ada") else None
        )
        return httpx.Response(200, json=found) if found is not None else self._refusal(404, NOT_THERE)

    def _refusal(self, status, detail):
        told = {
            "type": "/problems/x",
            "title": "T",
            "status": status,
            "detail": detail,
            "instance": "/",
            "request_id": "r",
        }
        return httpx.Response(status, json=told)


def name_of(callback):
    """Name a callback by its module and function; where there are several, by its first input as well."""
    function = callback["callback"]
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    name = f"{function.__module__.removeprefix('frontend.').removeprefix('pages.')}.{function.__name__}"
    several = name in ("chromatin.downloads.download", "sequence.follow_ups.ask")
    return f"{name} {callback['inputs'][0]['id']}" if several else name


def body_of(output, callback, values, *, name):
    """Write what the browser would send to start a callback."""
    started_by = STARTED_BY.get(name)
    own = values | OWN.get(name, {})

    def sent(wire):
        if not wire["id"].startswith("{"):
            return {
                "id": wire["id"],
                "property": wire["property"],
                "value": own.get(f"{wire['id']}.{wire['property']}"),
            }
        kind = json.loads(wire["id"])["type"]
        if "MATCH" in wire["id"]:
            return {"id": {"type": kind, "name": "x"}, "property": wire["property"], "value": UPLOADED}
        if started_by and started_by["type"] == kind:
            return [{"id": started_by, "property": wire["property"], "value": 1}]
        return []

    def place(text):
        identity, _, prop = text.rpartition(".")
        if "MATCH" in identity:
            return {"id": json.loads(identity) | {"name": "x"}, "property": prop}
        return [] if identity.startswith("{") else {"id": identity, "property": prop}

    first = callback["inputs"][0]
    trigger = json.dumps(started_by, sort_keys=True, separators=(",", ":")) if started_by else first["id"]
    prop = next(
        (w["property"] for w in callback["inputs"] if started_by and started_by["type"] in w["id"]), first["property"]
    )
    places = re.findall(r"(?:\{[^}]*\}|[^.{}]+)\.[^.]+", output.strip("."))
    outputs = [place(text) for text in places]
    return {
        "output": output, "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [sent(wire) for wire in callback["inputs"]], "state": [sent(wire) for wire in callback["state"]],
        "changedPropIds": [f"{trigger}.{prop}"],
    }  # fmt: skip


def ask_page(api, question, *, access="password"):
    async def run():
        async with BackendClient("http://api", transport=httpx.MockTransport(api)) as client:
            app = create_dash(client, access=access)
            transport = httpx.ASGITransport(app=app.server)
            async with httpx.AsyncClient(transport=transport, base_url="http://page") as browser:
                return await question(app, browser)

    return asyncio.run(run())


async def ask_as(browser, who, path, body):
    cookies = {"Cookie": f"regulens-session={who}"} if who else {}
    return await browser.post(path, json=body, headers=cookies)


def faults(name, who, answer, asked):
    """List what is wrong with an answer: who asked the API in whose name, and what came of it."""
    if answer.status_code >= 400:
        yield f"{answer.status_code} {answer.text[:300]}"
    if any(cookies != [f"regulens-session={who or 'none'}"] for cookies, _ in asked):
        yield f"asked in another name: {asked}"
    if name in LOCAL:
        yield from [f"asked, against its word: {asked}"] if asked else []
        return
    if not asked:
        yield f"asked nobody: {answer.status_code} {answer.text[:200]}"
    if who is None and ENDED not in answer.text:
        yield f"does not say that the session has ended: {answer.text[:300]}"
    if who and who.startswith("bob"):
        yield from faults_for_bob(name, answer, asked)


def faults_for_bob(name, answer, asked):
    """Bob gets nothing of Ada's, and is told that it is not there."""
    shown = json.dumps(answer.json().get("response", {})) if answer.status_code == 200 else ""
    if PRIVATE in shown.replace(JOB, "").replace(UPLOAD, ""):  # the ids are what he has sent himself
        yield f"shows what is Ada's: {shown[:300]}"
    about_ada = any(PRIVATE in told for _, told in asked)
    if about_ada and name not in SILENT and not re.search(f"{NOT_THERE}|There is no such job", answer.text):
        yield f"does not say that it is not there: {answer.text[:300]}"


def test_no_callback_shows_anything_of_another_user(catalog, values):
    api = TwoUsers(catalog)
    wrong, gone = [], set(LOCAL)

    async def drive(app, browser):
        callbacks = {name_of(c): (out, c) for out, c in app.callback_map.items() if "callback" in c}
        assert len(callbacks) == sum("callback" in c for c in app.callback_map.values())
        for number, (name, (output, callback)) in enumerate(sorted(callbacks.items())):
            gone.discard(name)
            body = body_of(output, callback, values, name=name)
            for who in (f"ada{number}", f"bob{number}", None):  # each is new to what the page remembers
                api.asked.clear()
                answer = await ask_as(browser, who, "/_dash-update-component", body)
                await asyncio.sleep(0.005)  # what was asked together with something that failed is still on its way
                wrong.extend(f"{name} as {who}: {fault}" for fault in faults(name, who, answer, api.asked))

    ask_page(api, drive)
    assert not wrong, "\n".join(wrong)
    assert gone == set(), "these callbacks are no more"


@pytest.mark.parametrize("verb", VERBS)
def test_no_button_of_a_job_works_on_anothers(catalog, values, verb):
    api = TwoUsers(catalog)

    async def press(app, browser):
        output, callback = next(
            (o, c) for o, c in app.callback_map.items() if "jobs-nudge.data" in o and "callback" in c
        )
        values["jobs-asked.data"] = values["jobs-asked.data"] | {"action": verb}
        body = body_of(output, callback, values, name="jobs.actions.act")
        return [await ask_as(browser, who, "/_dash-update-component", body) for who in ("bob", None)]

    foreign, stranger = ask_page(api, press)
    assert NOT_THERE in foreign.text
    assert ENDED in stranger.text
    assert [cookies for cookies, _ in api.asked] == [["regulens-session=bob"], ["regulens-session=none"]]


OPEN = {
    "/health/live", "/sign-in", "/", "/assets", "/_dash-layout", "/_dash-dependencies", "/_reload-hash",
    "/_favicon.ico", "/_dash-component-suites/{package_name}/{fingerprinted_path:path}", "/_dash-update-component",
}  # fmt: skip
GENE = {"file": FILE, "gene": "G1", "checkpoints": ["c1"], "methods": ["attention"]}
CONSTRUCT = {"factor": "ctcf_weri", "original": "ACGT", "edits": []}
ROUTES = {
    "PUT /uploads/{name}": ("/uploads/a.csv", b"a"),
    "GET /uploads/{upload}/content": (f"/uploads/{UPLOAD}/content", None),
    "GET /job-files/{job}/{name:path}": (f"/job-files/{JOB}/a.tsv", None),
    "GET /job-archives/{job}": (f"/job-archives/{JOB}", None), "GET /job-watch": ("/job-watch", None),
    "GET /checkpoint-archives/{task}/{name}": (f"/checkpoint-archives/sequence/{PRIVATE}", None),
    "POST /live-genes": ("/live-genes", GENE), "POST /live-constructs": ("/live-constructs", CONSTRUCT),
    "POST /sign-out": ("/sign-out", None),
}  # fmt: skip


def test_no_route_of_the_page_gives_anything_of_another_user(catalog):
    api = TwoUsers(catalog)

    async def walk(app, browser):
        paths = {(m, r.path) for r in app.server.routes for m in getattr(r, "methods", None) or ["GET"]}
        driven = {f"{m} {p}" for m, p in paths if p not in OPEN and m != "HEAD"}
        assert driven == set(ROUTES), "a route is driven here, or is open to everybody with a reason"
        for route, (path, body) in ROUTES.items():
            method = route.partition(" ")[0]
            sent = {"content": body} if isinstance(body, bytes) else {"json": body} if body else {}
            for who, status in (("bob", 404), ("none", 401)):
                api.asked.clear()
                answer = await browser.request(method, path, headers={"Cookie": f"regulens-session={who}"}, **sent)
                assert [cookies for cookies, _ in api.asked] == [[f"regulens-session={who}"]], route
                if route != "POST /sign-out":  # it forgets the cookie, whatever the API says
                    assert (route, answer.status_code) == (route, status)
                    assert PRIVATE not in answer.text
                    assert answer.json()["title"] == (ENDED if who == "none" else "T")

    ask_page(api, walk)
