"""What can be wrong with a file of histone signals, and what is mended: one sentence with its remedy per kind."""

from typing import Final, NamedTuple

from models.errors import InvalidHistoneFileError, TextProblem
from models.text_problems import placed_problem

MAX_PROBLEMS: Final = 20

_SENTENCES: Final = {
    # the file
    "empty_file": "There is no line to read: choose another file.",
    "not_text": "This is not a text file ({reason}). Save the table as CSV and upload that.",
    "not_utf8": "The text is not UTF-8 ({reason}). Save it again as 'CSV UTF-8'.",
    "long_line": "The line is longer than {most:,} characters. Write one bin of one gene per line.",
    "too_many_rows": "There are more than {most:,} rows, the most that one file may hold. Split the file by genes.",
    "too_many_lines": "There are more than {most:,} lines, most of them empty. Delete the empty lines.",
    "too_many_genes": "There are more than {most:,} genes, the most that one file may hold. Split the file.",
    # the layout
    "no_separator": "The line has one column only. Separate columns by commas, tabs or semicolons.",
    "wrong_number_of_columns": "The line has {found} columns, but {expected} are expected. {remedy}",
    "looks_like_deepdiff": "The line has {found} columns and starts with ENSG_SYMBOL_bin, as DeepDiff files do, whose "
    "marks come in another order. Choose the layout 'deepdiff'.",
    "looks_like_deepchrome": "The line has {found} columns, as DeepChrome files do, whose marks come in another order. "
    "Choose the layout 'deepchrome'.",
    "label_as_mark": "The last column is 0 or 1 throughout each gene, so it looks like the label; then "
    "only four marks are left. Add a first line that names the columns.",
    "header_line": "The line names columns instead of holding numbers. {remedy}",
    "missing_header": "The layout 'header' needs a first line that names the columns, such as gene,bin,H3K4me3. "
    "Add it, or choose another layout.",
    "missing_column": "No column is called {name}. Name the columns gene, bin, the marks and, if known, label.",
    "repeated_column": "{name} is named twice. Rename or delete one of the columns.",
    "unnamed_column": "The column has no name. Name it or delete it.",
    "unknown_mark": "{name} is not a known signal; did you mean {meant}? Write the name exactly so.",
    "too_many_signals": "There are {found} signal columns, but {most} are the most. Delete columns.",
    "wrong_number_of_signals": "The file has {found} signal columns, but {given} names are given. Name each once.",
    # the cells
    "empty_gene": "The gene id is empty. Give every row its gene.",
    "separator_in_gene": "The gene id {text} holds a comma, semicolon or tab. Replace it by another character.",
    "quoted_field": "{text} is in quotation marks. Write the file without them (in R: quote = FALSE).",
    "bad_id": "{text} does not end in an underscore and a bin number, as in ENSG00000130749_ZC3H4_1.",
    "bad_bin": "{text} is not a bin number. Number the bins 1, 2, 3, ... from 5' to 3'.",
    "missing_value": "The cell is empty. Write 0 where there is no signal.",
    "nan_value": "{text} is not a number. Write 0 where there is no signal, or leave the gene out.",
    "infinite_value": "{text} is infinite or too large. Correct the value, or leave the gene out.",
    "negative_value": "{text} is negative. Signals are counts or coverage, at least 0: upload them untransformed.",
    "decimal_comma": "{text} has a decimal comma. Write a point instead.",
    "thousands_separator": "{text} has a thousands separator. Write the digits without it.",
    "not_a_number": "{text} is not a number. Correct it, or delete a column that holds text.",
    "bad_label": "{text} is not a label. Write 1 for ON and 0 for OFF.",
    "missing_label": "The label is missing. Label every row with 1 for ON or 0 for OFF, or delete the label column.",
    # the genes
    "repeated_gene": "The gene is in the file already, from line {earlier} on. Delete one copy or rename it.",
    "mixed_genes": "The rows of gene {interrupted} are interrupted here and go on at line {later}. Sort by gene.",
    "repeated_bin": "Bin {bin} is given twice. Give each bin once.",
    "missing_bin": "Bin {bin} is missing before this row. Give every gene the bins {first} to {last}.",
    "out_of_range_bin": "Bin {bin} lies outside {first} to {last}, the bins of most genes. Correct it.",
    "different_numbers_of_bins": "The gene has {found} bins, but most genes have {most}. Give all the same number.",
    "inconsistent_label": "The label is {label}, but most rows of this gene say {other}. Label all rows alike.",
    # what is mended
    "byte_order_mark": "A byte order mark was skipped.",
    "separator": "Columns were read as separated by {name} instead of commas.",
    "bins_from_zero": "Bins are numbered from 0 and were read as numbered from 1.",
    "unsorted_bins": "Bins were not in order and were sorted ({genes}).",
}


class Place(NamedTuple):
    """Where something is in a file.

    Attributes
    ----------
    line : int or None
        Counted from 1; blank lines count too.
    column : int or None
        Number of the field within the line, counted from 1; DeepDiff's ``ENSG_SYMBOL_bin`` is one field.
    gene : str or None
        Identifier as in the file.
    """

    line: int | None = None
    column: int | None = None
    gene: str | None = None


def problem(code: str, place: Place = Place(), **values: object) -> TextProblem:  # noqa: B008  it is immutable
    """Return the sentence for `code`, filled with `values` and led by its place."""
    line, column, gene = place
    return placed_problem(code, _SENTENCES[code].format(**values), gene=gene, line=line, column=column)


def refusal(code: str, place: Place = Place(), **values: object) -> InvalidHistoneFileError:  # noqa: B008
    """Return an error with one problem."""
    return InvalidHistoneFileError((problem(code, place, **values),))
