"""The tables of the ledger. A change here needs a migration in `backend/jobs/migrations`; a test compares the two.

Times are seconds since 1970, UTC, so that leases are compared as numbers whatever the database.
"""

from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, MetaData, Text, UniqueConstraint, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables; constraints have names, so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                           "fk": "fk_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
    )  # fmt: skip
    type_annotation_map: ClassVar = {str: Text, dict[str, Any]: JSON, list[dict[str, Any]]: JSON, list[str]: JSON}


class JobRecord(Base):
    """One job: what was asked for, who works on it, what has come of it."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("owner", "idempotency_key"),
        Index(None, "state", "queue"),
        Index(None, "owner", "created"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    queue: Mapped[str]
    owner: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    inputs: Mapped[list[dict[str, Any]]]
    rerun_of: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    request_digest: Mapped[str]
    nominal_s: Mapped[float]  # the kind's own estimate
    estimate_s: Mapped[float]  # the same, corrected by what past jobs took
    limit_s: Mapped[int]

    state: Mapped[str]
    reason: Mapped[str | None]
    created: Mapped[float]
    published: Mapped[float | None]
    started: Mapped[float | None]
    finished: Mapped[float | None]
    expires: Mapped[float | None]
    expired: Mapped[bool] = mapped_column(default=False)

    attempt: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)
    token: Mapped[str | None]
    lease: Mapped[float | None]
    deadline: Mapped[float | None]
    worker: Mapped[str | None]

    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    live: Mapped[str | None]  # path in the storage
    live_revision: Mapped[int] = mapped_column(default=0)
    files: Mapped[list[dict[str, Any]]]
    checkpoints: Mapped[list[str]]
    summary: Mapped[dict[str, Any]]
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    digest: Mapped[str | None]
    versions: Mapped[dict[str, Any]]
    commits: Mapped[int] = mapped_column(default=0)  # results accepted; more than one would be a defect
    revision: Mapped[int] = mapped_column(default=0)
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())  # read by whoever has the id


class EventRecord(Base):
    """One line of a job's log."""

    __tablename__ = "job_events"
    __table_args__ = (Index(None, "job_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    at: Mapped[float]
    attempt: Mapped[int]
    message: Mapped[str]


class ProcessRecord(Base):
    """A worker or dispatcher that was heard of."""

    __tablename__ = "processes"

    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]  # a queue, or "dispatcher"
    seen: Mapped[float]
    note: Mapped[str | None]


class UserRecord(Base):
    """Somebody who signs in by password."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]  # its Argon2 hash
    generation: Mapped[int] = mapped_column(default=0)  # sessions of former ones are over
    created: Mapped[float]


class TokenRecord(Base):
    """A token for scripts; its secret is not kept, only what it is recognised by."""

    __tablename__ = "tokens"
    __table_args__ = (Index(None, "owner"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]  # not of `users`, which is empty where a proxy signs in
    title: Mapped[str]
    scopes: Mapped[list[str]]
    secret_sha256: Mapped[str]
    created: Mapped[float]
    expires: Mapped[float]
    last_used: Mapped[float | None]
