"""The queue's configuration: each value has a reason in the failure model."""

import kombu
import pytest
from celery import Celery

from backend.workers.celery_app import QUEUES, app, configuration


@pytest.fixture
def conf(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://broker.example:6379/3")
    fresh = Celery("test", set_as_current=False)
    fresh.add_defaults(configuration)
    return fresh.conf


def test_the_broker_is_the_one_of_the_settings(conf):
    assert conf.broker_url == "redis://broker.example:6379/3"


def test_no_result_backend_and_json_only(conf):
    assert conf.result_backend is None
    assert (conf.accept_content, conf.task_serializer) == (["json"], "json")
    assert conf.task_ignore_result


def test_messages_are_taken_at_once_and_never_revoked_by_a_restart_of_the_broker(conf):
    assert not conf.task_acks_late
    assert conf.worker_disable_prefetch
    assert not conf.worker_cancel_long_running_tasks_on_connection_loss


def test_children_are_spawned_and_have_time_to_import_torch(conf):
    assert conf.worker_pool_start_method == "spawn"
    assert conf.worker_proc_alive_timeout == 120


def test_dead_connections_are_noticed(conf):
    assert conf.broker_transport_options == {
        "socket_timeout": 10, "socket_connect_timeout": 3, "socket_keepalive": True, "health_check_interval": 5,
    }  # fmt: skip
    assert conf.broker_connection_max_retries is None


def test_fast_and_heavy_work_have_queues_of_their_own():
    assert set(app.amqp.queues) == set(QUEUES)
    assert all(isinstance(queue, kombu.Queue) for queue in app.amqp.queues.values())
