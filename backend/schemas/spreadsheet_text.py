"""Text as a cell of a table that people open in a spreadsheet: none is run as a formula."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
APOSTROPHE_NOTE = "A name that begins with = + - or @ is preceded by an apostrophe, so that no spreadsheet runs it."


def harmless(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
