"""Sites of a genome from a BED file of any size, line by line: 0-based, the end not part of the site."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from models.errors import TextProblem
from models.text_lines import NumberedLine
from models.text_problems import shown

_SKIPPED: Final = ("track", "browser")
_STRANDS: Final = {"+": "+", "-": "-", ".": "+", "": "+"}
_CHROMOSOME, _START, _END, _STRAND = 1, 2, 3, 6  # columns, counted from 1
_DIGITS: Final = 12  # of a position; a longer number is a mistake

_SENTENCES: Final = {
    "no_site": "There is no site in the file: give BED (chrom, start, end) with one site a line.",
    "too_few_columns": "The line has {found} columns; BED has at least 3. Give chrom, start, end, separated by tabs.",
    "no_chromosome": "The chromosome is empty. Write its name.",
    "negative": "{text} is negative. Positions count from 0.",
    "not_a_position": "{text} is not a position. Write a whole number without separators.",
    "start_after_end": "The start {start} lies after the end {end}. Swap them.",
    "empty_site": "Start and end are both {start}. The end of BED is not part of the site: write {end}.",
    "bad_strand": "{text} is not a strand. Write + or -, or a point where there is none.",
    "chromosome_style": "The genome has no {text} but calls it {other}. Write chromosomes the same way in both: "
    "add or remove 'chr' in the BED file.",
    "unknown_chromosome": "The genome has no chromosome {text} (it has {known}). Give the genome of the BED file.",
    "beyond_chromosome": "The site ends at {end}, beyond the end of {text}, which has {length:,} bp. Is the BED file "
    "of another assembly?",
}


class Site(NamedTuple):
    """A line of BED.

    Attributes
    ----------
    chromosome : str
        As written.
    start, end : int
        0-based; the base at `end` is not part of it.
    name : str
        The fourth column; ``chr1:10-20(+)`` where there is none.
    strand : str
        ``+`` or ``-``; ``+`` where there is none.
    line : int
        Counted from 1.
    """

    chromosome: str
    start: int
    end: int
    name: str
    strand: str
    line: int


class _Fault(Exception):  # noqa: N818  it is a place, not yet an error
    def __init__(self, code: str, column: int, **values: object) -> None:
        super().__init__(code)
        self.code, self.column, self.values = code, column, values


def stream_bed(lines: Iterable[NumberedLine]) -> Iterator[Site | TextProblem]:
    """Yield each site, or what is wrong with its line, in the order of the file.

    Columns are separated by tabs, or by white space where a line has no tab. `track`, `browser`, comments and blank
    lines are skipped; columns after the sixth are not read.
    """
    n_sites = 0
    for number, line in lines:
        words = line.split(maxsplit=1)
        if not words or words[0].startswith("#") or words[0] in _SKIPPED:
            continue
        n_sites += 1
        try:
            yield _site([field.strip() for field in (line.split("\t") if "\t" in line else line.split())], number)
        except _Fault as fault:
            yield _problem(fault.code, number, fault.column, **fault.values)
    if not n_sites:
        yield TextProblem("no_site", _SENTENCES["no_site"])


def misplaced(site: Site, lengths: Mapping[str, int]) -> TextProblem | None:
    """Say why a site is not in a genome.

    Parameters
    ----------
    site : Site
    lengths : mapping
        Length in bp by name of the chromosome, as the genome writes it.
    """
    length = lengths.get(site.chromosome)
    if length is None:
        bare = site.chromosome.removeprefix("chr")
        other = next((name for name in (bare, f"chr{bare}") if name in lengths), None)
        if other:
            return _problem("chromosome_style", site.line, _CHROMOSOME, text=site.chromosome, other=other)
        known = ", ".join([*list(lengths)[:3], *(["..."] if len(lengths) > 3 else [])])
        return _problem("unknown_chromosome", site.line, _CHROMOSOME, text=site.chromosome, known=known)
    if site.end > length:
        return _problem("beyond_chromosome", site.line, _END, text=site.chromosome, end=site.end, length=length)
    return None


def _site(fields: Sequence[str], line: int) -> Site:
    if len(fields) < _END:
        raise _Fault("too_few_columns", len(fields), found=len(fields))
    chromosome = fields[_CHROMOSOME - 1]
    if not chromosome:
        raise _Fault("no_chromosome", _CHROMOSOME)
    start, end = _position(fields, _START), _position(fields, _END)
    if start > end:
        raise _Fault("start_after_end", _START, start=start, end=end)
    if start == end:
        raise _Fault("empty_site", _END, start=start, end=start + 1)
    written = fields[_STRAND - 1] if len(fields) >= _STRAND else ""
    if written not in _STRANDS:
        raise _Fault("bad_strand", _STRAND, text=written)
    strand = _STRANDS[written]
    name = fields[3] if len(fields) > _END and fields[3] not in ("", ".") else f"{chromosome}:{start}-{end}({strand})"
    return Site(chromosome, start, end, name, strand, line)


def _position(fields: Sequence[str], column: int) -> int:
    text = fields[column - 1]
    if text.isascii() and text.isdigit() and len(text) <= _DIGITS:
        return int(text)
    is_negative = text.startswith("-") and text[1:].isascii() and text[1:].isdigit()
    raise _Fault("negative" if is_negative else "not_a_position", column, text=text)


def _problem(code: str, line: int, column: int, **values: object) -> TextProblem:
    said = {key: shown(value) if key == "text" else value for key, value in values.items()}
    message = f"Line {line:,}, column {column}: {_SENTENCES[code].format(**said)}"
    return TextProblem(code, message, None, line, column)
