"""Regulens with passwords, its users and what they bring, without weights."""

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from backend.access import passwords
from backend.access.sessions import sign
from backend.access.users import add_user, find_user
from backend.main import create_app
from backend.schemas.access import SESSION_COOKIE
from backend.services.job_runner import run_job

PASSWORD = "correct horse battery"
PROBES = str(Path(__file__).parents[1] / "jobs")


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords():
    """Hash with the least that Argon2 allows: these tests sign in often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def password() -> str:
    return PASSWORD


@pytest.fixture(scope="session")
def start(settings, tmp_path_factory):
    """Start an application in an access mode, with the users ada and bob."""

    @asynccontextmanager
    async def start(access, **changes):
        folder = tmp_path_factory.mktemp(access)
        given = {"access": access, "data_dir": folder, "job_modules": ("probe_kinds",), **changes}
        sys.path.insert(0, PROBES)
        app = create_app(settings.model_copy(update=given))
        async with app.router.lifespan_context(app):
            if access == "password":
                for name in ("ada", "bob"):
                    await asyncio.to_thread(add_user, app.state.gate.ledger, name, password=PASSWORD)
            yield app
        sys.path.remove(PROBES)

    return start


@pytest.fixture(scope="session")
def asking():
    """Open a client that sends these headers with everything."""

    def asking(app, **headers):
        transport = httpx.ASGITransport(app=app)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1", headers=headers)

    return asking


@pytest.fixture(scope="session")
def signed_in(asking):
    """Open a client of a user with a session, or of a visitor where Regulens is open."""

    @asynccontextmanager
    async def signed_in(app, name=None):
        gate = app.state.gate
        user = None if name is None else await asyncio.to_thread(find_user, gate.ledger, name)
        cookie = sign(name, generation=user.generation, key=gate.key) if user else gate.welcome_visitor().cookie
        async with asking(app, Cookie=f"{SESSION_COOKIE}={cookie}") as client:
            yield client

    return signed_in


@pytest.fixture(scope="session")
def work():
    """Do a job as a worker would."""

    def work(app, job_id):
        context = app.state.context
        run_job(job_id, ledger=context.ledger, storage=context.storage, settings=context.settings, worker="test")

    return work
