"""Nothing that a user would not have read by others is in the log, whatever becomes of the request."""

import logging

import httpx
import pytest
import structlog

from backend.request_log import configure_logging
from backend.web.redaction import hide

pytestmark = pytest.mark.anyio

SEQUENCE = "GATTACAGATTACAGATTACACCCGGG"
GENE, HEADER, NAME = "ENSGCANARY01", "canary-header", "canary-user"
PASSWORD, TOKEN, COOKIE = "canary-password", "rgl_canaryid_canarysecret", "canary-cookie-value"
CANARIES = (SEQUENCE, GENE, HEADER, PASSWORD, "canarysecret", COOKIE)
FASTA = f">{HEADER}\n{SEQUENCE * 4}\n"


def questions():
    """List requests that succeed, that are refused and that break, each with something secret in it."""
    good = {"sequences": FASTA, "factors": ["alpha_cells"]}
    gene = {"file": {"upload": "0" * 32}, "gene": GENE, "checkpoints": ["e003-deepchrome"]}
    return [
        ("POST", "/sequence-analyses", {"json": good}),
        ("POST", "/sequence-analyses", {"json": good | {"sequences": FASTA + "!"}}),
        ("POST", "/sequence-analyses", {"json": good | {"colour": SEQUENCE, SEQUENCE: PASSWORD}}),
        ("POST", "/sequence-checks", {"content": f'{{"sequences": "{FASTA}'.encode()}),
        ("POST", "/sequence-checks", {"json": {"sequences": SEQUENCE * 5_000}}),
        ("POST", "/gene-explanations", {"json": gene}),
        ("GET", f"/genes?assembly=hg19&query={GENE}", {}),
        ("PUT", "/uploads/genes.csv", {"content": f"{GENE},1,2,3\n{HEADER}".encode()}),
        ("POST", "/jobs", {"json": {"kind": "nothing", "parameters": {"sequences": FASTA}}}),
        ("POST", "/sessions", {"json": {"name": NAME, "password": PASSWORD}}),
        ("POST", "/sessions", {"json": {"name": NAME, "password": [PASSWORD]}}),
        ("GET", "/catalog", {"headers": {"Authorization": f"Bearer {TOKEN}"}}),
        ("GET", "/catalog", {"headers": {"Cookie": f"regulens-session={COOKIE}"}}),
        ("POST", "/boom", {"json": {"sequences": FASTA}}),
    ]


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_log_holds_a_secret_or_a_sequence(app_with, settings, capfd, form):
    app = app_with()

    @app.post("/api/v1/boom", dependencies=[])
    async def boom(body: dict[str, str]) -> None:
        logging.getLogger("some.library").warning("got %s with Cookie: %s", body, COOKIE)
        sequence = body["sequences"]
        raise ValueError(f"input_value={sequence!r}, input_type=str; token {TOKEN}; {SEQUENCE}")

    configure_logging(settings.model_copy(update={"log_format": form, "log_level": "debug"}))
    handler = logging.StreamHandler()
    logging.getLogger("some.library").addHandler(handler)
    statuses = set()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://api/api/v1") as client:
        for method, path, options in questions():
            statuses.add((await client.request(method, path, **options)).status_code)
    logging.getLogger("some.library").removeHandler(handler)
    written = "".join(capfd.readouterr())
    assert {200, 201, 401, 404, 413, 422, 500} <= statuses
    assert written.count("sequence-analyses") == 3
    assert "request_failed" in written
    assert "some.library" not in written or "<sequence>" in written
    assert [canary for canary in CANARIES if canary in written] == []


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Cookie: regulens-session=abc.def; x=1", "Cookie: <hidden>; x=1"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer <hidden>"),
        ("{'password': 'hunter2', 'n': 1}", "{'password': <hidden>, 'n': 1}"),
        ("redis://:hunter2@host:1/0", "redis://<hidden>@host:1/0"),
        ("postgresql+psycopg://me:hunter2@host/db", "postgresql+psycopg://<hidden>@host/db"),
        ("the gene ACGT of 12 bases", "the gene ACGT of 12 bases"),
        ("A" * 30 + " and " + "acgtn" * 10, "<sequence> and <sequence>"),
        ("checkpoint e003-deepchrome is unavailable", "checkpoint e003-deepchrome is unavailable"),
    ],
)
def test_what_is_secret_is_known_by_its_form(text, clean):
    assert hide(text) == clean


def test_a_line_whose_words_and_values_do_not_fit_ends_nothing(settings, caplog):
    configure_logging(settings)
    logging.getLogger("some.library").warning("%d of Bearer %s", "x", TOKEN)
    assert "%d of Bearer" in caplog.text
    assert TOKEN not in caplog.text


def test_events_are_cleaned_at_any_depth(settings, capsys):
    configure_logging(settings.model_copy(update={"log_format": "json"}))
    structlog.get_logger().info("x", nested={"list": [SEQUENCE, {"deep": f"Bearer {TOKEN}"}]})
    written = capsys.readouterr().out
    assert SEQUENCE not in written
    assert TOKEN not in written
