"""What a monitoring system reads: counts and gauges in the text format of Prometheus, without names and sequences.

Requests are counted as they end; everything else is asked for when somebody reads, the ledger once.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from backend.jobs.counts import JobCounts, count_jobs
from backend.jobs.ledger import Ledger
from backend.jobs.processes import DISPATCHER, living
from backend.schemas.jobs import QUEUES, JobState
from backend.services.context import ServiceContext

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
OTHER: Final = "other"


class _JobsNow(NamedTuple):
    counts: list[JobCounts]
    heard: Mapping[str, list[str | None]]
    at: float


class RequestMetrics:
    """How many requests there were and how long they took; templates of routes keep the number of series small."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, descriptors, processor time
        self._seconds = Histogram(
            "regulens_request_seconds", "Requests by route and status, and their duration.",
            ("method", "route", "status"), buckets=SECONDS, registry=self.registry,
        )  # fmt: skip

    def count(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        known = method if method in METHODS else OTHER
        self._seconds.labels(known, route or OTHER, str(status)).observe(seconds)


def exposition(requests: RequestMetrics, context: ServiceContext) -> bytes:
    """Write all metrics as text."""
    return generate_latest(requests.registry) + generate_latest(_Now(context))


class _Now(CollectorRegistry):
    """The state of the service at the moment of reading."""

    def __init__(self, context: ServiceContext) -> None:
        super().__init__()
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """Yield every metric once."""
        yield from _engine(self._context)
        yield from _storage(self._context)
        yield _gauge("process_threads", "Threads of the API's process.", threading.active_count())
        jobs = _jobs_now(self._context.ledger)
        yield _gauge("regulens_ledger_up", "Whether the database of jobs answers.", float(jobs is not None))
        if jobs is not None:
            yield from _jobs(jobs)


def _engine(context: ServiceContext) -> Iterator[Metric]:
    done = context.engine.done
    yield _gauge(
        "regulens_engine_admitted", "Windows and genes of the requests that are being answered.",
        context.engine.n_admitted,
    )  # fmt: skip
    yield _gauge("regulens_engine_limit", "Windows and genes above which requests are turned away.",
                 context.settings.queue_windows)  # fmt: skip
    for name, text, counts in (
        ("inputs", "Windows and genes that went through a network, by operation; a prediction is one.", done.inputs),
        ("batches", "Batches that these shared; inputs by batches is the mean batch.", done.batches),
    ):
        values = [((operation,), n) for operation, n in dict(counts).items()]
        yield _counter(f"regulens_engine_{name}", text, ("operation",), values)
    n_bad = len(context.checkpoints.damaged) + len(context.chromatin.damaged)
    n_good = len(context.checkpoints) + len(context.chromatin)
    states = [(("usable",), n_good), (("unavailable",), n_bad)]
    yield _gauges("regulens_checkpoints", "Checkpoints by state.", ("state",), states)


def _storage(context: ServiceContext) -> Iterator[Metric]:
    yield _gauge(
        "regulens_uploads_bytes", "Bytes of all uploads when one last came in.", context.upload_store.stored_bytes
    )
    free = context.storage.free_bytes()
    if free is not None:
        yield _gauge("regulens_free_bytes", "Free bytes on the disk that has the files of jobs.", free)


def _jobs_now(ledger: Ledger) -> _JobsNow | None:
    """Ask the ledger; None if it does not answer."""
    try:
        return _JobsNow(count_jobs(ledger), living(ledger), ledger.clock())
    except SQLAlchemyError:
        return None


def _jobs(jobs: _JobsNow) -> Iterator[Metric]:
    """Count the jobs that the ledger has; who deletes jobs makes these numbers fall."""
    by_queue = ("queue",)
    yield _gauges("regulens_jobs", "Jobs of the ledger.", ("queue", "state"),
                  [((count.queue, count.state), count.n_jobs) for count in jobs.counts])  # fmt: skip
    waiting = {count.queue: count for count in jobs.counts if count.state == JobState.QUEUED}
    ages = [((queue,), jobs.at - waiting[queue].oldest if queue in waiting else 0) for queue in QUEUES]
    yield _gauges("regulens_oldest_waiting_seconds", "Age of the oldest job that waits.", by_queue, ages)
    published = [((queue,), waiting[queue].n_published if queue in waiting else 0) for queue in QUEUES]
    yield _gauges("regulens_jobs_published", "Waiting jobs whose ids are in the queue.", by_queue, published)
    yield _gauges("regulens_job_restarts", "Starts of jobs after the first.", by_queue, _sums(jobs, "n_restarts"))
    yield _gauges("regulens_job_losses", "Workers that jobs have lost.", by_queue, _sums(jobs, "n_losses"))
    alive = [((role,), len(jobs.heard.get(role, ()))) for role in (DISPATCHER, *QUEUES)]
    yield _gauges("regulens_processes", "Dispatchers and workers that were heard of lately.", ("role",), alive)


def _sums(jobs: _JobsNow, name: str) -> list[tuple[tuple[str, ...], float]]:
    return [((queue,), sum(getattr(count, name) for count in jobs.counts if count.queue == queue)) for queue in QUEUES]


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _gauges(name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for given, value in values:
        family.add_metric(given, value)
    return family


def _counter(name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for given, value in values:
        family.add_metric(given, value)
    return family
