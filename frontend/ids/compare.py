"""Names of the components of the page that holds models against each other."""

from enum import StrEnum


class Compare(StrEnum):
    """The page of comparisons."""

    CATALOG = "compare-catalog"
    CATALOG_POLL = "compare-catalog-poll"
    BACKEND_DOWN = "compare-backend-down"
    RETRY = "compare-retry"
    ERROR = "compare-error"

    TEXT = "compare-text"
    EXAMPLES = "compare-examples"
    EXAMPLE = "compare-example"
    MODELS = "compare-models"
    METHOD = "compare-method"
    METHOD_NOTE = "compare-method-note"
    START = "compare-start"
    NUDGE = "compare-nudge"

    VIEW = "compare-view"
    EMPTY = "compare-empty"
    BUSY = "compare-busy"
    RESULT = "compare-result"
    COMPARISON = "compare-comparison"
    VERDICT = "compare-verdict"
    FACTS = "compare-facts"
    FIGURE = "compare-figure"
    PALETTE = "compare-palette"
    SPANS = "compare-spans"
    PAIRS = "compare-pairs"
    CONVENTIONS = "compare-conventions"

    DOWNLOAD = "compare-download"
    SVG = "compare-svg"
    PNG = "compare-png"
    CSV = "compare-csv"
    JSON = "compare-json"
