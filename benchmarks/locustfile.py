"""What 64 people at a talk do: look around (70 %), predict something small (25 %), start a job (5 %).

Each is a visitor with a session of its own and thinks for 2 to 6 seconds between two requests, so 64 of them send about
16 requests a second. `benchmarks.load` runs this beside a training job and prints the figures; by itself:
`locust --locustfile benchmarks/locustfile.py --headless --users 64 --host http://127.0.0.1:8000`.
"""

import random
from itertools import count
from typing import Any, Final

from locust import FastHttpUser, between, task

from benchmarks.traffic import API, COOKIE, FACTOR, SMALL_JOB

NUMBERS: Final = count(1)  # of visitors; each draws with its own seed


class Visitor(FastHttpUser):
    """One person with a browser."""

    wait_time = between(2, 6)
    network_timeout = 30.0

    def on_start(self) -> None:
        """Become a visitor."""
        self.random = random.Random(next(NUMBERS))
        self.known: dict[str, str] = {}
        self.job_id = ""
        with self.client.post(f"{API}/sessions", json={}, name="session") as answer:
            self.headers = {"Cookie": f"{COOKIE}={answer.json()['cookie']}"}

    @task(20)
    def look_at_the_catalog(self) -> None:
        """Open the page of models."""
        self._read("/catalog", "catalog")

    @task(10)
    def look_at_genes(self) -> None:
        """Open the page of histone marks."""
        self._read("/chromatin-catalog", "chromatin catalog")

    @task(20)
    def look_at_jobs(self) -> None:
        """Open the list of one's own jobs."""
        self._read("/jobs?limit=50", "list of jobs")

    @task(20)
    def look_at_a_job(self) -> None:
        """Look whether the newest job is done, as the page does."""
        self._read(f"/jobs/{self.job_id}" if self.job_id else "/job-kinds", "job" if self.job_id else "kinds of job")

    @task(25)
    def predict(self) -> None:
        """Predict one sequence that nobody has asked for before."""
        sequence = "".join(self.random.choices("ACGT", k=101))
        body = {"sequences": sequence, "factors": [FACTOR]}
        self.client.post(f"{API}/sequence-analyses", json=body, headers=self.headers, name="predict")

    @task(5)
    def start_a_job(self) -> None:
        """Ask for a class optimisation of 100 steps."""
        with self.client.post(f"{API}/jobs", json=SMALL_JOB, headers=self.headers, name="job started") as answer:
            if answer.status_code == 202:
                self.job_id = answer.json()["id"]

    def _read(self, path: str, name: str) -> None:
        """Ask as a browser does: with the ETag of what it has."""
        headers = {**self.headers, **({"If-None-Match": self.known[path]} if path in self.known else {})}
        with self.client.get(f"{API}{path}", headers=headers, name=f"read: {name}") as answer:
            self._remember(path, answer)

    def _remember(self, path: str, answer: Any) -> None:
        if answer.headers and "etag" in answer.headers:
            self.known[path] = answer.headers["etag"]
