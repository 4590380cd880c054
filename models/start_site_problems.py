"""What can be wrong with a file of start sites, and what is decided for the user: one sentence with its remedy each."""

from typing import Final

from models.errors import TextProblem
from models.text_problems import placed_problem, shown

MAX_PROBLEMS: Final = 20

_SENTENCES: Final = {
    "empty_file": "There is no gene in the file. Give BED6 (chrom, start, end, name, score, strand), one gene a line.",
    "no_strand": "There is no strand, so upstream and downstream cannot be told apart. Give BED6: chrom, start, end, "
    "name, score, strand; or a table with a header and a column strand.",
    "not_start_sites": "This is neither BED (chrom, start, end, name, score, strand) nor a header that names columns. "
    "Give one of them.",
    "missing_column": "No column is called {name}. Name the columns gene, chrom, strand, and tss or start and end.",
    "repeated_column": "Two columns mean the {name}. Rename or delete one of them.",
    "other_assembly": "The column {text} holds positions of {found}, but {assembly} was chosen. Choose {found}, or "
    "give positions of {assembly}.",
    "too_few_columns": "The line has {found} columns, but {expected} are needed. Complete the line or delete it.",
    "too_many_genes": "There are more than {most:,} genes, the most that one file may hold. Split the file.",
    "no_chromosome": "The chromosome is empty. Write its name, such as chr7.",
    "bad_strand": "{text} is not a strand. Write + or -.",
    "negative": "{text} is negative. Positions count from 0.",
    "not_a_position": "{text} is not a position. Write a whole number without separators.",
    "position_zero": "0 is no position that counts from 1. Rename the column to tss if it counts from 0.",
    "start_after_end": "The start {start} lies after the end {end}. Swap them.",
    "empty_interval": "Start and end are both {start}. The end of BED is not part of the interval: write {end}.",
    "beyond_chromosome": "The site lies beyond the end of {chromosome}, which has {length:,} bp in {assembly}. Is it "
    "of another assembly?",
    # what is mended or decided
    "repeated_site": "The same gene and site is in the file before; it was left out ({rows}).",
    "repeated_gene": "The name was used before for another site; a number was added to it ({rows}).",
    "counts_from_0": "The column {text} was read as counting from 0, as BED does. Call it tss_1based if it counts "
    "from 1.",
    "equal_lengths": "Every interval is {length:,} bp long, as windows around start sites are and genes are not. Start "
    "sites were taken from their 5' ends: give the sites themselves if that is not meant.",
    "counts_from_1": "The column {text} was read as counting from 1.",
}


class Fault(Exception):  # noqa: N818  it is a place, not yet an error
    """Something wrong in a line, before the number of the line is known."""

    def __init__(self, code: str, column: int | None = None, **values: object) -> None:
        super().__init__(code)
        self.code, self.column, self.values = code, column, values

    def at(self, line: int, gene: str = "") -> TextProblem:
        """Return the problem at its place."""
        return problem(self.code, line=line, column=self.column, gene=gene, **self.values)


def problem(
    code: str, *, line: int | None = None, column: int | None = None, gene: str = "", **values: object
) -> TextProblem:
    """Return the sentence for `code`, filled with `values` and led by its place."""
    shown_values = {key: shown(value) if key == "text" else value for key, value in values.items()}
    sentence = _SENTENCES[code].format(**shown_values)
    return placed_problem(code, sentence, gene=gene or None, line=line, column=column)
