"""Seqlets and their names: speed against the libraries' own calls, and what the query of Tomtom should be.

`python -m benchmarks.motifs` plants a site of a known motif in random bases, for each shipped network whose factor has
one, and asks how often its family is named first; the same of stretches of shuffles, where nothing is planted.
"""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from models.checkpoints import load_checkpoint
from models.explanations import EXPLANATIONS
from models.explanations.references import ReferenceParameters, shuffled_references
from models.motifs.library import MotifLibrary, jaspar_library
from models.motifs.naming import name_seqlets, preferred_bases
from models.motifs.seqlets import find_seqlets
from models.motifs.tomtom import best_matches, q_values, tomtom_table

PLANTED = {"ctcf_weri": "MA0139.2", "elk1_gm12878": "MA0028.3", "foxa1_hepg2": "MA0148.5", "myc_h1": "MA0147.4"}
ARCHITECTURES = ("demo_cnn", "demo_rnn", "demo_cnn_rnn")
N_SEQUENCES, N_CONTROLS = 4, 20
METHOD = "in_silico_mutagenesis"


class Case(NamedTuple):
    """One sequence with its site: tracks and maps of it (row 0) and of its shuffles."""

    motif: str
    start: int
    stop: int
    X: NDArray[np.float64]
    tracks: NDArray[np.float64]
    maps: NDArray[np.float64]


def cases(library: MotifLibrary) -> Iterator[Case]:
    """Plant sites and explain them."""
    method = EXPLANATIONS.get(METHOD)
    for factor, motif_id in PLANTED.items():
        matrix = library.by_id[motif_id].matrix
        for architecture in ARCHITECTURES:
            network = load_checkpoint(f"{factor}-{architecture}").network
            for seed in range(N_SEQUENCES):
                rng = np.random.default_rng([seed, 7])
                bases, start = rng.integers(0, 4, 101), 30 + int(rng.integers(0, 30))
                bases[start : start + matrix.shape[1]] = [rng.choice(4, p=column) for column in matrix.T]
                x = torch.from_numpy(np.eye(4, dtype=np.float32)[bases].T.copy())
                shuffles = shuffled_references(
                    x, ReferenceParameters(n_references=N_CONTROLS, random_state=1), method=""
                )
                X = torch.cat([x[None], shuffles])
                arrays = {
                    name: array.double().numpy()
                    for name, array in method.compute(network, X, method.parameters()).items()
                }
                yield Case(
                    motif_id, start, start + matrix.shape[1], X.double().numpy(), arrays[METHOD], arrays["mutations"]
                )


def accuracy(found: list[Case], library: MotifLibrary) -> None:
    """Print how often the planted family is named first, by what Tomtom is given."""
    queries: dict[str, Callable[[Case, int, int, int], NDArray[np.float64]]] = {
        "one-hot bases": lambda case, row, start, stop: case.X[row, :, start:stop],
        "softmax of mutations": lambda case, row, start, stop: preferred_bases(case.maps[row, :, start:stop]),
    }
    families = {motif: _family(motif, library) for motif in PLANTED.values()}
    sites = [(case, seqlet) for case in found for seqlet in find_seqlets(case.tracks[0], case.tracks[1:])
             if seqlet.sign > 0 and seqlet.start < case.stop and seqlet.stop > case.start]  # fmt: skip
    print(f"{len(found)} planted sites, {len(sites)} seqlets on them")
    for name, query in queries.items():
        matches = best_matches([query(case, 0, s.start, s.stop) for case, s in sites], library, most=1)
        first = [bool(m) and m[0].motif.id in families[case.motif] for (case, _), m in zip(sites, matches, strict=True)]
        wrong = [bool(m) and not right for m, right in zip(matches, first, strict=True)]
        empty = best_matches([query(case, row, 45, 56) for case in found for row in range(1, 6)], library, most=1)
        print(f"{name:22s} family named first {np.mean(first):.0%}, another one {np.mean(wrong):.0%}, "
              f"stretches of shuffles named {np.mean([bool(m) for m in empty]):.0%}")  # fmt: skip


def speed(case: Case, library: MotifLibrary) -> None:
    """Print milliseconds of naming one network's seqlets, warm, and of Tomtom alone as memelite gives it."""
    seqlets = find_seqlets(case.tracks[0], case.tracks[1:])
    queries = [preferred_bases(case.maps[0, :, seqlet.start : seqlet.stop]) for seqlet in seqlets] or [np.eye(4)]
    own = _milliseconds(lambda: name_seqlets(case.tracks[0], case.tracks[1:], case.maps[0], library))
    alone = _milliseconds(lambda: tomtom_table(queries, library.matrices))
    print(f"seqlets and names {own:.1f} ms, of which memelite's Tomtom {alone:.1f} ms")


def _family(motif: str, library: MotifLibrary) -> set[str]:
    q = q_values(tomtom_table([library.by_id[motif].matrix], library.matrices).p_value[0])
    return {library.motifs[index].id for index in np.flatnonzero(q < 1e-3)}


def _milliseconds(function: Callable[[], object], *, repeats: int = 20) -> float:
    function()
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats * 1e3


def main() -> None:
    """Measure speed and accuracy."""
    torch.set_num_threads(1)
    library = jaspar_library()
    found = list(cases(library))
    torch.set_num_threads(1)  # numba has set it to the number of cores
    speed(found[0], library)
    accuracy(found, library)


if __name__ == "__main__":
    main()
