"""The layouts in which histone signals are published, and which of them a file has."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from models.errors import InvalidHistoneFileError, UnknownNameError
from models.histone import DEEPDIFF_MARKS, MARKS
from models.histone_header import canonical, is_header, read_header, signal_problems
from models.histone_problems import Place, refusal
from models.histone_text import first_separator, read_head


class Layout(NamedTuple):
    """A way to write binned signals.

    Attributes
    ----------
    title, summary : str
        For a person.
    example : str
        Two literal lines.
    """

    title: str
    summary: str
    example: str


class FileFormat(NamedTuple):
    """How the lines of one file are to be read.

    Attributes
    ----------
    layout, separator : str
    n_columns : int
        Fields of each line.
    roles : tuple of str
        ``gene``, ``symbol``, ``bin``, ``label`` or ``signal`` per field, once ``ENSG_SYMBOL_bin`` is split.
    signals : tuple of str
        Names of the signal columns, in the file's order.
    header_line : int or None
        Line of the header.
    """

    layout: str
    separator: str
    n_columns: int
    roles: tuple[str, ...]
    signals: tuple[str, ...]
    header_line: int | None

    @property
    def joined_id(self) -> bool:
        """Whether the first field holds gene and bin."""
        return len(self.roles) > self.n_columns

    def column(self, role: str) -> int:
        """Return the number of the field with that role, counted from 1 as in the file."""
        return self.field(self.roles.index(role))

    def field(self, index: int) -> int:
        """Return the number of the field in the file, counted from 1, of an index into `roles`."""
        return max(index, 1) if self.joined_id else index + 1


LAYOUTS: Final = {
    "deepchrome": Layout(
        "DeepChrome / AttentiveChrome",
        f"No header; gene, bin, {', '.join(MARKS)}, and the label (1 ON, 0 OFF) if known.",
        "000003,1,0,1,0,2,0,1\n000003,2,1,2,2,8,0,1",
    ),
    "deepdiff": Layout(
        "DeepDiff",
        f"No header; ENSG_SYMBOL_bin, {', '.join(DEEPDIFF_MARKS)}: another order of marks, and no label.",
        "ENSG00000130749_ZC3H4_1,1,1,0,1,0\nENSG00000130749_ZC3H4_2,1,0,0,1,1",
    ),
    "header": Layout(
        "With a header",
        "The first line names the columns, in any order: gene, bin, marks or other signals; symbol and label if known.",
        "gene,bin,H3K4me3,H3K27ac,label\nENSG00000130749,1,4,2,1",
    ),
}


def detect_layout(path: Path) -> str | None:
    """Return the name of the layout that a file's first lines have, or None where none fits."""
    try:
        lines = read_head(path)
    except InvalidHistoneFileError:
        return None
    separator = _separator(lines)
    return _detect(lines, separator, None) if separator else None


def file_format(
    lines: Sequence[tuple[int, str]], *, layout: str | None = None, signals: Sequence[str] | None = None
) -> FileFormat:
    """Decide how a file is to be read from its first lines.

    Parameters
    ----------
    lines : sequence of (int, str)
        Numbered lines without blank ones.
    layout : str or None
        Overrules detection.
    signals : sequence of str or None
        Names of the signal columns in the file's order; overrules the layout's.

    Raises
    ------
    InvalidHistoneFileError
        If no layout fits, the one asked for does not, or names of columns are unknown, missing or repeated.
    UnknownNameError
        If there is no such layout.
    """
    if layout not in {None, *LAYOUTS}:
        raise UnknownNameError("layout", str(layout), tuple(LAYOUTS))
    separator = _separator(lines)
    if separator is None:
        raise refusal("no_separator", Place(lines[0][0], 1))
    if signals and (problems := signal_problems(signals)):
        raise InvalidHistoneFileError(problems)
    number, first = lines[0]
    headed = is_header(first.split(separator))
    layout = layout or _detect(lines, separator, signals)
    if layout == "header":
        if not headed:
            raise refusal("missing_header", Place(number, 1))
        roles, names = read_header(first.split(separator), line=number, signals=signals)
        return FileFormat(layout, separator, len(roles), roles, names, number)
    if headed:
        raise refusal("header_line", Place(number, 1), remedy="Choose the layout 'header', or delete the line.")
    return _without_header(lines, separator, layout, signals)


def _separator(lines: Sequence[tuple[int, str]]) -> str | None:
    """Return the separator that most of the lines have."""
    ((separator, _),) = Counter(first_separator(text) for _, text in lines).most_common(1)
    return separator


def _n_columns(lines: Sequence[tuple[int, str]], separator: str) -> int:
    """Return how many columns most of the lines have; a single spoilt line does not change the layout."""
    return Counter(text.count(separator) + 1 for _, text in lines).most_common(1)[0][0]


def _detect(lines: Sequence[tuple[int, str]], separator: str, signals: Sequence[str] | None) -> str | None:
    if is_header(lines[0][1].split(separator)):
        return "header"
    n_columns = _n_columns(lines, separator)
    n_signals = len(signals or MARKS)
    if n_columns == 1 + n_signals and _has_joined_ids(lines, separator):
        return "deepdiff"
    return "deepchrome" if n_columns in {2 + n_signals, 3 + n_signals} else None


def _has_joined_ids(lines: Sequence[tuple[int, str]], separator: str) -> bool:
    ids = [text.split(separator, 1)[0].strip().rpartition("_") for _, text in lines]
    return 2 * sum(bool(gene) and number.isdecimal() for gene, _, number in ids) > len(ids)


def _without_header(
    lines: Sequence[tuple[int, str]], separator: str, layout: str | None, signals: Sequence[str] | None
) -> FileFormat:
    """Return the format of a file without header; where no layout was found, it is measured against DeepChrome's."""
    number, _ = lines[0]
    found = _n_columns(lines, separator)
    joined = layout == "deepdiff"
    names = canonical(signals or (DEEPDIFF_MARKS if joined else MARKS))
    roles = ("gene", "bin", *("signal" for _ in names))
    fitting = {len(names) + 1: roles} if joined else {len(names) + 2: roles, len(names) + 3: (*roles, "label")}
    if layout and found in fitting:
        return FileFormat(layout, separator, found, fitting[found], names, None)
    detected = _detect(lines, separator, signals)
    if detected:
        raise refusal(f"looks_like_{detected}", Place(number, 1), found=found)
    raise refusal(
        "wrong_number_of_columns",
        Place(number, min(found, max(fitting)) + 1),
        found=found,
        expected=" or ".join(map(str, fitting)),
        remedy="Bring the columns into a known layout, or add a first line that names them.",
    )
