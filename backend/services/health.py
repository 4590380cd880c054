"""Whether the service can do its work."""

import asyncio
from collections.abc import Callable
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.schemas.health import Ready
from backend.services.context import ServiceContext
from backend.services.versions import versions

BROKER_TIMEOUT_S: Final = 0.5
WORKERS_TIMEOUT_S: Final = 3.0


async def readiness(context: ServiceContext) -> Ready:
    """Report device, versions, checkpoints, broker and workers.

    Predictions need neither broker nor worker, so without them the service is degraded, not down.
    """
    broker_is_up = await _broker_answers(context.settings.redis_url)
    workers = await _count(context.count_workers) if broker_is_up else 0
    loaded = bool(context.checkpoints) and bool(context.chromatin) and not context.n_damaged
    return Ready(
        status="ready" if broker_is_up and workers > 0 and loaded else "degraded",
        device=context.engine.device,
        checkpoints=len(context.checkpoints) + len(context.chromatin),
        broker="up" if broker_is_up else "down",
        workers=workers,
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


async def _count(count_workers: Callable[[], int]) -> int:
    """Ask the workers off the event loop; a broker that fails meanwhile means that none answered."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(count_workers), WORKERS_TIMEOUT_S)
    except (OSError, TimeoutError, RedisError):
        return 0
