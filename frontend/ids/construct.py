"""Names of the components of the page on which a sequence is edited."""

from enum import StrEnum


class Construct(StrEnum):
    """The page "Edit and watch"; what stands on the stage is drawn by assets/construct*.js."""

    CATALOG = "construct-catalog"
    CATALOG_POLL = "construct-catalog-poll"
    BACKEND_DOWN = "construct-backend-down"
    RETRY = "construct-retry"
    KIT = "construct-kit"
    BEGIN = "construct-begin"

    TEXT = "construct-text"
    TEXT_ERROR = "construct-text-error"
    FACTOR = "construct-factor"
    START = "construct-start"
    EXAMPLE = "construct-example"

    EMPTY = "construct-empty"
    WORK = "construct-work"
    ERROR = "construct-error"
    SCORES = "construct-scores"
    EDITS = "construct-edits"
    UNDO = "construct-undo"
    REDO = "construct-redo"
    RESET = "construct-reset"
    STAGE = "construct-stage"
    STATUS = "construct-status"
    TYPING = "construct-typing"
    SHOW = "construct-show"
    SCALE = "construct-scale"
    APPLIED = "construct-applied"
    NOTES = "construct-notes"

    MOTIF = "construct-motif"
    MOTIF_CHOSEN = "construct-motif-chosen"
    MOTIF_BASES = "construct-motif-bases"
    MOTIF_ERROR = "construct-motif-error"
    TURN = "construct-turn"
    PASTE = "construct-paste"
    CONTROL = "construct-control"
    ASK_CONTROL = "construct-ask-control"
    CONTROL_BUSY = "construct-control-busy"
    EFFECTS = "construct-effects"

    DOWNLOAD = "construct-download"
    TAKE = "construct-take"
    FASTA = "construct-fasta"
    MAPS_CSV = "construct-maps-csv"
    SVG = "construct-svg"
    PNG = "construct-png"


KEYS = {name: f"construct-key-{name}" for name in ("left", "right", "a", "c", "g", "t", "n", "backspace", "delete")}
EFFECT_PICTURE = "construct-effect-picture"
EFFECT_BOX = "construct-effect-box"
EFFECT_FILES = {name: f"construct-effect-{name}" for name in ("svg", "png", "csv")}
