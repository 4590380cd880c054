"""The life of a job as data, and as a machine that random workers, users and deaths drive."""

import itertools

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from backend.jobs.database import migrate, open_database
from backend.jobs.leases import claim, finish, give_back, reap, renew
from backend.jobs.ledger import Ledger, change, rows
from backend.jobs.states import TRANSITIONS, may_precede
from backend.jobs.submissions import Limits, NewJob, request_cancellation, submit
from backend.jobs.tables import JobRecord
from backend.schemas.jobs import FINISHED, JobState

ENDS = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT)


def test_every_state_has_its_transitions():
    assert set(TRANSITIONS) == set(JobState)
    assert {state for state in JobState if not TRANSITIONS[state]} == FINISHED


@pytest.mark.parametrize(("before", "after"), list(itertools.product(JobState, JobState)))
def test_may_precede_is_the_table_read_backwards(before, after):
    assert (before in may_precede(after)) == (after in TRANSITIONS[before])


class LifeOfJobs(RuleBasedStateMachine):
    """Whatever happens, a job moves along the table, ends once, and belongs to the newest claim."""

    claims = Bundle("claims")

    def __init__(self):
        super().__init__()
        self.now = 0.0
        engine = open_database("sqlite://")
        self.ledger = Ledger(engine, lease_s=10, attempts=3, kept_s=10, clock=lambda: self.now)
        JobRecord.metadata.create_all(engine)
        self.seen: dict[str, str] = {}
        self.newest: dict[str, str] = {}
        self.count = 0

    @rule(owner=st.sampled_from(["ada", "bob"]))
    def submit(self, owner):
        self.count += 1
        job = NewJob(f"{self.count:032x}", "probe", "Probe", "fast", owner, {}, [], None, None, 1.0, 1.0, 25, {})
        submit(self.ledger, job, limits=Limits(1000, 1000))

    @rule(target=claims, number=st.integers(1, 4))
    def claim(self, number):
        job_id = f"{number:032x}"
        held = claim(self.ledger, job_id, worker="w") if job_id in self.seen else None
        if held:
            assert self.seen[job_id] == JobState.QUEUED
            self.newest[job_id] = held.token
        return held

    @rule(held=claims)
    def renew(self, held):
        if held:
            renew(self.ledger, held)

    @rule(held=consumes(claims), end=st.sampled_from(ENDS))
    def finish(self, held, end):
        if not held:
            return
        before = self.seen[held.job_id]
        done = finish(self.ledger, held, end, message="Ended.")
        allowed = before in (JobState.RUNNING, JobState.CANCELLING) and end in TRANSITIONS[JobState(before)]
        assert done == (allowed and self.newest[held.job_id] == held.token)

    @rule(number=st.integers(1, 4))
    def cancel(self, number):
        request_cancellation(self.ledger, f"{number:032x}")

    @rule(seconds=st.sampled_from([1.0, 5.0, 11.0]))
    def wait_and_reap(self, seconds):
        self.now += seconds
        reap(self.ledger)

    @rule()
    def drain(self):
        give_back(self.ledger, worker="w")

    @invariant()
    def every_job_moves_along_the_table(self):
        with self.ledger.reading() as connection:
            jobs = rows(connection)
        for job in jobs:
            assert job.commits == (job.state == JobState.SUCCEEDED)
            assert job.losses < 4
            assert (job.token is not None) == (job.state in (JobState.RUNNING, JobState.CANCELLING))
            before = self.seen.get(job.id, JobState.QUEUED)
            assert job.state == before or _reachable(JobState(before), JobState(job.state))
            self.seen[job.id] = job.state
        assert len(jobs) == self.count

    def teardown(self):
        self.ledger.engine.dispose()


def _reachable(before, after):
    """One rule may take a job two steps: reaping ends a cancellation."""
    return after in TRANSITIONS[before] or any(after in TRANSITIONS[middle] for middle in TRANSITIONS[before])


TestLifeOfJobs = LifeOfJobs.TestCase
TestLifeOfJobs.settings = hypothesis_settings(max_examples=25, stateful_step_count=30, deadline=None, derandomize=True)


def test_migrations_make_the_tables_of_the_code(ledger):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), JobRecord.metadata) == []


def test_migrating_twice_changes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path}/jobs.sqlite3"
    for _ in range(2):
        migrate(url)
    engine = open_database(url)
    with engine.begin() as connection:
        assert change(connection, JobRecord.id == "none") == 0
    engine.dispose()
