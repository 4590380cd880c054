"""How a mistake in a file is said: the user's text quoted and shortened, the sentence led by its place."""

from typing import Final

from models.errors import TextProblem

_SHOWN_CHARACTERS: Final = 40


def shown(text: object) -> str:
    """Return `text` quoted, and shortened where it is long."""
    written = str(text)
    return repr(written if len(written) <= _SHOWN_CHARACTERS else written[: _SHOWN_CHARACTERS - 1] + "…")


def placed_problem(code: str, sentence: str, *, gene: str | None, line: int | None, column: int | None) -> TextProblem:
    """Return a sentence led by gene, line and column, as far as they are known."""
    named = [("Gene", shown(gene) if gene else None), ("line", line), ("column", column)]
    words = ", ".join(f"{word} {value}" for word, value in named if value is not None)
    message = f"{words[0].upper()}{words[1:]}: {sentence}" if words else sentence
    return TextProblem(code, message, gene, line, column)
