"""Settings of broker, API, worker and launcher, read from the environment."""

import os
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from backend.web.exposure import debugger_mistake, exposure_mistake, proxy_mistake

SECRETS: Final = Path("/run/secrets")  # where containers find passwords: REDIS_URL in redis_url, and so on


class Settings(BaseSettings):
    """Settings of the service, each an environment variable with the prefix REGULENS_, but for the two URLs."""

    model_config = SettingsConfigDict(
        env_prefix="REGULENS_", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    host: str = Field(default="127.0.0.1", description="Address on which page and API listen.")
    api_port: int = Field(default=8000, ge=0, le=65535, description="Port of the API; 0 takes any free one.")
    page_port: int = Field(default=8050, ge=0, le=65535, description="Port of the page; 0 takes any free one.")
    access: Literal["open", "password", "proxy"] = Field(
        default="open",
        description="Who may ask: `open`, everybody on this machine, each browser under a random name; `password`, "
        "users whom `python -m backend.access add-user NAME` has added; `proxy`, whom a reverse proxy has signed in.",
    )
    proxy_secret: SecretStr | None = Field(
        default=None,
        description="What the reverse proxy sends as `X-Regulens-Proxy-Secret`, so that nobody else can say who asks: "
        "32 characters or more. Docker reads it from the secret `proxy_secret`, too.",
    )
    published_at: str | None = Field(
        default=None,
        validation_alias="REGULENS_PUBLISH",
        description="Where Docker publishes the page, `address:port`; for everything but this machine, `access` must "
        "not be `open`.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Names under which page and API are reached, as a JSON list; this machine's own are always "
        "allowed. When empty, they are the only ones where `access` is `open`, and any will do elsewhere.",
    )
    session_days: float = Field(default=30, gt=0, description="Days after which named users sign in anew.")
    session_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Key that sessions are signed with; when not set, one is drawn at the first start and kept in the "
        "data folder (Docker: in the secret `session_key`). Another key ends all sessions.",
    )
    redis_url: str | None = Field(
        default=None,
        validation_alias="REDIS_URL",
        description="Broker to use; when not set, the launcher starts one of its own.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="Database of the job ledger, `postgresql+psycopg://…` where several hosts share it; when not set, "
        "an SQLite file in the data folder.",
    )
    data_dir: Path = Field(default=Path(".regulens"), description="Folder of what the service writes.")
    storage_url: str | None = Field(
        default=None,
        description="Where files of jobs and trained checkpoints are kept, `s3://bucket/folder` for example; when not "
        "set, a folder in the data folder.",
    )
    checkpoint_dir: Path | None = Field(
        default=None, description="Folder of trained weights; when not set, the weights that come with Regulens."
    )
    chromatin_checkpoint_dir: Path | None = Field(
        default=None,
        description="Folder of trained chromatin weights; when not set, those that come with Regulens. "
        "Imported ones lie in the data folder.",
    )
    motif_file: Path | None = Field(
        default=None,
        description="A lab's own motifs, a MEME file (plain or `.gz`); when not set, JASPAR 2026 CORE vertebrates, "
        "which comes with Regulens.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where the networks run; `auto` takes CUDA when it is there."
    )
    torch_threads: int = Field(
        default=1, ge=1, description="CPU threads of the networks; more helps only on idle machines with many cores."
    )
    max_batch: int = Field(default=64, ge=1, description="Windows or genes that go through a network at a time.")
    queue_windows: int = Field(
        default=4096,
        ge=1,
        description="Windows and genes that may wait for the networks before requests are turned away.",
    )
    max_records: int = Field(default=10_000, ge=1, description="Records in one request.")
    max_bases: int = Field(default=1_500_000, ge=1, description="Bases in one request.")
    max_request_bytes: int = Field(default=8_000_000, ge=1, description="Bytes in one request, uploads apart.")
    requests_per_minute: int = Field(default=600, ge=1, description="Requests of one user to the API in a minute.")
    predictions_per_second: int = Field(
        default=20,
        ge=1,
        description="Requests of one user per second, over five seconds, that run networks while somebody waits.",
    )
    predictions_at_once: int = Field(
        default=128,
        ge=1,
        description="Requests of all users that run networks at the same time; more are refused at once, with 503.",
    )
    explained_rows: int = Field(
        default=16, ge=1, description="Rows (record, strand and factor) that one request may have explained."
    )
    tile_step: int = Field(
        default=50, ge=1, le=101, description="Bases between the windows that scan a sequence longer than one window."
    )
    max_genes: int = Field(default=20_000, ge=1, description="Genes in one histone file.")
    max_rows: int = Field(default=2_500_000, ge=1, description="Rows (gene and bin) in one histone file.")
    max_histone_bytes: int = Field(default=500_000_000, ge=1, description="Bytes of one histone file.")
    max_bigwig_bytes: int = Field(default=2_000_000_000, ge=1, description="Bytes of one bigWig.")
    max_checkpoint_bytes: int = Field(default=10_000_000, ge=1, description="Bytes of published weights to import.")
    max_stored_bytes: int = Field(default=20_000_000_000, ge=1, description="Bytes of all uploads together.")
    job_modules: tuple[str, ...] = Field(
        default=(),
        description="Python modules of your own that register more kinds of job, as a JSON list. API and workers "
        "import them.",
    )
    waiting_jobs_per_user: int = Field(default=20, ge=1, description="Jobs of one user that may wait or run.")
    running_jobs_per_user: int = Field(default=2, ge=1, description="Jobs of one user that run at a time, per queue.")
    waiting_jobs: int = Field(default=500, ge=1, description="Jobs of all users that may wait or run.")
    job_lease_s: float = Field(
        default=20, gt=0, description="Seconds after which a job whose worker is silent is given to another one."
    )
    job_attempts: int = Field(default=3, ge=1, description="Workers that one job may lose before it has failed.")
    job_kept_days: float = Field(default=30, gt=0, description="Days that the files of a finished job are kept.")
    min_free_bytes: int = Field(
        default=500_000_000, ge=0, description="Bytes that must be free on the disk before a job is accepted."
    )
    kept_hours: float = Field(default=24, gt=0, description="Hours that an upload is kept after its last use.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important messages that are written."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="Form of the log lines.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what the environment does not say from the files of a container's secrets."""
        in_container = SECRETS.is_dir()
        files = SecretsSettingsSource(settings_cls, secrets_dir=SECRETS, env_prefix="") if in_container else None
        return init_settings, env_settings, dotenv_settings, files or file_secret_settings

    @model_validator(mode="after")
    def _refuse_to_be_exposed(self) -> Self:
        """Refuse to be reached by others without knowing who they are."""
        secret = self.proxy_secret.get_secret_value() if self.proxy_secret else ""
        mistake = (
            debugger_mistake(os.environ)
            or exposure_mistake(self.access, self.host, self.published_at)
            or proxy_mistake(self.access, secret)
        )
        if mistake:
            raise ValueError(mistake)
        return self

    @property
    def ledger_url(self) -> str:
        """Address of the job ledger's database."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'jobs.sqlite3').resolve()}"

    @property
    def files_url(self) -> str:
        """Address of the files of jobs."""
        return self.storage_url or str((self.data_dir / "storage").resolve())

    @property
    def max_upload_bytes(self) -> int:
        """Bytes of the largest file that any use allows."""
        return max(self.max_histone_bytes, self.max_bigwig_bytes, self.max_checkpoint_bytes)


def read_settings() -> Settings:
    """Read the settings for a server; where they are wrong, say so in words and end."""
    try:
        return Settings()
    except ValidationError as error:
        raise SystemExit(f"The settings are not valid: {mistakes(error)}") from None


def mistakes(error: ValidationError) -> str:
    """Say what is wrong with settings, without their values: some are secret."""
    return " ".join(map(_mistake, error.errors(include_url=False, include_input=False, include_context=False)))


def _mistake(mistake: ErrorDetails) -> str:
    """Name the variable of a setting; what concerns several names them itself."""
    message = mistake["msg"].removeprefix("Value error, ").rstrip(".")
    name = str(mistake["loc"][0]) if mistake["loc"] else ""
    known = Settings.model_fields.get(name)
    variable = f"REGULENS_{name.upper()}" if known and known.validation_alias is None else name
    return f"{variable}: {message}." if name else f"{message}."
