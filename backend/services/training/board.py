"""What a training shows while it runs, and what it remembers over a lost worker."""

import json
import math
from collections.abc import Iterable
from typing import Final

from backend.schemas.job_live import EpochPoint, NetworkCurve, SimpleMethod, TrainingLive
from backend.schemas.jobs import Task
from backend.services.job_kinds.kind import JobRun
from models.card import Estimate
from models.training.fit import Epoch
from models.training.resume import ResumeError, epochs_reached

RESUMED: Final = "resumed.json"


class TrainingBoard:
    """Curves that grow, and the figures of what is measured."""

    def __init__(
        self,
        task: Task,
        *,
        title: str,
        split: str,
        counts: dict[str, int],
        warnings: Iterable[str],
    ) -> None:
        self.networks: dict[str, NetworkCurve] = {}
        self.baselines: list[SimpleMethod] = []
        self._live = TrainingLive(
            task=task, title=title, split=split, counts=counts, networks=[], baselines=[], warnings=list(warnings)
        )

    def live(self) -> TrainingLive:
        """Return it as it goes over the wire."""
        return self._live.model_copy(update={"networks": list(self.networks.values()), "baselines": self.baselines})

    def add_network(self, name: str, *, title: str, n_epochs: int) -> None:
        """Begin a curve."""
        self.networks[name] = NetworkCurve(name=name, title=title, n_epochs=n_epochs, epochs=[], best_epoch=None)

    def add_epoch(self, name: str, epoch: Epoch) -> None:
        """Lengthen a curve."""
        curve = self.networks[name]
        auroc = None if math.isnan(epoch.validation_auroc) else round(epoch.validation_auroc, 6)
        curve.epochs.append(EpochPoint(epoch=len(curve.epochs) + 1, loss=round(epoch.loss, 6), validation_auroc=auroc))
        if auroc is not None:
            curve.best_epoch = max(curve.epochs, key=lambda point: (point.validation_auroc or 0.0, -point.epoch)).epoch

    def trained(self, name: str) -> None:
        """Say that a network is trained."""
        curve = self.networks[name]
        curve.stopped_early = len(curve.epochs) < curve.n_epochs

    def measured(self, name: str, auroc: Estimate) -> None:
        """Say what a network reaches on the test set."""
        curve = self.networks[name]
        curve.test_auroc, curve.test_low, curve.test_high = auroc.value, auroc.low, auroc.high

    def add_baseline(self, name: str, *, title: str, auroc: Estimate) -> None:
        """Say what a simple method reaches on the test set."""
        self.baselines.append(
            SimpleMethod(name=name, title=title, test_auroc=auroc.value, test_low=auroc.low, test_high=auroc.high)
        )


def kept_state(file: str, run: JobRun, *, title: str) -> bytes | None:
    """Return the state that an earlier attempt has kept, unless it is damaged."""
    state = run.kept(file)
    try:
        if state is not None:
            epochs_reached(state)
    except ResumeError as error:
        run.log(f"{title} starts over: {error}.")
        return None
    return state


def resumed_before(name: str, run: JobRun) -> list[int]:
    """Return before which epochs a network was taken up again."""
    kept = run.kept(RESUMED)
    resumed: dict[str, list[int]] = json.loads(kept) if kept else {}
    return resumed.get(name, [])


def remember_resumed(name: str, epoch: int, run: JobRun) -> list[int]:
    """Note before which epoch a network is taken up again; return all such epochs."""
    kept = run.kept(RESUMED)
    resumed: dict[str, list[int]] = json.loads(kept) if kept else {}
    if epoch not in resumed.get(name, []):
        resumed[name] = [*resumed.get(name, []), epoch]
        run.keep(RESUMED, json.dumps(resumed).encode())
    return resumed[name]
