"""Whether the service can do its work."""

import asyncio
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.jobs.ledger import Ledger
from backend.jobs.processes import DISPATCHER, living
from backend.schemas.health import Ready
from backend.services.context import ServiceContext
from backend.services.versions import versions

BROKER_TIMEOUT_S: Final = 0.5


async def readiness(context: ServiceContext) -> Ready:
    """Report device, versions, checkpoints, broker and workers.

    Predictions need neither broker nor worker, so without them the service is degraded, not down.
    """
    broker_is_up = await _broker_answers(context.settings.redis_url)
    workers = await asyncio.to_thread(_count_workers, context.ledger)
    motifs = await asyncio.to_thread(lambda: context.motifs.state)
    loaded = motifs != "failed" and all(
        store and not store.damaged for store in (context.checkpoints, context.chromatin)
    )
    return Ready(
        status="ready" if broker_is_up and workers > 0 and loaded else "degraded",
        device=context.engine.device,
        checkpoints=len(context.checkpoints) + len(context.chromatin),
        broker="up" if broker_is_up else "down",
        workers=workers,
        motifs=motifs,
        versions=versions(),
    )


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


def _count_workers(ledger: Ledger) -> int:
    """Count the workers that were heard of in the last seconds."""
    return sum(len(names) for role, names in living(ledger).items() if role != DISPATCHER)
