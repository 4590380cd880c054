"""How a verdict on an explanation looks: shape and word besides colour, the same on the page and in pictures."""

from typing import Final, NamedTuple

from backend.schemas.trust import Verdict


class Look(NamedTuple):
    """Symbol, word, and ink on light and on dark paper, at a contrast of at least 4.5:1."""

    symbol: str
    word: str
    ink: str
    ink_dark: str


VERDICTS: Final[dict[Verdict, Look]] = {
    "green": Look("✓", "believable", "#0B6E4F", "#5CD6A9"),
    "amber": Look("!", "with care", "#8A5300", "#F0C24B"),
    "red": Look("✕", "do not believe", "#B3261E", "#FF8F85"),
}
NO_VERDICT: Final = "n/a"
COMPUTING: Final = "computing…"
CHECKING: Final = "checking…"
NOT_VALID: Final = "not valid here"
NOT_CHECKED: Final = "not checked"
