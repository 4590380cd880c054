"""What a network has learnt, as motifs: its filters, and the three routes, over the positive test sequences."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from models.card import SequenceCard
from models.motifs.filters import FEWEST_WINDOWS, SHARE_OF_MAXIMUM, FilterMotif, filter_motifs, first_convolution
from models.motifs.library import MotifLibrary
from models.motifs.motif import Motif
from models.motifs.routes import P_OF_WINDOW, Question, RouteMotif, routes
from models.motifs.tomtom import LEAST_CORRELATION, Q_THRESHOLD, Match
from models.motifs.windows import ROUNDS, SHIFT

SUMMARY_FILE: Final = "motifs.json"
WIDTH: Final = 15
N_SEQUENCES: Final = 500
METHOD: Final = (
    f"Filters: mean of the windows whose activation is more than {SHARE_OF_MAXIMUM:.0%} of the filter's greatest; "
    f"compared with the library from {FEWEST_WINDOWS} windows on. Routes: windows of {WIDTH} bp with the greatest sum "
    "of DeMo's saliency, with the greatest rise of the temporal output in either direction, and with most information "
    f"in the class optimisation; windows are aligned in {ROUNDS} rounds, each moving by up to {SHIFT} bp and taking "
    f"the better strand. A sequence's own window matches a motif of the factor where Tomtom gives p <= {P_OF_WINDOW:g}"
    f". Matches of matrices: Tomtom, q <= {Q_THRESHOLD:g} (Benjamini and Hochberg over the library), and letters that "
    f"correlate (cosine >= {LEAST_CORRELATION:g})."
)
_DIGITS: Final = 2


class Summary(NamedTuple):
    """What a network has learnt.

    Attributes
    ----------
    checkpoint, data, library, method : str
    n_sequences : int
    factor_motifs : tuple of Motif
    filters : tuple of FilterMotif
        Empty where the network has no convolution that reads bases.
    routes : tuple of RouteMotif
    """

    checkpoint: str
    data: str
    n_sequences: int
    library: str
    factor_motifs: tuple[Motif, ...]
    filters: tuple[FilterMotif, ...]
    routes: tuple[RouteMotif, ...]
    method: str


def summarise(network: nn.Module, card: SequenceCard, X: Tensor, library: MotifLibrary, *, data: str) -> Summary:
    """Summarise one network.

    Parameters
    ----------
    network : nn.Module
    card : SequenceCard
    X : Tensor, shape (n, 4, length), float32
        Sequences that are bound and were not trained on.
    library : MotifLibrary
    data : str
        Which sequences these are, in words.
    """
    factor_motifs = motifs_of(card.factor_title, library)
    convolution = first_convolution(network)
    optimised = None if card.class_optimization is None else np.array(card.class_optimization)
    found = routes(Question(network, X, optimised, library, factor_motifs, WIDTH))
    filters = filter_motifs(convolution, X, library) if convolution else []
    return Summary(card.name, data, len(X), library.info.name, factor_motifs, tuple(filters), tuple(found), METHOD)


def motifs_of(factor_title: str, library: MotifLibrary) -> tuple[Motif, ...]:
    """Return the motifs of the protein in ``CTCF in K562``, alone or with a partner (``MAX::MYC``)."""
    protein = factor_title.split(" in ", maxsplit=1)[0].upper()
    return tuple(motif for motif in library.motifs if protein in motif.name.upper().split("::"))


def write_summary(summary: Summary, folder: Path) -> Path:
    """Write a summary beside the weights; frequencies in hundredths, motifs by their identifiers."""
    content = {
        **summary._asdict(),
        "factor_motifs": [motif.id for motif in summary.factor_motifs],
        "filters": [_written(each) for each in summary.filters],
        "routes": [_written(each) for each in summary.routes],
    }
    path = folder / SUMMARY_FILE
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    return path


def read_summary(path: Path, library: MotifLibrary) -> Summary:
    """Read a summary; `library` is the one that it was made with."""
    content = json.loads(path.read_text())
    return Summary(
        **{
            **content,
            "factor_motifs": tuple(library.by_id[name] for name in content["factor_motifs"]),
            "filters": tuple(
                FilterMotif(**{**each, "matrix": _matrix(each["matrix"]), "match": _match(each["match"], library)})
                for each in content["filters"]
            ),
            "routes": tuple(
                RouteMotif(
                    **{
                        **each,
                        "matrix": None if each["matrix"] is None else _matrix(each["matrix"]),
                        "matches": tuple(match for one in each["matches"] if (match := _match(one, library))),
                    }
                )
                for each in content["routes"]
            ),
        }
    )


def _written(part: FilterMotif | RouteMotif) -> dict[str, Any]:
    return {name: _plain(value) for name, value in part._asdict().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        hundredths: list[list[int]] = (value * 10**_DIGITS).round().astype(int).tolist()
        return hundredths
    if isinstance(value, Match):
        return {**value._asdict(), "motif": value.motif.id, **{n: _short(getattr(value, n)) for n in _P_VALUES}}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


_P_VALUES: Final = ("p_value", "q_value")


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _matrix(hundredths: list[list[int]]) -> NDArray[np.float64]:
    """Read frequencies; what was lost in rounding is given back by making columns sum to 1."""
    matrix = np.array(hundredths, dtype=np.float64)
    frequencies: NDArray[np.float64] = matrix / matrix.sum(0)
    return frequencies


def _match(written: Mapping[str, Any] | None, library: MotifLibrary) -> Match | None:
    return None if written is None else Match(**{**written, "motif": library.by_id[written["motif"]]})
