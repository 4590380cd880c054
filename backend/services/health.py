"""Whether the service can do its work, part by part."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Final, Literal, TypeAlias

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.jobs.database import can_be_written
from backend.jobs.ledger import Ledger
from backend.jobs.processes import DISPATCHER, living
from backend.schemas.health import Part, Ready
from backend.schemas.jobs import QUEUES
from backend.services.context import ServiceContext
from backend.services.versions import versions

BROKER_TIMEOUT_S: Final = 0.5
MOTIFS: Final = {
    "preparing": "Motif names are being prepared, which takes about a minute after the first start.",
    "failed": "The lab's own motif file cannot be read, so motifs are not named; the log says why. Mend the file that "
    "REGULENS_MOTIF_FILE names, then restart.",
}

Heard: TypeAlias = dict[str, list[str | None]]  # notes of the processes that live, by role


async def readiness(context: ServiceContext) -> Ready:
    """Report each part, and from them whether predictions are answered (degraded if anything else is missing)."""
    broker_is_up = await _broker_answers(context.settings.redis_url)
    heard = await asyncio.to_thread(_heard, context.ledger)
    motifs = await asyncio.to_thread(lambda: context.motifs.state)
    unavailable = await asyncio.to_thread(_unavailable, context)
    parts = [
        _networks(context),
        _checkpoints(context, unavailable),
        _part("motifs", MOTIFS.get(motifs), fine="Motifs can be named."),
        await asyncio.to_thread(_ledger, context.ledger, heard),
        _part("queue", None if broker_is_up else _no_queue(context), fine="It takes and gives the numbers of jobs."),
        *_processes(heard),
        await asyncio.to_thread(_disk, context),
    ]
    return Ready(
        status=_worst(parts),
        parts=parts,
        unavailable=unavailable,
        device=context.engine.device,
        checkpoints=len(context.checkpoints) + len(context.chromatin),
        broker="up" if broker_is_up else "down",
        workers=sum(len(notes) for role, notes in (heard or {}).items() if role != DISPATCHER),
        motifs=motifs,
        versions=versions(),
    )


def _worst(parts: Iterable[Part]) -> Literal["ready", "degraded", "down"]:
    """Only networks that cannot answer take the service down."""
    states = {part.state for part in parts}
    return "down" if "down" in states else "degraded" if "degraded" in states else "ready"


def _part(name: str, trouble: str | None, *, fine: str, state: str = "degraded") -> Part:
    return Part(name=name, state="ok", detail=fine) if trouble is None else Part(name=name, state=state, detail=trouble)


def _networks(context: ServiceContext) -> Part:
    n_loaded = len(context.checkpoints) + len(context.chromatin)
    trouble: str | None
    if not context.engine.is_running:
        trouble = "The thread that runs the networks has ended; nothing is predicted. Restart the API."
    else:
        trouble = None if n_loaded else "No checkpoint could be loaded; nothing is predicted. The log says why."
    return _part("networks", trouble, state="down", fine=f"{n_loaded} networks answer on {context.engine.device}.")


def _unavailable(context: ServiceContext) -> dict[str, str]:
    """Return what cannot be used and why; what was damaged may have been mended."""
    for store in (context.checkpoints, context.chromatin):
        if store.damaged:
            store.refresh()
    return {**context.checkpoints.damaged, **context.chromatin.damaged}


def _checkpoints(context: ServiceContext, unavailable: dict[str, str]) -> Part:
    trouble: str | None
    if unavailable:
        some = ", ".join(sorted(unavailable)[:3]) + (", …" if len(unavailable) > 3 else "")
        trouble = f"{len(unavailable)} cannot be used ({some}), for the reasons listed."
    else:
        missing = [task for task, store in (("DNA", context.checkpoints), ("histone marks", context.chromatin))
                   if not store]  # fmt: skip
        trouble = f"There are none for {' and '.join(missing)}." if missing else None
    return _part("checkpoints", trouble, fine="All can be used.")


def _no_queue(context: ServiceContext) -> str:
    if context.settings.redis_url is None:
        return "No queue is configured (REDIS_URL), so jobs wait. Predictions need none."
    return "The queue does not answer. Jobs are accepted and wait until it is back; predictions need none."


def _ledger(ledger: Ledger, heard: Heard | None) -> Part:
    if heard is None:
        trouble = "The database of jobs does not answer: no job can be asked for or seen. Predictions need none."
    elif not can_be_written(ledger.engine):
        trouble = (
            "The database of jobs can be read but not written: a process holds its lock, perhaps one that was stopped "
            "(Ctrl-Z). Continue or end that process."
        )
    else:
        trouble = None
    return _part("ledger", trouble, fine="Jobs are written down and read.")


def _processes(heard: Heard | None) -> Iterator[Part]:
    """Tell the dispatcher and the workers of each queue that were heard of lately."""
    unknown = "Not known: the database of jobs, in which it says that it lives, does not answer."
    notes = None if heard is None else heard.get(DISPATCHER)
    absent = "None was heard of lately, so jobs wait. Start `python -m backend.workers.dispatcher`, or continue it."
    note = next((f"Jobs wait for {text}." for text in notes or () if text), None)
    yield _part("dispatcher", unknown if heard is None else note if notes else absent, fine="Waiting jobs are sent on.")
    for queue in QUEUES:
        n = len((heard or {}).get(queue, ()))
        absent = f"None was heard of lately, so {queue} jobs wait. Start `python -m backend.workers.run {queue}`."
        trouble = unknown if heard is None else None if n else absent
        yield _part(f"worker-{queue}", trouble, fine=f"{n} at work or ready.")


def _disk(context: ServiceContext) -> Part:
    free, least = context.storage.free_bytes(), context.settings.min_free_bytes
    if free is None:
        return _part("disk", None, fine="Files are kept elsewhere.")
    trouble = f"{free / 1e6:,.0f} MB are free, fewer than {least / 1e6:,.0f} MB: no job is accepted. Make room."
    return _part("disk", trouble if free < least else None, fine=f"{free / 1e9:,.1f} GB are free.")


def _heard(ledger: Ledger) -> Heard | None:
    """Return which processes were heard of lately; None if the ledger does not answer."""
    try:
        return living(ledger)
    except SQLAlchemyError:
        return None


async def _broker_answers(url: str | None) -> bool:
    """Ping the broker; one that hangs is down."""
    if url is None:
        return False
    broker = Redis.from_url(url, socket_timeout=BROKER_TIMEOUT_S, socket_connect_timeout=BROKER_TIMEOUT_S)
    try:
        async with asyncio.timeout(2 * BROKER_TIMEOUT_S):
            return bool(await broker.ping())
    except (RedisError, OSError, TimeoutError):
        return False
    finally:
        await broker.aclose()
