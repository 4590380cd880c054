"""Account, status, the user's menu, sharing: what each of them says."""

import json
from datetime import UTC, datetime

import pytest
from plotly.utils import PlotlyJSONEncoder

from backend.schemas.access import NewToken, Session, TokenInfo
from backend.schemas.catalog import Catalog
from backend.schemas.health import Part, Ready
from backend.schemas.jobs import JobLimits
from frontend.client import BackendProblem, BackendUnavailable
from frontend.components import account, notices, status
from frontend.components.chromatin.models_panel import grouped_options
from frontend.components.model_panel import unavailable_items
from frontend.components.shell import shell
from frontend.components.user_menu import user_menu
from frontend.pages import PAGES, page_at
from frontend.pages.failures import banner_style
from frontend.pages.sequence.models import unavailable_for

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def said(component):
    return json.dumps(component, cls=PlotlyJSONEncoder)


def session(access="password", user="ada"):
    expires = NOW if access == "password" else None
    return Session(access=access, user=user, visitor=access == "open", expires=expires, cookie_name="regulens-session")


def ready(**changes):
    fields = {"status": "ready", "parts": [], "unavailable": {}, "device": "cpu", "checkpoints": 55, "broker": "up",
              "workers": 2, "motifs": "ready", "versions": {"regulens": "0.1"}}  # fmt: skip
    return Ready.model_validate(fields | changes)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_page_can_be_laid_out(page):
    assert said(page.layout())


def test_account_and_status_have_their_pages_and_the_foot_leads_there():
    assert (page_at("/account").path, page_at("/status").path) == ("/account", "/status")
    assert '"/status"' in said(shell([]))


def test_the_menu_says_who_one_is_and_signs_out_only_whom_we_signed_in():
    assert "This browser" in said(user_menu(session("open", "a" * 32)))
    assert "a" * 32 not in said(user_menu(session("open", "a" * 32)))
    assert '"/sign-out"' in said(user_menu(session()))
    for other in (session("open"), session("proxy"), None):
        assert '"/sign-out"' not in said(user_menu(other))
    assert "Signed in as ada by the server in front" in said(user_menu(session("proxy")))


def test_the_account_says_until_when():
    assert "2026-03-04 12:00 UTC" in said(account.who(session()))
    assert "as long as the server in front" in said(account.who(session("proxy")))
    assert "random one" in said(account.who(session("open", "a" * 32)))


def test_a_secret_is_shown_once_and_never_listed():
    token = TokenInfo(id="t1", title="night", scopes=["read", "jobs"], created=NOW, expires=NOW, last_used=None)
    assert "rgl_t1_secret" in said(account.made(NewToken(**token.model_dump(), secret="rgl_t1_secret")))
    listed = said(account.token_table([token]))
    assert all(words in listed for words in ("night", "read, jobs", "never", "Revoke the token 'night'?"))
    assert "rgl_" not in listed


def test_each_part_has_a_symbol_a_word_and_a_sentence():
    parts = [Part(name="queue", state="down", detail="No answer."), Part(name="disk", state="ok", detail="Room.")]
    told = said(status.parts_table(ready(parts=parts)))
    assert all(words in told for words in ("does not work", "works", "No answer.", "Room.", "\\u2713", "\\u00d7"))


@pytest.mark.parametrize("state", ["ready", "degraded", "down"])
def test_the_verdict_has_words_for_every_state(state):
    assert status.VERDICTS[state][0] in said(status.verdict(ready(status=state)))


def test_what_cannot_be_used_is_named_with_its_reason():
    assert "The weights are cut off." in said(status.unavailable({"x-cnn": "The weights are cut off."}))
    assert status.unavailable({}) is None
    (item,) = unavailable_items({"x-cnn": "The weights are cut off."})
    assert '"disabled": true' in said(item)
    group = grouped_options([], unavailable={"e003": "Cut off."})[-1]
    assert group["items"] == [{"value": "e003", "label": "e003: Cut off.", "disabled": True}]
    assert grouped_options([]) == []


def test_a_factor_shows_its_own_broken_models_and_those_of_no_factor(catalog):
    broken = {"ctcf_weri-rnn": "a", "myc_h1-rnn": "b", "lost-rnn": "c"}
    known = Catalog.model_validate(catalog.model_dump() | {"unavailable": broken})
    assert unavailable_for(known, "ctcf_weri") == {"ctcf_weri-rnn": "a", "lost-rnn": "c"}


def test_limits_are_said_in_numbers():
    told = said(status.limits(JobLimits(waiting_per_user=20, running_per_user=2, waiting_in_all=500, kept_days=30)))
    assert all(f'"{number}"' in told for number in ("20", "2", "500", "30 days"))


def test_who_is_refused_has_reached_the_service(problem):
    assert banner_style(BackendProblem(problem)) == {"display": "none"}
    assert banner_style(BackendUnavailable("away")) == {"display": "block"}


@pytest.mark.parametrize(("access", "href"), [("open", "/"), ("password", "/sign-in"), ("proxy", "/")])
def test_a_session_that_has_ended_leads_to_a_new_one_in_a_new_tab(access, href):
    told = said(notices.signed_out(access))
    assert f'"href": "{href}"' in told
    assert '"target": "_blank"' in told
    assert "in 17 s" in said(notices.too_often(17))
