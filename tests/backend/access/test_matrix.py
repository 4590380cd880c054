"""Every route of the API with two users: what belongs to one is not there for the other. The routes come from OpenAPI.

A route that this table does not know fails; so does one that lets a stranger in, or a token that was made for
something else.
"""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from backend.main import create_app
from backend.schemas.access import Scope
from backend.services.checkpoint_library import add_to_library
from models.histone_file import write_deepchrome

pytestmark = pytest.mark.anyio

CANARY = "canary-of-ada"
PREFIX = "/api/v1"
NETWORK = "e003-attentive_lstm_alpha_beta"
PUBLIC = {("POST", "/sessions"), ("GET", "/health/live"), ("GET", "/health/ready")}

# What B is answered who asks for what belongs to A.
UNKNOWN = {
    **dict.fromkeys(
        [
            ("GET", "/jobs/{job_id}"),
            ("DELETE", "/jobs/{job_id}"),
            ("GET", "/jobs/{job_id}/live"),
            ("GET", "/jobs/{job_id}/files/{name}"),
            ("GET", "/jobs/{job_id}/archive"),
            ("PUT", "/jobs/{job_id}/sharing"),
            ("POST", "/jobs/{job_id}/cancellation"),
        ],
        (404, "unknown-job"),
    ),
    **dict.fromkeys(
        [
            ("GET", "/uploads/{upload_id}"),
            ("DELETE", "/uploads/{upload_id}"),
            ("GET", "/uploads/{upload_id}/content"),
        ],
        (404, "unknown-upload"),
    ),
    ("DELETE", "/tokens/{token_id}"): (404, "unknown-token"),
    ("DELETE", "/chromatin-checkpoints/{name}"): (403, "foreign-checkpoint"),  # seen by all, removed by its owner
    ("DELETE", "/checkpoints/{name}"): (404, "unknown-checkpoint"),  # it is one that reads histone marks
}
# Ids of A's things inside the bodies that B sends.
FILE = {"upload": "{upload_id}"}
PROBES = [
    {"kind": "probe", "parameters": {"file": "{upload_id}"}},
    {"kind": "probe", "parameters": {}, "rerun_of": "{job_id}"},
    {"kind": "probe", "parameters": {"file": "{upload_id}"}, "rerun_of": "{job_id}"},
]
BODIES = {
    ("POST", "/histone-checks"): [FILE],
    ("POST", "/chromatin-analyses"): [{"file": FILE}],
    ("POST", "/gene-explanations"): [{"file": FILE, "gene": "ENSG00001", "checkpoints": [NETWORK]}],
    ("POST", "/attention-averages"): [
        {"file": FILE, "checkpoint": NETWORK},
        {"file": {"upload": "{own_id}"}, "checkpoint": NETWORK, "extra": {"file": FILE, "signal": "H3K4me1"}},
    ],
    ("POST", "/chromatin-matrices"): [
        {"signals": {"H3K4me3": "{upload_id}"}, "assembly": "hg19", "unit": "counts", "genes": ["TP53"]},
        {"signals": {"H3K4me3": "{own_id}"}, "assembly": "hg19", "unit": "counts", "starts": "{upload_id}"},
    ],
    ("POST", "/chromatin-checkpoints"): [FILE],
    ("POST", "/jobs"): PROBES,
    ("POST", "/job-estimates"): PROBES,
}
# What takes no id of anything that belongs to somebody: B's answer shows nothing of A.
NO_IDS = {
    **{("GET", path): 200 for path in (
        "/sessions/current", "/tokens", "/catalog", "/checkpoints", "/motifs", "/chromatin-catalog",
        "/chromatin-checkpoints", "/job-kinds", "/job-limits", "/jobs", "/health/live", "/health/ready",
    )},
    ("GET", "/genes"): 422,  # asks for a query
    **dict.fromkeys([("GET", "/motifs/{motif_id}"), ("GET", "/checkpoints/{name}")], 404),
    **dict.fromkeys([("GET", "/checkpoints/{name}/archive"), ("GET", "/checkpoints/{name}/motifs")], 404),
    **dict.fromkeys([("GET", "/chromatin-checkpoints/{name}"), ("GET", "/chromatin-checkpoints/{name}/archive")], 200),
    **{("POST", path): 422 for path in (  # empty
        "/tokens", "/sequence-checks", "/sequence-analyses", "/motif-reports", "/comparisons", "/constructs",
        "/marginal-effects", "/trust-reports",
    )},
    ("POST", "/sessions"): 401,
    ("POST", "/chromatin-examples/{name}"): 404,
    ("PUT", "/uploads/{name}"): 201,
    ("DELETE", "/sessions/current"): 204,  # last, as it ends the session
}  # fmt: skip
ROUTES = [
    (method.upper(), path.removeprefix(PREFIX))
    for path, methods in create_app().openapi()["paths"].items()
    for method in methods
]


class Things(NamedTuple):
    """What A has, by the name of the part of a path that stands for it."""

    job_id: str
    upload_id: str
    token_id: str
    name: str  # of a checkpoint
    own_id: str  # of an upload of B

    def fill(self, text: str) -> str:
        for name, value in self._asdict().items():
            text = text.replace(f"{{{name}}}", value)
        return text.replace("{motif_id}", "MA0000.0")


@pytest.fixture(scope="module")
async def app(start, anyio_backend):
    async with start("password", requests_per_minute=100_000, predictions_per_second=100_000) as app:
        yield app


@pytest.fixture(scope="module")
async def ada(app, signed_in):
    async with signed_in(app, "ada") as client:
        client.app = app
        yield client


@pytest.fixture
async def bob(app, signed_in):
    async with signed_in(app, "bob") as client:
        yield client


@pytest.fixture(scope="module")
def made_by_ada(chromatin_folder, tmp_path_factory):
    folder = Path(shutil.copytree(chromatin_folder / NETWORK, tmp_path_factory.mktemp("made") / "ours"))
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"name": "ours"}))
    return folder


@pytest.fixture(scope="module")
def a_histone_file(matrices_of, tmp_path_factory):
    path = tmp_path_factory.mktemp("histone") / "genes"
    write_deepchrome(path, matrices_of(4), header=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
async def things(ada, signed_in, work, made_by_ada, a_histone_file):
    """Let A have one of everything, each with the canary in it, and B a file."""
    app = ada.app
    content = f"gene,{CANARY}\n".encode()
    upload = (await ada.put(f"/uploads/{CANARY}.csv", content=content)).json()["id"]
    body = {"kind": "probe", "title": CANARY, "parameters": {"content": CANARY, "file": upload}}
    job = (await ada.post("/jobs", json=body)).json()["id"]
    work(app, job)
    token = (await ada.post("/tokens", json={"title": CANARY, "scopes": ["read"]})).json()["id"]
    add_to_library(made_by_ada, "chromatin", storage=app.state.context.storage, owner="ada")
    async with signed_in(app, "bob") as bob:
        own = (await bob.put("/uploads/of-bob.csv.gz", content=a_histone_file)).json()["id"]
    return Things(job, upload, token, "ours", own)


def test_every_route_is_in_the_table():
    assert sorted(ROUTES) == sorted({*UNKNOWN, *BODIES, *NO_IDS})


def test_every_route_is_in_the_table_once():
    assert len(UNKNOWN) + len(BODIES) + len(NO_IDS) == len({*UNKNOWN, *BODIES, *NO_IDS})


def clean(answer) -> bool:
    return CANARY not in answer.text and '"ada"' not in answer.text


@pytest.mark.parametrize(("method", "path"), UNKNOWN)
async def test_what_belongs_to_somebody_else_is_not_there(bob, things, problem_of, method, path):
    body = {"json": {"shared": True}} if path.endswith("/sharing") else {}
    answer = await bob.request(method, things.fill(path).replace("files/ours", "files/result.txt"), **body)
    problem_of(answer, *UNKNOWN[method, path])
    assert clean(answer)
    nothing = things._replace(job_id="0" * 32, upload_id="0" * 32, token_id="0" * 16)
    unknown = await bob.request(method, nothing.fill(path), **body)
    varying = {"instance", "request_id"}
    told, other = ({k: v for k, v in one.json().items() if k not in varying} for one in (answer, unknown))
    assert told == other, "what is somebody else's and what does not exist are told apart"


@pytest.mark.parametrize(("method", "path"), UNKNOWN)
async def test_the_table_tests_something_as_the_owner_is_answered(ada, things, method, path):
    if method in ("GET", "PUT"):
        body = {"json": {"shared": False}} if path.endswith("/sharing") else {}
        answer = await ada.request(method, things.fill(path).replace("files/ours", "files/result.txt"), **body)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("route", "number"), [(route, n) for route in BODIES for n in range(len(BODIES[route]))])
async def test_ids_of_somebody_else_inside_a_body_are_unknown(bob, things, problem_of, route, number):
    method, path = route
    answers = []
    for told in (things, things._replace(job_id="0" * 32, upload_id="0" * 32)):
        body = json.loads(told.fill(json.dumps(BODIES[route][number])))
        answers.append(await bob.request(method, path, json=body))
    if "signals" in body and "starts" not in body:
        problem = problem_of(answers[0], 422, "invalid-request")  # which of the signals it is
        assert "no upload of that id" in problem.errors[0].message
    else:
        problem_of(answers[0], 404, "unknown-job" if "rerun_of" in body else "unknown-upload")
    assert clean(answers[0])
    first, second = ({**one.json(), "request_id": ""} for one in answers)
    assert first == second, "what is somebody else's and what does not exist are told apart"


@pytest.mark.parametrize(("method", "path"), NO_IDS)
async def test_nothing_of_somebody_else_is_seen_elsewhere(bob, things, method, path):
    answer = await bob.request(method, things.fill(path), **({"json": {}} if method == "POST" else {}))
    assert answer.status_code == NO_IDS[method, path], answer.text
    assert clean(answer)


@pytest.fixture
async def stranger(app, asking):
    async with asking(app) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_strangers_are_let_in_nowhere(stranger, things, problem_of, method, path):
    answer = await stranger.request(method, things.fill(path), **({"json": {}} if method == "POST" else {}))
    if (method, path) in PUBLIC - {("POST", "/sessions")}:
        assert answer.status_code == 200
        return
    problem_of(answer, 401, "wrong-password" if path == "/sessions" else "sign-in-needed")
    assert 'access="password"' in answer.headers["www-authenticate"]
    assert clean(answer)


def scopes_of(method: str, path: str) -> set[str]:
    """Say which tokens may use a route: an expectation of its own, which the routes must agree with."""
    if path.startswith(("/tokens", "/sessions")):
        return set(Scope) if method == "GET" and path == "/sessions/current" else set()
    if method == "GET":
        return {Scope.READ}
    if path.startswith("/uploads"):
        return {Scope.ANALYSE, Scope.JOBS, Scope.MODELS}
    if path.startswith(("/jobs", "/job-")):
        return {Scope.JOBS}
    return {Scope.MODELS} if "checkpoints" in path else {Scope.ANALYSE}


@pytest.mark.parametrize("scope", Scope)
async def test_a_token_may_do_what_its_scope_says_and_nothing_else(app, ada, asking, scope):
    token = (await ada.post("/tokens", json={"title": "x", "scopes": [scope]})).json()["secret"]
    refused = set()
    async with asking(app, Authorization=f"Bearer {token}") as script:
        for method, path in set(ROUTES) - PUBLIC:
            nothing = path.replace("{job_id}", "0" * 32).replace("{upload_id}", "0" * 32).replace("{name}", "nobody")
            answer = await script.request(method, nothing, **({"json": {}} if method in ("POST", "PUT") else {}))
            assert answer.status_code not in (401, 500), (method, path, answer.text)
            if answer.status_code == 403:
                assert answer.json()["type"] == "/problems/missing-scope"
                refused.add((method, path))
    assert refused == {route for route in set(ROUTES) - PUBLIC if scope not in scopes_of(*route)}


def test_openapi_says_what_each_route_needs():
    document = create_app().openapi()
    assert set(document["components"]["securitySchemes"]) == {"token", "session", "proxy"}
    for method, path in ROUTES:
        needed = document["paths"][PREFIX + path][method.lower()].get("security")
        assert (needed is None) == ((method, path) in PUBLIC), (method, path)


async def test_the_owner_removes_a_checkpoint_and_the_audit_log_says_so(ada, things):
    assert (await ada.delete(f"/chromatin-checkpoints/{things.name}")).status_code == 204
    line = json.loads(ada.app.state.gate.audit.path.read_text().splitlines()[-1])
    assert (line["event"], line["subject"], line["user"]) == ("checkpoint-deleted", "ours", "ada")
