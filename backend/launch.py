"""Start Regulens on this machine: broker, API, dispatcher, workers and page, watched and ended cleanly."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from pydantic import ValidationError

from backend.config import Settings, mistakes
from backend.embedded_valkey import embedded_valkey
from backend.jobs.database import damage, migrate
from backend.ports import answers_http, free_port
from backend.processes import ChildProcess, Supervisor, say
from backend.schemas.jobs import QUEUES

LIVE_PATH = "/api/v1/health/live"
DAMAGED = (
    "The database of jobs ({url}) is damaged: {wrong}. Restore a backup (README, Backup), or move the file away with "
    "its -wal and -shm to begin with an empty one; uploads and the files of jobs stay."
)
EVERYWHERE = "0.0.0.0"  # noqa: S104
USUAL = {  # what a process that runs networks finds in its environment, unless something else is set
    # Numba's threads would set torch's back to the number of cores: every thread beyond one slows the networks down.
    "NUMBA_NUM_THREADS": "1",
    # Each thread's own heap would keep what the work of a moment has taken: 44 MB of the API.
    "MALLOC_ARENA_MAX": "2",
    # What a pass through a network frees is kept for the next one: to ask for it again, page by page, took a third.
    "MALLOC_TRIM_THRESHOLD_": str(1 << 26),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
}


def main() -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code."""
    try:
        settings = Settings()
    except ValidationError as error:
        say("launcher", f"The settings are not valid: {mistakes(error)}")
        return 2
    if wrong := damage(settings.ledger_url):
        say("launcher", DAMAGED.format(url=settings.ledger_url, wrong=wrong))
        return 2
    migrate(settings.ledger_url)
    with _broker(settings) as (redis_url, brokers):
        api_port = _port("API", settings.api_port, host=settings.host)
        page_port = _port("page", settings.page_port, host=settings.host, avoid=frozenset({api_port}))
        services = _services(settings.host, api_port=api_port, page_port=page_port, redis_url=redis_url)
        supervisor = Supervisor([*brokers, *services])
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, supervisor.request_stop)
        say("launcher", "Starting; the address follows when page and API answer.")
        exit_code = supervisor.run(announce=partial(_announce, settings.host, api_port=api_port, page_port=page_port))
    say("launcher", "Everything has ended.")
    return exit_code


@contextmanager
def _broker(settings: Settings) -> Iterator[tuple[str, list[ChildProcess]]]:
    """Use the broker that REDIS_URL names, or bring one along."""
    if settings.redis_url is not None:
        say("launcher", "REDIS_URL is set: that broker is used and none is started.")
        yield settings.redis_url, []
        return
    with embedded_valkey(settings.data_dir) as valkey:
        say("launcher", f"The broker keeps its data in {valkey.folder}.")
        yield valkey.url, [valkey.process]


def _port(what: str, preferred: int, *, host: str, avoid: frozenset[int] = frozenset()) -> int:
    """Choose a port and say so when it is not the usual one."""
    port = free_port(preferred, host=host, avoid=avoid)
    if preferred and port != preferred:
        say("launcher", f"Port {preferred} is taken; the {what} uses {port} instead.")
    return port


def _services(host: str, *, api_port: int, page_port: int, redis_url: str) -> list[ChildProcess]:
    """Describe API and page, which people wait for, then dispatcher and workers."""
    reached = _reached_at(host)
    environment = {"REDIS_URL": redis_url, **{name: os.environ.get(name, value) for name, value in USUAL.items()}}
    return [
        ChildProcess(
            name="api",
            command=_uvicorn("backend.main:create_app", host=host, port=api_port),
            # The page says from which address a browser comes; nobody else on this machine needs to be believed.
            environment={**environment, "FORWARDED_ALLOW_IPS": f"127.0.0.1,{reached}"},
            ready=partial(answers_http, reached, api_port, LIVE_PATH),
        ),
        ChildProcess(name="dispatch", command=_python("backend.workers.dispatcher"), environment=environment, stage=2),
        *(
            ChildProcess(
                name=queue,
                command=_python("backend.workers.run", queue),
                # On SIGTERM a running job goes back to the ledger instead of being waited for.
                environment={**environment, "REMAP_SIGTERM": "SIGQUIT"},
                stage=2,
            )
            for queue in QUEUES
        ),
        ChildProcess(
            name="page",
            command=_uvicorn("frontend.app:create_app", host=host, port=page_port),
            environment={"REGULENS_API_URL": f"http://{reached}:{api_port}"},
            ready=partial(answers_http, reached, page_port, "/"),
        ),
    ]


def _uvicorn(factory: str, *, host: str, port: int) -> tuple[str, ...]:
    """Serve an application factory; open connections may not hold up the end."""
    options = ("--no-access-log", "--no-server-header", "--ws", "none", "--timeout-graceful-shutdown", "1")
    # A connection that is closed while a request is on its way fails that request: clients must let go of it first.
    kept = ("--timeout-keep-alive", "75")
    return _python("uvicorn", factory, "--factory", "--host", host, "--port", str(port), *options, *kept)


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _reached_at(host: str) -> str:
    """Return the address at which this machine reaches what listens on the host."""
    return "127.0.0.1" if host == EVERYWHERE else host


def _announce(host: str, *, api_port: int, page_port: int) -> None:
    """Print the addresses: page and API have just answered."""
    say("launcher", f"The API answers at http://{_reached_at(host)}:{api_port}/docs")
    say("launcher", f"Regulens is ready: http://{_reached_at(host)}:{page_port}")
    say("launcher", "Ctrl-C ends it.")


if __name__ == "__main__":
    sys.exit(main())
