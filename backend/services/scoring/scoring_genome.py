"""The genome of a batch of sites: unpacked, indexed and held against the assembly that is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from backend.services.errors import refused_field
from backend.services.job_kinds.kind import JobRun
from backend.services.scoring.scoring_source import Sample, as_fields, read_as
from models.bed import Site, misplaced, stream_bed
from models.errors import TextProblem
from models.fasta import MAX_PROBLEMS
from models.genome_windows import Genome, assembly_problem, unpacked
from models.genomes import ASSEMBLIES, chromosome_name
from models.text_lines import TextLines

FIELD = "parameters.genome"


@contextmanager
def opened_genome(path: Path, *, assembly: str, run: JobRun) -> Iterator[Genome]:
    """Open a genome, refusing one that is not of the assembly that is named."""
    n_bytes = path.stat().st_size

    def look(done: int) -> None:
        run.report("Unpacking the genome", done=min(done, n_bytes), total=n_bytes, unit="bytes")

    with read_as(FIELD):
        plain = unpacked(path, folder=run.scratch, on_bytes=look)
        run.report("Indexing the genome", done=0, total=1, unit="genomes")
        genome = Genome(plain, folder=run.scratch)
    try:
        problem = assembly_problem(genome.lengths, assembly)
        if problem:
            raise refused_field("parameters.assembly", "other_assembly", problem)
        yield genome
    finally:
        genome.close()


def first_mistakes(sites: Path, genome: Path, *, assembly: str, size: int) -> Sample:
    """Read the first sites and the genome's first header; raises `InvalidFieldsError` for what is wrong with them."""
    first = _first_chromosome(genome)
    lines = TextLines(sites)
    with read_as("parameters.intervals"):
        found = list(islice(stream_bed(lines), size + 1))
    problems = [problem for each in found if (problem := _mistake(each, first, assembly))]
    if problems:
        raise as_fields(problems[:MAX_PROBLEMS], "parameters.intervals")
    if len(found) <= size:
        return Sample(len(found), True, [1] * len(found))
    return Sample(round(size * lines.n_bytes / lines.bytes_read), False, [1] * size)


def _first_chromosome(genome: Path) -> str:
    with read_as(FIELD):
        for number, line in TextLines(genome):
            if line.startswith(">") and line[1:].split():
                return line[1:].split()[0]
            if line.strip():
                message = f"Line {number:,}: a genome in FASTA begins with '>' and the name of a chromosome."
                raise refused_field(FIELD, "not_fasta", message)
    raise refused_field(FIELD, "not_fasta", "The genome is empty: give FASTA.")


def _mistake(found: Site | TextProblem, first: str, assembly: str) -> TextProblem | None:
    """Hold a site against what is known before the genome is indexed: names and lengths of chromosomes."""
    if isinstance(found, TextProblem):
        return found
    known = ASSEMBLIES["hg38"]
    name, first_name = chromosome_name(found.chromosome), chromosome_name(first)
    if name in known and first_name in known and found.chromosome.startswith("chr") != first.startswith("chr"):
        written = name if first.startswith("chr") else name.removeprefix("chr")
        return misplaced(found, {written: found.end})
    length = ASSEMBLIES.get(assembly, {}).get(name)
    return misplaced(found, {found.chromosome: length}) if length else None
