"""What is on the screen: an explained row, and what has been found out about its explanation."""

from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from backend.schemas.motifs import MotifReport
from backend.schemas.sequence_analyses import SequenceAnalysis, WindowExplanation
from backend.schemas.trust import TrustReport
from frontend.components.rows import row_id
from frontend.verdicts import CHECKING

Report = TypeVar("Report", bound=BaseModel)
Data = dict[str, Any]
PENDING = ""  # in place of a choice of method: its attributions are still to come

LOOKING = "Looking for motifs… The first time after a start this takes up to a minute."


class Shown(NamedTuple):
    """An explained row: of which run, by which choice of method, which networks by which method."""

    run: str
    choice: str
    methods: dict[str, str]
    analysis: SequenceAnalysis

    @property
    def window(self) -> WindowExplanation:
        """Return the one row that is explained."""
        return self.analysis.explanations[0]

    @property
    def key(self) -> str:
        """Name run, row and choice: what was found out under another name is about something else."""
        return shown_key(self.run, row_id(self.window.record, self.window.strand), self.choice)

    def data(self) -> Data:
        """Return what the browser keeps."""
        return {
            "key": self.key,
            "run": self.run,
            "choice": self.choice,
            "methods": self.methods,
            "analysis": self.analysis.model_dump(mode="json"),
        }


def shown_key(run: str, row: str, choice: str) -> str:
    """Name an explanation; assets/explanations.js makes the same name of what is chosen on the page."""
    return f"{run}/{row}/{choice}"


def read_shown(data: Data) -> Shown:
    """Read what the browser keeps."""
    return Shown(data["run"], data["choice"], data["methods"], SequenceAnalysis.model_validate(data["analysis"]))


class Found(NamedTuple):
    """Trust and motifs of what is shown, and what to say where a report has not come."""

    trust: TrustReport | None = None
    trust_note: str = CHECKING
    trust_detail: str = ""
    motifs: MotifReport | None = None
    motifs_note: str = LOOKING


def read_found(key: str, *, trust: Data | None, motifs: Data | None) -> Found:
    """Read the answers that belong to an explanation; those of another are as good as none."""
    own_trust, own_motifs = _own(trust, key), _own(motifs, key)
    return Found(
        _report(TrustReport, own_trust),
        own_trust.get("note", Found().trust_note),
        own_trust.get("detail", ""),
        _report(MotifReport, own_motifs),
        " ".join(own_motifs[part] for part in ("note", "detail") if own_motifs.get(part)) or LOOKING,
    )


def _own(answer: Data | None, key: str) -> Data:
    return answer if answer and answer["key"] == key else {}


def _report(kind: type[Report], answer: Data) -> Report | None:
    return kind.model_validate(answer["report"]) if answer.get("report") else None
