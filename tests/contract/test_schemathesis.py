"""A thousand requests made of the OpenAPI document, good and bad, with a token: what is answered is what is written.

``python -m benchmarks.fuzz schemathesis --cases 10000`` asks a running API the same.
"""

from collections import Counter

import pytest
import schemathesis
import structlog
import torch
from argon2 import PasswordHasher
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from backend.access import passwords
from backend.access.tokens import add_token
from backend.access.users import add_user
from backend.config import Settings
from backend.main import create_app
from backend.schemas.access import Scope
from backend.services import motif_library

PER_OPERATION = 12  # of either kind
CASES = 1_000  # in all, at least
LONGEST_WAIT_S = 300  # a busy machine is no fault of the service


def no_fault_of_the_service(ctx, response, case):
    """Of all that begins with 5, only what says when to come back is an answer."""
    assert response.status_code < 500 or (response.status_code == 503 and "retry-after" in response.headers), (
        response.status_code, response.text,
    )  # fmt: skip


CHECKS = [
    no_fault_of_the_service,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
asked = Counter()


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """As shipped, in a laboratory with passwords."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(motif_library, "DELAY_S", 1e6)
        patch.setattr(passwords, "HASHER", PasswordHasher(1, 8, 1))  # how slow, is tested elsewhere
        yield create_app(
            Settings(
                data_dir=tmp_path_factory.mktemp("data"), device="cpu", redis_url=None, access="password",
                allowed_hosts=("testserver",), requests_per_minute=10**6, predictions_per_second=10**6,
                min_free_bytes=0,
            )
        )  # fmt: skip
    torch.set_num_threads(threads)
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def api(app):
    load_all_checks()
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(scope="module")
def token(app, api) -> str:
    add_user(app.state.context.ledger, "ada", password="a long enough password")
    return add_token(app.state.context.ledger, "ada", title="test", scopes=tuple(Scope), days=1).secret


def labels() -> list[str]:
    paths = create_app(Settings()).openapi()["paths"]
    return [f"{method.upper()} {path}" for path, operations in paths.items() for method in operations]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize("label", labels())
def test_what_is_answered_is_what_is_written(api, token, label, mode):
    method, path = label.split()
    operation = api[path][method]

    @settings(max_examples=PER_OPERATION, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode))
    def answered(case):
        # Without and with a wrong token each case would be asked twice more: of the bad ones, most are no secret.
        checked = [*CHECKS, checks.ignored_auth] if mode is GenerationMode.POSITIVE else CHECKS
        headers = {"Authorization": f"Bearer {token}"}
        case.call_and_validate(headers=headers, checks=checked, timeout=LONGEST_WAIT_S)
        asked[label] += 1

    try:
        answered()
    except Unsatisfiable:  # a route without parameters has nothing that could be bad
        assert mode is GenerationMode.NEGATIVE


def test_it_was_a_thousand():
    assert asked.keys() == set(labels())
    assert asked.total() >= CASES, asked.total()
