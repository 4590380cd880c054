"""Genes of a file by the names that users give them."""

import difflib
from collections.abc import Iterable
from itertools import chain
from typing import Final

from backend.services.errors import UnknownGeneError
from models.histone import HistoneMatrices

N_SUGGESTIONS: Final = 5


def find_gene(matrices: HistoneMatrices, name: str) -> int:
    """Return the index of the gene with this identifier or symbol; upper and lower case do not matter if need be."""
    places = places_by_name(matrices)
    for written, known in ((name, places), (name.casefold(), _folded(places))):
        found = known.get(written.strip(), [])
        if len(found) == 1:
            return found[0]
        if found:
            ids = tuple(matrices.genes[index] for index in found[:N_SUGGESTIONS])
            raise UnknownGeneError(name, suggestions=ids, ambiguous=True)
    raise UnknownGeneError(name, suggestions=_similar(name, places))


def find_genes(matrices: HistoneMatrices, names: Iterable[str]) -> tuple[list[int], list[str]]:
    """Return the indices of all genes with these identifiers or symbols, each once, and the names not found."""
    places = places_by_name(matrices)
    folded = _folded(places)
    found: dict[int, None] = {}
    missing: dict[str, None] = {}
    for name in names:
        indices = places.get(name.strip()) or folded.get(name.strip().casefold())
        if indices:
            found |= dict.fromkeys(indices)
        else:
            missing[name] = None
    return sorted(found), list(missing)


def places_by_name(matrices: HistoneMatrices) -> dict[str, list[int]]:
    """Map identifiers to their index, and symbols to the indices of all genes that have them."""
    places: dict[str, list[int]] = {symbol: [] for symbol in matrices.symbols if symbol}
    for index, symbol in enumerate(matrices.symbols):
        if symbol:
            places[symbol].append(index)
    return places | {gene: [index] for index, gene in enumerate(matrices.genes)}


def _folded(places: dict[str, list[int]]) -> dict[str, list[int]]:
    folded: dict[str, dict[int, None]] = {}
    for name, indices in places.items():
        folded.setdefault(name.casefold(), {}).update(dict.fromkeys(indices))
    return {name: list(indices) for name, indices in folded.items()}


def _similar(name: str, places: Iterable[str]) -> tuple[str, ...]:
    """Return names that begin alike, then names that are spelt alike."""
    begin_alike = (known for known in places if known.casefold().startswith(name.strip().casefold()))
    spelt_alike = difflib.get_close_matches(name, places, n=N_SUGGESTIONS, cutoff=0.75)
    return tuple(dict.fromkeys(chain(begin_alike, spelt_alike)))[:N_SUGGESTIONS]
