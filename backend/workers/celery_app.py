"""The Celery application: early acknowledgement, spawned children, JSON only, no result backend."""

from typing import Any, Final

from celery import Celery

from backend.config import Settings
from backend.schemas.jobs import QUEUES

RUN_JOB: Final = "regulens.run_job"
SCHEMA: Final = 1  # of the message; one that a worker does not know stays in the ledger for another worker
LOCAL_BROKER: Final = "redis://127.0.0.1:6379/0"


def configuration() -> dict[str, Any]:
    """Return the configuration, read from the environment when it is first needed."""
    return {
        "broker_url": Settings().redis_url or LOCAL_BROKER,
        "result_backend": None,
        "task_ignore_result": True,
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "task_queues": {name: {"exchange": name, "routing_key": name} for name in QUEUES},
        "task_default_queue": QUEUES[0],
        "task_create_missing_queues": False,
        # Durability is the business of a ledger that publishes again, so a message is taken off the queue at once.
        "task_acks_late": False,
        "task_publish_retry": False,
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        # A forked child hangs once its parent has used OpenMP, and cannot use CUDA.
        "worker_pool_start_method": "spawn",
        # A new child imports for seconds, so it is replaced seldom, or when it has grown (kilobytes).
        "worker_max_tasks_per_child": 200,
        "worker_max_memory_per_child": 3_000_000,
        # A child imports torch before it reports; the default of 4 s kills every replacement for ever.
        "worker_proc_alive_timeout": 120,
        # When true, a restart of the broker marks running tasks as revoked and never runs them again.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_soft_shutdown_timeout": 30,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # Without them a worker never notices a connection that died silently (a laptop's sleep, a reloaded network).
        "broker_transport_options": {
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 5,
        },
    }


app = Celery("regulens", set_as_current=False, include=["backend.workers.tasks"])
app.add_defaults(configuration)
