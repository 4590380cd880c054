"""Names of the components of the page of histone marks."""

from enum import StrEnum


class Chromatin(StrEnum):
    """The histone-mark page."""

    CATALOG = "chromatin-catalog"
    CATALOG_POLL = "chromatin-catalog-poll"
    BACKEND_DOWN = "chromatin-backend-down"
    RETRY = "chromatin-retry"
    ERROR = "chromatin-error"

    SOURCE = "chromatin-source"
    FILE = "chromatin-file"
    FILE_CHIP = "chromatin-file-chip"
    FILE_LABEL = "chromatin-file-label"
    FILE_REMOVE = "chromatin-file-remove"
    FILE_ERROR = "chromatin-file-error"
    EXAMPLES = "chromatin-examples"
    EXAMPLE = "chromatin-example"
    CHECK = "chromatin-check"
    FEEDBACK = "chromatin-feedback"
    FEEDBACK_BUSY = "chromatin-feedback-busy"
    READING_BOX = "chromatin-reading-box"
    LAYOUT = "chromatin-layout"
    LAYOUT_HELP = "chromatin-layout-help"
    BIN_SIZE = "chromatin-bin-size"
    COLUMNS = "chromatin-columns"
    COLUMN = "chromatin-column"
    LIMITS = "chromatin-limits"

    BIGWIGS = "chromatin-bigwig-files"
    BIGWIG_ROWS = "chromatin-bigwig-rows"
    BIGWIG_MARK = "chromatin-bigwig-mark"
    BIGWIG_REMOVE = "chromatin-bigwig-remove"
    ASSEMBLY = "chromatin-assembly"
    UNIT = "chromatin-unit"
    START_KIND = "chromatin-start-kind"
    START_FILE_BOX = "chromatin-start-file-box"
    START_FILE_CHIP = "chromatin-start-file-chip"
    GENE_SEARCH_BOX = "chromatin-gene-search-box"
    GENE_SEARCH = "chromatin-gene-search"
    GENE_SEARCH_NOTE = "chromatin-gene-search-note"
    BUILD = "chromatin-build"
    BUILD_REASON = "chromatin-build-reason"
    MATRIX = "chromatin-matrix"
    MATRIX_RESULT = "chromatin-matrix-result"
    MATRIX_ERROR = "chromatin-matrix-error"
    MATRIX_ANALYSE = "chromatin-matrix-analyse"

    CHECKPOINTS = "chromatin-checkpoints"
    ANALYSE = "chromatin-analyse"
    REASON = "chromatin-reason"
    IMPORT_CELL_TYPE = "chromatin-import-cell-type"
    IMPORT = "chromatin-import"
    IMPORT_CHIP = "chromatin-import-chip"
    IMPORT_ERROR = "chromatin-import-error"
    IMPORTED = "chromatin-imported"
    REMOVE_CHECKPOINT = "chromatin-remove-checkpoint"

    VIEW = "chromatin-view"
    EMPTY = "chromatin-empty"
    BUSY = "chromatin-busy"
    RESULT = "chromatin-result"
    ANALYSIS = "chromatin-analysis"
    RUN = "chromatin-run"
    TABLE = "chromatin-table"
    TABLE_SUMMARY = "chromatin-table-summary"
    TABLE_NOTES = "chromatin-table-notes"
    SEARCH = "chromatin-search"
    CALLS = "chromatin-calls"
    PALETTE = "chromatin-palette"
    TABS = "chromatin-tabs"
    DOWNLOAD = "chromatin-download"
    TABLE_CSV = "chromatin-table-csv"
    TABLE_TSV = "chromatin-table-tsv"
    ANALYSIS_JSON = "chromatin-analysis-json"

    EXPLANATION = "chromatin-explanation"
    EXPLANATION_JSON = "chromatin-explanation-json"
    GENE_BUSY = "chromatin-gene-busy"
    GENE_CHECKPOINT = "chromatin-gene-checkpoint"
    GENE_WIDTH = "chromatin-gene-width"
    GENE_METHODS = "chromatin-gene-methods"
    GENE_TRUST = "chromatin-gene-trust"
    GENE_VERDICT = "chromatin-gene-verdict"
    GENE_NOTES = "chromatin-gene-notes"
    GENE_CONVENTIONS = "chromatin-gene-conventions"

    EDIT_OPEN = "chromatin-edit-open"
    EDITS = "chromatin-edits"
    SETTLED = "chromatin-edits-settled"
    WATCHED = "chromatin-edit-watched"
    EDIT_FIGURE = "chromatin-edit-figure"
    EDIT_MARK = "chromatin-edit-mark"
    EDIT_FIRST = "chromatin-edit-first"
    EDIT_LAST = "chromatin-edit-last"
    EDIT_FACTOR = "chromatin-edit-factor"
    EDIT_FACTOR_LABEL = "chromatin-edit-factor-label"
    EDIT_USUAL = "chromatin-edit-usual"
    EDIT_UNDO = "chromatin-edit-undo"
    EDIT_REDO = "chromatin-edit-redo"
    EDIT_RESET = "chromatin-edit-reset"
    EDIT_ERROR = "chromatin-edit-error"
    EDIT_WORDS = "chromatin-edit-words"
    EDIT_TABLE = "chromatin-edit-table"
    EDIT_FILE = "chromatin-edit-file"

    AVERAGE = "chromatin-average"
    AVERAGE_BUSY = "chromatin-average-busy"
    AVERAGE_CHECKPOINT = "chromatin-average-checkpoint"
    AVERAGE_SET = "chromatin-average-set"
    AVERAGE_LIST = "chromatin-average-list"
    AVERAGE_LIST_BOX = "chromatin-average-list-box"
    AVERAGE_SCALED = "chromatin-average-scaled"
    AVERAGE_NOTES = "chromatin-average-notes"
    EXTRA_CHIP = "chromatin-extra-chip"
    EXTRA_SIGNAL = "chromatin-extra-signal"
    EXTRA = "chromatin-extra"
    EXTRA_ERROR = "chromatin-extra-error"

    TILES = "chromatin-tiles"
    TILES_BUSY = "chromatin-tiles-busy"
    TILES_CHECKPOINTS = "chromatin-tiles-checkpoints"
    TILES_FILES = "chromatin-tiles-files"
    TILES_GENE = "chromatin-tiles-gene"
    TILES_NOTES = "chromatin-tiles-notes"
    SESSION_FILES = "chromatin-session-files"

    DISTRIBUTION = "chromatin-distribution"
    EVALUATION_BOX = "chromatin-evaluation-box"
    EVALUATION_NOTES = "chromatin-evaluation-notes"
    EVALUATION_CHECKPOINT = "chromatin-evaluation-checkpoint"

    MODEL_TABS = "chromatin-model-tabs"
    CARDS = "chromatin-cards"
    CARD_CHECKPOINT = "chromatin-card-checkpoint"
    PATTERN_SPACE = "chromatin-pattern-space"
    PATTERN_NOTES = "chromatin-pattern-notes"


class Picture(StrEnum):
    """The figures of the histone-mark page, each with its menu of files."""

    GENE = "chromatin-gene-picture"
    AVERAGE = "chromatin-average-picture"
    TILES = "chromatin-tiles-picture"
    RELIABILITY = "chromatin-reliability-picture"
    CONFUSION = "chromatin-confusion-picture"
    ACCURACY = "chromatin-accuracy-picture"
    CARD = "chromatin-card-picture"
    PATTERN = "chromatin-pattern-picture"

    @property
    def svg(self) -> str:
        """Name the menu item that saves it as SVG."""
        return f"{self.value}-svg"

    @property
    def png(self) -> str:
        """Name the menu item that saves it as PNG."""
        return f"{self.value}-png"

    @property
    def box(self) -> str:
        """Name what holds figure and help; hidden where there is nothing to draw."""
        return f"{self.value}-box"

    @property
    def menu(self) -> str:
        """Name what holds the menu of files; hidden with the figure."""
        return f"{self.value}-menu"

    @property
    def csv(self) -> str:
        """Name the menu item that saves its numbers."""
        return f"{self.value}-csv"
