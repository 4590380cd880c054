"""Signing in, staying signed in, being signed out; what is not believed; what the audit log says of it."""

import asyncio
import json
import re
import stat
import time

import pytest
from argon2 import PasswordHasher
from itsdangerous import TimestampSigner
from pydantic import SecretStr
from sqlalchemy import update

from backend.access import passwords
from backend.access.audit import check_audit
from backend.access.keys import session_key
from backend.access.sessions import sign
from backend.access.users import add_user, check_password, find_user, remove_user, set_password
from backend.jobs.tables import TokenRecord
from backend.schemas.access import PROXY_SECRET_HEADER, PROXY_USER_HEADER, SESSION_COOKIE, NewToken

pytestmark = pytest.mark.anyio

SECRET = "s" * 32
DAY_S = 86_400


@pytest.fixture(scope="module")
async def app(start, anyio_backend):
    async with start("password") as app:
        yield app


@pytest.fixture
async def ada(app, signed_in):
    async with signed_in(app, "ada") as client:
        client.app = app
        yield client


@pytest.fixture
async def token(ada):
    answer = await ada.post("/tokens", json={"title": "script", "scopes": ["read"], "days": 1})
    return NewToken.model_validate_json(answer.content)


def audited(app):
    return [json.loads(line) for line in app.state.gate.audit.path.read_text().splitlines()]


async def test_signing_in_gives_a_session_and_a_wrong_password_does_not(app, asking, problem_of, password):
    async with asking(app) as stranger:
        begun = await stranger.post("/sessions", json={"name": "ada", "password": password})
        assert (begun.status_code, begun.json()["user"], begun.json()["visitor"]) == (201, "ada", False)
        wrong = await stranger.post("/sessions", json={"name": "ada", "password": "wrong"})
        nobody = await stranger.post("/sessions", json={"name": "nobody", "password": password})
    first, second = (problem_of(answer, 401, "wrong-password") for answer in (wrong, nobody))
    assert first.detail == second.detail
    async with asking(app, Cookie=f"{SESSION_COOKIE}={begun.json()['cookie']}") as ada:
        session = (await ada.get("/sessions/current")).json()
    assert session == {key: value for key, value in begun.json().items() if key != "cookie"}
    assert [(line["event"], line["user"], line["address"]) for line in audited(app)[-3:]] == [
        ("signed-in", "ada", "127.0.0.1"),
        ("sign-in-failed", "ada", "127.0.0.1"),
        ("sign-in-failed", "nobody", "127.0.0.1"),
    ]
    assert password not in app.state.gate.audit.path.read_text()


@pytest.mark.usefixtures("one_moment")
async def test_a_sixth_attempt_within_a_minute_is_turned_away_and_nobody_else_is(app, asking, problem_of, password):
    async with asking(app) as stranger:
        for _ in range(5):
            problem_of(await stranger.post("/sessions", json={"name": "eve", "password": "x"}), 401, "wrong-password")
        refused = await stranger.post("/sessions", json={"name": "eve", "password": password})
        problem_of(refused, 429, "too-many-sign-ins")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert (await stranger.post("/sessions", json={"name": "bob", "password": password})).status_code == 201


@pytest.mark.parametrize(
    "cookie", ["expired", "forged", "another key", "another generation", "a visitor's", "truncated", "empty", "huge"]
)
async def test_a_bad_cookie_is_nobody(app, asking, problem_of, monkeypatch, cookie):
    gate, generation = app.state.gate, find_user(app.state.gate.ledger, "ada").generation
    good = sign("ada", generation=generation, key=gate.key)
    with monkeypatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda _: int(time.time() - 31 * DAY_S))
        expired = sign("ada", generation=generation, key=gate.key)
    bad = {
        "expired": expired,
        "forged": good[:-1] + ("A" if good[-1] != "A" else "Q"),
        "another key": sign("ada", generation=generation, key="k" * 64),
        "another generation": sign("ada", generation=generation + 1, key=gate.key),
        "a visitor's": sign("ada", generation=None, key=gate.key),
        "truncated": good[:20],
        "empty": "",
        "huge": "x" * 100_000,
    }[cookie]
    async with asking(app, Cookie=f"{SESSION_COOKIE}={good}") as client:
        assert (await client.get("/jobs")).status_code == 200
    async with asking(app, Cookie=f"{SESSION_COOKIE}={bad}") as client:
        problem = problem_of(await client.get("/jobs"), 401, "sign-in-needed")
    assert "x" * 81 not in problem.model_dump_json()


@pytest.mark.parametrize(
    "kind", ["expired", "forged", "wrong scope", "revoked", "truncated", "of another", "empty", "huge", "basic"]
)
async def test_a_bad_token_is_nobody(ada, asking, problem_of, token, kind):
    app = ada.app
    ledger, secret, slug, status = app.state.gate.ledger, token.secret, "sign-in-needed", 401
    if kind == "expired":
        with ledger.writing() as connection:
            connection.execute(update(TokenRecord).where(TokenRecord.id == token.id).values(expires=time.time() - 1))
    if kind == "revoked":
        assert (await ada.delete(f"/tokens/{token.id}")).status_code == 204
    if kind == "wrong scope":
        slug, status = "missing-scope", 403
    other = (await ada.post("/tokens", json={"title": "other", "scopes": ["read"]})).json()
    sent = {
        "forged": secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        "truncated": secret[:-10],
        "of another": f"rgl_{other['id']}_{secret.rpartition('_')[2]}",
        "empty": "",
        "huge": secret * 1_000,
    }.get(kind, secret)
    async with asking(app, Authorization=f"{'Basic' if kind == 'basic' else 'Bearer'} {sent}") as script:
        problem_of(await script.post("/job-estimates", json={"kind": "probe"}), status, slug)


async def test_a_token_is_its_owner_says_when_it_was_used_and_makes_no_tokens(app, ada, asking, problem_of, token):
    async with asking(app, Authorization=f"Bearer {token.secret}") as script:
        assert (await script.get("/sessions/current")).json()["user"] == "ada"
        problem_of(await script.get("/tokens"), 403, "missing-scope")
        problem_of(await script.delete("/sessions/current"), 403, "missing-scope")
    (listed,) = (one for one in (await ada.get("/tokens")).json() if one["id"] == token.id)
    assert listed["last_used"] is not None
    assert "secret" not in listed
    assert token.secret not in app.state.gate.audit.path.read_text()


async def test_a_new_password_and_signing_out_end_all_sessions(app, asking, signed_in, problem_of):
    ledger = app.state.gate.ledger
    add_user(ledger, "carl", password="first password")
    for end in (
        lambda client: asyncio.to_thread(set_password, ledger, "carl", password="second password"),
        lambda client: client.delete("/sessions/current"),
        lambda client: asyncio.to_thread(remove_user, ledger, "carl"),
    ):
        async with signed_in(app, "carl") as here, signed_in(app, "carl") as there:
            assert (await here.get("/jobs")).status_code == (await there.get("/jobs")).status_code == 200
            await end(here)
            for client in (here, there):
                problem_of(await client.get("/jobs"), 401, "sign-in-needed")
    assert check_password(ledger, "carl", password="second password") is None


async def test_a_hash_of_lesser_parameters_is_made_anew_at_the_next_sign_in(app, monkeypatch, password):
    ledger = app.state.gate.ledger
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert passwords.is_outdated(find_user(ledger, "bob").password)
    assert check_password(ledger, "bob", password="wrong") is None
    assert check_password(ledger, "bob", password=password).name == "bob"
    assert not passwords.is_outdated(find_user(ledger, "bob").password)
    assert check_password(ledger, "bob", password=password).name == "bob"


async def test_visitors_of_an_open_regulens_are_apart_outlive_a_restart_and_need_no_tokens(
    start, asking, signed_in, problem_of, tmp_path
):
    async with start("open", data_dir=tmp_path) as app, asking(app) as script:
        begun = (await script.post("/sessions", json={})).json()
        other = (await script.post("/sessions", json={})).json()
        assert (begun["visitor"], len(begun["user"]), begun["user"] != other["user"]) == (True, 32, True)
        assert (await script.get("/sessions/current")).json()["user"] == "local"
        problem_of(await script.post("/sessions", json={"name": "a", "password": "b"}), 409, "no-passwords")
        problem_of(await script.post("/tokens", json={"title": "x", "scopes": ["read"]}), 409, "no-tokens")
        async with asking(app, Cookie=f"{SESSION_COOKIE}={begun['cookie']}") as visitor:
            upload = (await visitor.put("/uploads/a", content=b"mine")).json()["id"]
        problem_of(await script.get(f"/uploads/{upload}"), 404, "unknown-upload")
        for credential in ({"Cookie": f"{SESSION_COOKIE}=none"}, {"Authorization": "Bearer rgl_x"}):
            async with asking(app, **credential) as nobody:
                refused = await nobody.get("/jobs")
                problem_of(refused, 401, "sign-in-needed")
                assert 'access="open"' in refused.headers["www-authenticate"]
    async with start("open", data_dir=tmp_path) as app, asking(app, Cookie=f"{SESSION_COOKIE}={begun['cookie']}") as me:
        assert (await me.get(f"/uploads/{upload}/content")).content == b"mine"


async def test_the_cookie_of_another_regulens_on_this_host_changes_nothing(start, asking, problem_of, tmp_path):
    async with start("open", data_dir=tmp_path / "theirs") as app, asking(app) as script:
        theirs = (await script.post("/sessions", json={})).json()
    async with start("open", data_dir=tmp_path / "ours") as app, asking(app) as script:
        ours = (await script.post("/sessions", json={})).json()
        assert re.fullmatch(f"{SESSION_COOKIE}-[0-9a-f]{{8}}", ours["cookie_name"])
        assert ours["cookie_name"] != theirs["cookie_name"]
        held = [f"{session['cookie_name']}={session['cookie']}" for session in (theirs, ours)]
        for cookies in (f"{SESSION_COOKIE}=none; {held[0]}; {held[1]}", f"{held[1]}; {held[0]}"):
            async with asking(app, Cookie=cookies) as visitor:
                assert (await visitor.get("/sessions/current")).json()["user"] == ours["user"]
        forged = f"{ours['cookie_name']}={theirs['cookie']}"
        for cookies in (f"{SESSION_COOKIE}=none; {held[0]}", f"{SESSION_COOKIE}={ours['cookie']}; {forged}"):
            async with asking(app, Cookie=cookies) as nobody:
                problem_of(await nobody.get("/jobs"), 401, "sign-in-needed")


async def test_a_proxy_says_who_asks_if_it_knows_the_secret(start, asking, problem_of):
    async with start("proxy", proxy_secret=SecretStr(SECRET)) as app:
        good = {PROXY_USER_HEADER: "ada@lab.org", PROXY_SECRET_HEADER: SECRET}
        async with asking(app, **good) as ada:
            assert (await ada.get("/sessions/current")).json()["user"] == "ada@lab.org"
            assert (await ada.delete("/sessions/current")).status_code == 204
            problem_of(await ada.post("/sessions", json={}), 409, "no-passwords")
            made = (await ada.post("/tokens", json={"title": "x", "scopes": ["read"]})).json()["secret"]
        async with asking(app, Authorization=f"Bearer {made}") as script:
            assert (await script.get("/sessions/current")).json()["user"] == "ada@lab.org"
        bad = [
            {},
            {PROXY_USER_HEADER: "ada"},
            {PROXY_SECRET_HEADER: SECRET},
            {**good, PROXY_SECRET_HEADER: "t" * 32},
            {**good, PROXY_SECRET_HEADER: ""},
            {**good, PROXY_USER_HEADER: "a" * 65},
            {**good, PROXY_USER_HEADER: "a,b"},
            {"Cookie": f"{SESSION_COOKIE}={sign('ada', generation=None, key=app.state.gate.key)}"},
        ]
        for headers in bad:
            async with asking(app, **headers) as nobody:
                problem_of(await nobody.get("/jobs"), 401, "sign-in-needed")
        async with asking(app) as twice:
            repeated = [*good.items(), (PROXY_USER_HEADER, "bob")]
            problem_of(await twice.get("/jobs", headers=repeated), 401, "sign-in-needed")


def test_the_key_is_drawn_once_for_this_user_only(settings, tmp_path):
    here = settings.model_copy(update={"data_dir": tmp_path / "data"})
    key = session_key(here)
    assert session_key(here) == key
    assert len(key) == 64
    assert stat.S_IMODE((tmp_path / "data" / "session_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["session_key"]
    (tmp_path / "data" / "session_key").write_text("cut")
    with pytest.raises(ValueError, match="Remove it"):
        session_key(here)


async def test_everything_that_destroys_or_brings_in_leaves_a_line(app, ada, token, work):
    upload = (await ada.put("/uploads/a", content=b"1")).json()["id"]
    job = (await ada.post("/jobs", json={"kind": "probe"})).json()["id"]
    work(app, job)
    for path in (f"/uploads/{upload}", f"/jobs/{job}", f"/tokens/{token.id}"):
        assert (await ada.delete(path, headers={"X-Request-ID": "asked-by-ada"})).status_code == 204
    lines = [(line["event"], line["subject"], line["user"], line["request_id"]) for line in audited(app)[-3:]]
    assert lines == [
        ("upload-deleted", upload, "ada", "asked-by-ada"),
        ("job-deleted", job, "ada", "asked-by-ada"),
        ("token-revoked", token.id, "ada", "asked-by-ada"),
    ]
    assert audited(app)[-4]["event"] == "token-made"
    assert stat.S_IMODE(app.state.gate.audit.path.stat().st_mode) == 0o600
    assert check_audit(app.state.gate.audit.path) == []
