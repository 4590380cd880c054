"""What who runs Regulens does: users and tokens from the command line, the audit log, settings that are refused."""

import io
import json

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Boolean, Double, Float, Integer, Text, text

from backend.access import __main__ as operator
from backend.access.audit import AuditLog, check_audit
from backend.access.users import check_password
from backend.config import Settings, mistakes, read_settings
from backend.jobs.database import MIGRATIONS, WRITES, migrate, open_database
from backend.jobs.ledger import open_ledger
from backend.jobs.tables import JobRecord
from backend.main import create_app

PASSWORD = "correct horse battery"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REGULENS_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def run(*words, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = operator.main(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_users_are_added_changed_listed_and_removed(run):
    assert run("add-user", "ada", "--password-stdin", typed=f"{PASSWORD}\n")[0] == 0
    assert "already" in run("add-user", "ada", "--password-stdin", typed=f"{PASSWORD}\n")[2]
    assert run("list-users")[1].startswith("ada  since 20")
    assert run("set-password", "ada", "--password-stdin", typed="another long one\n")[0] == 0
    ledger = open_ledger(Settings())
    assert check_password(ledger, "ada", password=PASSWORD) is None
    assert check_password(ledger, "ada", password="another long one").name == "ada"
    ledger.engine.dispose()
    assert run("remove-user", "ada")[0] == 0
    code, _, said = run("remove-user", "ada")
    assert (code, "list-users" in said) == (1, True)
    assert run("list-users")[1] == ""


@pytest.mark.parametrize("typed", ["short\n", "", "x" * 201])
def test_a_password_that_is_too_short_or_too_long_is_refused(run, typed):
    code, _, said = run("add-user", "ada", "--password-stdin", typed=typed)
    assert (code, "12 to 200" in said) == (1, True)
    assert run("list-users")[1] == ""


def test_a_password_is_asked_for_twice(run, monkeypatch):
    typed = iter([PASSWORD, "something else", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    assert "not the same" in run("add-user", "ada")[2]
    assert run("add-user", "ada")[0] == 0


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "ä", "../etc", "who runs Regulens"])
def test_a_name_that_could_be_mistaken_is_refused(run, name):
    with pytest.raises(SystemExit):
        run("add-user", name, "--password-stdin", typed=f"{PASSWORD}\n")


def test_tokens_are_made_listed_and_revoked(run):
    run("add-user", "ada", "--password-stdin", typed=f"{PASSWORD}\n")
    _, secret, _ = run("add-token", "ada", "--scope", "read", "--scope", "jobs", "--title", "pipe\x1b[2Jline")
    assert secret.startswith("rgl_")
    token_id = secret.split("_")[1]
    listed = run("list-tokens", "ada")[1]
    assert listed.startswith(f"{token_id}  jobs read  until 20")
    assert "never used  pipe[2Jline" in listed
    assert secret.split("_")[2].strip() not in listed
    assert run("revoke-token", "bob", token_id)[0] == 1
    assert run("revoke-token", "ada", token_id)[0] == 0
    assert run("list-tokens", "ada")[1] == ""


def test_the_audit_log_has_it_all_and_no_password(run, tmp_path):
    run("add-user", "ada", "--password-stdin", typed=f"{PASSWORD}\n")
    _, secret, _ = run("add-token", "ada", "--scope", "read")
    run("set-password", "ada", "--password-stdin", typed="another long one\n")
    run("remove-user", "ada")
    text = (tmp_path / "audit.log").read_text()
    events = [json.loads(line)["event"] for line in text.splitlines()]
    assert events == ["user-added", "token-made", "password-set", "user-removed"]
    assert not any(hidden in text for hidden in (PASSWORD, "another long one", secret.split("_")[2].strip()))
    assert run("check-audit")[0] == 0


@pytest.mark.parametrize(
    ("change", "bad"),
    [
        (lambda lines: lines, []),
        (lambda lines: [lines[0], lines[1].replace(b"bob", b"eve"), *lines[2:]], [3]),
        (lambda lines: [lines[0], *lines[2:]], [2]),
        (lambda lines: [lines[1], lines[0], *lines[2:]], [1, 2, 3]),
        (lambda lines: [*lines[:3], lines[3][:10] + b"\n"], [4]),
    ],
)
def test_a_line_that_was_changed_or_removed_is_found(tmp_path, change, bad):
    audit = AuditLog(tmp_path)
    for user in ("ada", "bob", "carl", "dora"):
        audit.note("signed-in", user=user)
    audit.path.write_bytes(b"".join(change(audit.path.read_bytes().splitlines(keepends=True))))
    assert check_audit(audit.path) == bad


def test_what_is_cut_off_by_a_crash_costs_one_line(tmp_path):
    audit = AuditLog(tmp_path)
    audit.note("signed-in", user="ada")
    with audit.path.open("ab") as file:
        file.write(b'{"at": "20')
    audit.note("signed-in", user="bob")
    audit.note("signed-in", user="carl")
    assert check_audit(audit.path) == [2]
    assert [json.loads(line)["user"] for line in audit.path.read_bytes().splitlines()[2:]] == ["bob", "carl"]


SECRET = "s" * 32
REFUSED = {
    "a public host": ({"REGULENS_HOST": "0.0.0.0"}, "REGULENS_HOST lets other machines"),
    "an address of the network": ({"REGULENS_HOST": "192.168.1.5"}, "REGULENS_HOST lets other machines"),
    "every address, IPv6": ({"REGULENS_HOST": "::"}, "REGULENS_HOST lets other machines"),
    "a name": ({"REGULENS_HOST": "lab.example.org"}, "REGULENS_HOST lets other machines"),
    "a port for all": ({"REGULENS_PUBLISH": "8050"}, "REGULENS_PUBLISH lets other machines"),
    "published to all": ({"REGULENS_PUBLISH": "0.0.0.0:8050"}, "REGULENS_PUBLISH lets other machines"),
    "a proxy without a secret": ({"REGULENS_ACCESS": "proxy"}, "needs REGULENS_PROXY_SECRET"),
    "a short secret": (
        {"REGULENS_ACCESS": "proxy", "REGULENS_PROXY_SECRET": "s3cret-but-short"},
        "needs REGULENS_PROXY_SECRET",
    ),
    "a short key": ({"REGULENS_SESSION_KEY": "s3cret-but-short"}, "REGULENS_SESSION_KEY: "),
}
ACCEPTED = [
    {},
    {"REGULENS_HOST": "localhost"},
    {"REGULENS_HOST": "127.0.0.2"},
    {"REGULENS_HOST": "::1"},
    {"REGULENS_PUBLISH": "127.0.0.1:8050"},
    {"REGULENS_PUBLISH": "[::1]:8050"},
    {"REGULENS_HOST": "0.0.0.0", "REGULENS_ACCESS": "password"},
    {"REGULENS_PUBLISH": "8050", "REGULENS_ACCESS": "proxy", "REGULENS_PROXY_SECRET": SECRET},
]


@pytest.mark.parametrize("case", REFUSED)
def test_regulens_does_not_start_where_strangers_would_be_let_in(monkeypatch, case):
    environment, words = REFUSED[case]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as refused:
        create_app()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("environment", ACCEPTED)
def test_what_is_safe_is_accepted(monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert read_settings().access == environment.get("REGULENS_ACCESS", "open")


def test_a_secret_of_a_container_is_read_from_its_file(monkeypatch, tmp_path):
    (tmp_path / "proxy_secret").write_text(SECRET)
    (tmp_path / "session_key").write_text("k" * 64)
    monkeypatch.setattr("backend.config.SECRETS", tmp_path)
    monkeypatch.setenv("REGULENS_ACCESS", "proxy")
    settings = read_settings()
    assert settings.proxy_secret.get_secret_value() == SECRET
    assert settings.session_key.get_secret_value() == "k" * 64
    assert SECRET not in repr(settings)


def test_a_mistake_names_its_variable(monkeypatch):
    monkeypatch.setenv("REGULENS_API_PORT", "many")
    with pytest.raises(ValueError, match="api_port") as refused:
        Settings()
    assert mistakes(refused.value).startswith("REGULENS_API_PORT: ")


VALUES = {Text: "a", Double: 1.0, Float: 1.0, Integer: 1, Boolean: False}


def to_version(url, version):
    """Bring an SQLite ledger to a version that need not be the newest."""
    engine = open_database(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.execution_options(**WRITES).begin() as connection:
        config.attributes["connection"] = connection
        newer = MigrationContext.configure(connection).get_current_revision() is not None
        (command.downgrade if newer else command.upgrade)(config, version)
    engine.dispose()


def test_a_ledger_of_a_former_version_keeps_its_jobs_and_their_logs(tmp_path):
    url = f"sqlite:///{tmp_path}/jobs.sqlite3"
    to_version(url, "0001")
    engine = open_database(url)
    with engine.begin() as connection:
        columns = [column for column in JobRecord.__table__.columns if column.name != "shared"]
        values = {column.name: VALUES.get(type(column.type), "[]") for column in columns}
        names = ", ".join(values)
        connection.execute(text(f"INSERT INTO jobs ({names}) VALUES (:{', :'.join(values)})"), values)
        connection.execute(
            text("INSERT INTO job_events (job_id, at, attempt, message) VALUES ('a', 1, 0, 'Accepted.')")
        )
    migrate(url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT id, shared FROM jobs")).all() == [("a", 0)]
        assert connection.execute(text("SELECT message FROM job_events")).all() == [("Accepted.",)]
    to_version(url, "0001")
    migrate(url)
    engine.dispose()
