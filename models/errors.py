"""Everything that the science refuses, each error carrying the values that explain it."""

from typing import NamedTuple


class ModelsError(Exception):
    """The root of all errors that `models` raises on purpose."""


class UnknownNameError(ModelsError):
    """A name that a registry does not hold.

    Attributes
    ----------
    kind : str
        What the registry holds, in the singular: ``architecture``.
    name : str
        The name that was asked for.
    known : tuple of str
        The names that exist.
    """

    def __init__(self, kind: str, name: str, known: tuple[str, ...]) -> None:
        self.kind, self.name, self.known = kind, name, known
        super().__init__(f"There is no {kind} called {name!r}. Known: {', '.join(known) or 'none'}.")


class TextProblem(NamedTuple):
    """One place in a text that is wrong, or was mended.

    Attributes
    ----------
    code : str
        Stable identifier of the kind of problem.
    message : str
        What is wrong and the remedy, for a person.
    record : str or None
        Name of the sequence or gene.
    line, column : int or None
        Place in the text, counted from 1.
    """

    code: str
    message: str
    record: str | None = None
    line: int | None = None
    column: int | None = None


class InvalidTextError(ModelsError):
    """A text that cannot be read.

    Attributes
    ----------
    problems : tuple of TextProblem
        At least one, in the order of the text, at most 20.
    """

    def __init__(self, problems: tuple[TextProblem, ...]) -> None:
        self.problems = problems
        super().__init__(problems[0].message)


class InvalidSequencesError(InvalidTextError):
    """A text that cannot be read as DNA sequences."""


class CheckpointError(ModelsError):
    """Weights that are missing, damaged or do not fit their card.

    Attributes
    ----------
    checkpoint : str
        Name of the checkpoint.
    """

    def __init__(self, checkpoint: str, reason: str) -> None:
        self.checkpoint = checkpoint
        super().__init__(f"Checkpoint {checkpoint!r}: {reason}")


class ExplanationRefusedError(ModelsError):
    """An explanation that is not valid for a network.

    Attributes
    ----------
    explanation : str
    reason : str
        Why the numbers would mean nothing.
    """

    def __init__(self, explanation: str, reason: str) -> None:
        self.explanation, self.reason = explanation, reason
        super().__init__(f"{explanation} is not valid for this network: {reason}")


class InvalidEditError(ModelsError):
    """An edit that cannot be made.

    Attributes
    ----------
    index : int
        Of the edit, from 0.
    reason : str
    """

    def __init__(self, index: int, reason: str) -> None:
        self.index, self.reason = index, reason
        super().__init__(f"Edit {index + 1} cannot be made: {reason}.")


class MissingSignalError(ModelsError):
    """Histone signals that a file does not hold.

    Attributes
    ----------
    missing, present : tuple of str
        Names of signals.
    """

    def __init__(self, missing: tuple[str, ...], present: tuple[str, ...]) -> None:
        self.missing, self.present = missing, present
        super().__init__(f"The file lacks {', '.join(missing)}; it holds {', '.join(present) or 'no signal'}.")


class InvalidHistoneFileError(InvalidTextError):
    """A file that cannot be read as binned histone signals; `record` names the gene."""


class InvalidStartSitesError(InvalidTextError):
    """A file that cannot be read as start sites; `record` names the gene."""


class InvalidMotifFileError(InvalidTextError):
    """A file that cannot be read as motifs in MEME format."""
