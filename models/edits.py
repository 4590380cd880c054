"""Edits of a window of DNA as data: what stands where is taken out, and what is put there instead."""

from collections.abc import Iterable
from typing import NamedTuple

from models.errors import InvalidEditError


class Edit(NamedTuple):
    """One edit; a substitution, a deletion, an insertion and a pasted motif differ only in what is empty.

    Attributes
    ----------
    position : int
        0-based, in the sequence as it stands before this edit; what is inserted begins here.
    removed : str
        Bases that are taken out, as they stand there.
    inserted : str
        Bases that are put in.
    motif : str
        Name of the motif that was pasted, for the words.
    """

    position: int
    removed: str
    inserted: str
    motif: str = ""


class Edited(NamedTuple):
    """A sequence after its edits.

    Attributes
    ----------
    sequence : str
    words : tuple of str
        One per edit, see `edit_words`.
    """

    sequence: str
    words: tuple[str, ...]


def apply_edits(sequence: str, edits: Iterable[Edit], *, longest: int) -> Edited:
    """Make the edits one after the other.

    Parameters
    ----------
    sequence : str
        A, C, G, T and N.
    edits : iterable of Edit
        Each counts positions in what the one before has left.
    longest : int
        Bases that fit; what an edit pushes beyond is lost at the 3' end, and the words say so.

    Returns
    -------
    Edited

    Raises
    ------
    InvalidEditError
        If an edit does not fit the sequence as it then stands.
    """
    words = []
    for index, edit in enumerate(edits):
        _check(sequence, edit, index=index, longest=longest)
        end = edit.position + len(edit.removed)
        whole = sequence[: edit.position] + edit.inserted + sequence[end:]
        sequence, lost = whole[:longest], whole[longest:]
        words.append(edit_words(edit, lost=lost))
    return Edited(sequence, tuple(words))


def edit_words(edit: Edit, *, lost: str = "") -> str:
    """Describe an edit in the manner of HGVS: ``w.42G>A``, ``w.42_44delGCA``, ``w.41_42insT``, ``w.42_48delins...``.

    Parameters
    ----------
    edit : Edit
    lost : str
        Bases that it pushed out of the window at the 3' end.

    Returns
    -------
    str
        ``w.`` stands for the window, in the place of HGVS's reference sequence. As in HGVS, bases count from 1, and an
        insertion is named by its two neighbours; unlike HGVS, they count in the sequence as it stood before this edit,
        what is deleted is written out, and nothing is shifted to the 3' end of a repeat.

    References
    ----------
    den Dunnen et al., Human Mutation 2016, doi:10.1002/humu.22981.
    """
    first, last = edit.position + 1, edit.position + len(edit.removed)
    place = f"{first}" if first == last else f"{first}_{last}"
    if not edit.removed:
        words = f"w.{edit.position}_{first}ins{edit.inserted}"
    elif not edit.inserted:
        words = f"w.{place}del{edit.removed}"
    elif len(edit.removed) == len(edit.inserted) == 1:
        words = f"w.{place}{edit.removed}>{edit.inserted}"
    else:
        words = f"w.{place}delins{edit.inserted}"
    notes = [f"motif {edit.motif}"] if edit.motif else []
    notes += [f"pushed out at the 3' end: {lost}"] if lost else []
    return f"{words} ({'; '.join(notes)})" if notes else words


def _check(sequence: str, edit: Edit, *, index: int, longest: int) -> None:
    end = edit.position + len(edit.removed)
    there = sequence[edit.position : end]
    if not 0 <= edit.position <= len(sequence) or there != edit.removed:
        raise InvalidEditError(
            index,
            f"it takes out {edit.removed or 'nothing'} at position {edit.position}, where the sequence of "
            f"{len(sequence)} bases has {there or 'nothing'}",
        )
    if edit.removed == edit.inserted:
        raise InvalidEditError(index, "it changes nothing")
    if not len(sequence) - len(edit.removed) + len(edit.inserted):
        raise InvalidEditError(index, "it leaves no base")
    if edit.position + len(edit.inserted) > longest:
        raise InvalidEditError(
            index,
            f"what it puts in at position {edit.position} does not fit the {longest} bases that the networks read",
        )
