"""What the fuzzer calls: each parser of text of users, inputs to begin with, and what its refusals must look like."""

import gzip
import io
import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from json import JSONDecodeError
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

from backend.api.json_body import read_json
from backend.errors import UnreadableBodyError
from frontend.client import UnreadableFileError, decode_sequence_file
from models.bed import stream_bed
from models.errors import InvalidTextError, ModelsError, TextProblem
from models.fasta import MAX_PROBLEMS, Repairs, read_sequences
from models.fasta_stream import stream_fasta
from models.genes import read_start_sites
from models.gzip_stream import opened
from models.histone_file import LAYOUTS, detect_layout, first_lines, read_histone_file
from models.motifs.meme_file import meme_library_text, read_meme_file
from models.motifs.motif import Motif
from models.sequence import one_hot_encode
from models.text_lines import TextLines
from models.training.own_sequences import read_own_sequences

MAX_UNPACKED: Final = 1_000_000

_LONGEST_MESSAGE: Final = 1_000


class Target(NamedTuple):
    """A parser, and inputs that it knows."""

    parse: Callable[[bytes], object]
    seeds: Sequence[bytes]


class _Held:
    """A file that is no more than its bytes: the disk would be what is measured."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, _: str) -> BinaryIO:
        """Begin at the beginning."""
        return io.BytesIO(self._data)

    def stat(self) -> os.stat_result:
        """Tell the size, as the one thing that readers ask for."""
        return os.stat_result((0,) * 6 + (len(self._data),) + (0,) * 3)


def _written(data: bytes) -> Path:
    return cast("Path", _Held(data))


def check(problems: Iterable[TextProblem]) -> None:
    """Hold a refusal against what every refusal promises."""
    found = tuple(problems)
    assert 1 <= len(found) <= MAX_PROBLEMS
    for problem in found:
        assert problem.message.endswith((".", "?")), problem
        assert problem.message.isprintable(), problem
        assert len(problem.message) <= _LONGEST_MESSAGE, problem
        assert problem.line is None or problem.line >= 1, problem
        assert problem.column is None or problem.column >= 1, problem


def _refusing(parse: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Take what a parser refuses on purpose; everything else that it raises is a finding."""

    def quiet(data: bytes) -> None:
        try:
            parse(data)
        except InvalidTextError as error:
            check(error.problems)
        except (ModelsError, UnreadableFileError, UnreadableBodyError):
            return

    return quiet


def _sequences(data: bytes) -> None:
    records = read_sequences(data.decode(errors="surrogateescape"), max_records=1_000, max_bases=100_000).records
    assert all(set(record.sequence) <= set("ACGTN") for record in records)


def _stream(data: bytes) -> None:
    for found in stream_fasta(TextLines(_written(data)), repairs=Repairs()):
        if isinstance(found, TextProblem):
            check([found])


def _sites(data: bytes) -> None:
    for found in stream_bed(TextLines(_written(data))):
        if isinstance(found, TextProblem):
            check([found])
        else:
            assert 0 <= found.start < found.end


def _histone(data: bytes) -> None:
    path = _written(data)
    detect_layout(path), first_lines(path, 3)
    file = read_histone_file(path, max_genes=1_000, max_rows=10_000)
    assert file.matrices.values.shape == (len(file.matrices.genes), len(file.matrices.signals), file.matrices.n_bins)
    assert (file.matrices.values >= 0).all()


def _json(data: bytes) -> None:
    with suppress(JSONDecodeError):
        json.dumps(read_json(data), ensure_ascii=False, allow_nan=False).encode()


def _gzip(data: bytes) -> None:
    with opened(io.BytesIO(data), max_bytes=MAX_UNPACKED) as stream:
        assert len(stream.read()) <= max(MAX_UNPACKED, len(data))


_FASTA: Final = (
    b">a b\nACGT\nacgu\n\n>b\r\nRYN\r\n",
    b"ACGT\n\nTTTT",
    b"\xef\xbb\xbf>p\nMKVLAQ",
    b">1\nACGT\n>0\nTTTT\n",
)
_TABLES: Final = (
    *(layout.example.encode() for layout in LAYOUTS.values()),
    b'\xef\xbb\xbf7;1;1,5;2;3;4;5;1\r\n7;2;1e400;-2;NaN;"4";1.500,5;0\r\n',
)
_BED: Final = (b"track x\nchr1\t10\t20\tpeak\t0\t-\n", b"chr1 5 3\n#c\nchr2\t-1\tx\n", b"1\t0\t0\n")
_GENES: Final = (b"gene,chrom,tss,strand\nA,chr1,10,+\n", b"chr7\t1\t2\tB\t0\t-\nchr7\t1\t1\n", b"#chrom start\nx")
_OWN: Final = (b"sequence,label\nACGTAC,1\nTTTTAA,0\n", b">1\nACGTACGT\n>0\nACGTTTTT\n", b">chr1:1-9(+)\nACGTACGT\n")
_MEME: Final = meme_library_text([Motif("M1", "one", one_hot_encode(["ACGT"])[0].double().numpy())]).encode()
_JSON: Final = (b'{"a": [1, -2.5e3, "\\ud83d\\ude00", null, true]}', b'{"a": 1, "a": NaN, "b": "\\ud800"}', b"[[[[]]]]")
_PACKED: Final = (gzip.compress(b"ACGT" * 99), gzip.compress(b"") + gzip.compress(b"a") + b"\0\0", b"\x1f\x8b\x08\0")

TARGETS: Final = {
    "fasta": Target(_refusing(_sequences), _FASTA),
    "fasta_stream": Target(_refusing(_stream), _FASTA),
    "bed": Target(_refusing(_sites), _BED),
    "start_sites": Target(
        _refusing(lambda data: read_start_sites(_written(data), assembly="hg19", max_genes=1_000)), _GENES
    ),
    "histone": Target(_refusing(_histone), _TABLES),
    "own_sequences": Target(_refusing(lambda data: read_own_sequences(_written(data), window=5)), _OWN),
    "meme": Target(_refusing(lambda data: read_meme_file(_written(data))), (_MEME,)),
    "json": Target(_refusing(_json), _JSON),
    "gzip": Target(_refusing(_gzip), _PACKED),
    "sequence_file": Target(_refusing(lambda data: decode_sequence_file(data, max_bytes=1_000)), (*_FASTA, *_PACKED)),
}
