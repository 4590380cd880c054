"""Five small files that unpack to gigabytes, each to a reader of its own: `python -m benchmarks.bombs`.

Each must be refused with a sentence, at once and in little memory. Every bomb is real: 10 MB of gzip hold 10 GB, and
five layers of zip files (as 42.zip) hold petabytes.
"""

import argparse
import gzip
import io
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.tables import markdown
from frontend.client import UnreadableFileError, decode_sequence_file
from models.errors import InvalidHistoneFileError, InvalidTextError, ModelsError, TextProblem
from models.fasta import Repairs
from models.fasta_stream import stream_fasta
from models.histone_file import read_histone_file
from models.published import read_published
from models.text_lines import TextLines

MOST_S: Final = 2.0
MOST_MB: Final = 50.0
PIECE: Final = 1_000_000
N_PIECES: Final = 10_000  # 10 GB
ZIP_LAYERS: Final = 5
ZIPS_PER_LAYER: Final = 16
MAX_TEXT: Final = 8_000_000


def deflated(letter: bytes, n_pieces: int) -> bytes:
    """Deflate megabytes of one letter: pieces that know nothing of each other are the same bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(letter * PIECE) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(letter * PIECE) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + piece * (n_pieces - 1) + packer.flush()


def gzip_bomb(letter: bytes = b"A") -> bytes:
    """Return 10 GB as gzip."""
    trailer = b"\0" * 4 + (PIECE * N_PIECES % 2**32).to_bytes(4, "little")
    return b"\x1f\x8b\x08" + b"\0" * 6 + b"\xff" + deflated(letter, N_PIECES) + trailer


def zip_bomb(name: str, n_pieces: int = 4_000) -> bytes:
    """Return a zip file whose one member has 4 GB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, deflated(b"\0", n_pieces))
        (member,) = archive.infolist()
        member.compress_type, member.file_size = zipfile.ZIP_DEFLATED, PIECE * n_pieces  # as its directory says
    return file.getvalue()


def zips_within_zips() -> bytes:
    """Return a zip of zips of zips, each layer 16 of the one below."""
    content = zip_bomb("0.dll")
    for _ in range(ZIP_LAYERS):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(ZIPS_PER_LAYER):
                archive.writestr(f"lib {number:x}.zip", content)
        content = file.getvalue()
    return content


def _stream(path: Path) -> None:
    for found in stream_fasta(TextLines(path), repairs=Repairs()):
        if isinstance(found, TextProblem):
            raise InvalidTextError((found,))


def _histone(path: Path) -> None:
    read_histone_file(path, max_genes=20_000, max_rows=2_500_000)


def _pasted(path: Path) -> None:
    decode_sequence_file(path.read_bytes(), max_bytes=MAX_TEXT)


BOMBS: Final[dict[str, tuple[Callable[[], bytes], Callable[[Path], object]]]] = {
    "gzip of 10 GB, opened in the page": (gzip_bomb, _pasted),
    "gzip of 10 GB, as FASTA for a job": (gzip_bomb, _stream),
    "gzip within gzip, as histone table": (lambda: gzip.compress(gzip_bomb()), _histone),
    "zips within zips, as histone table": (zips_within_zips, _histone),
    "zip with a member of 4 GB, as weights": (lambda: zip_bomb("archive/data.pkl"), read_published),
}


def defuse(name: str, path: Path) -> None:
    """Read a bomb; print seconds, megabytes that the process has grown by, and what was said."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    try:
        BOMBS[name][1](path)
        said = "READ"
    except InvalidHistoneFileError as error:
        said = error.problems[0].message
    except (ModelsError, UnreadableFileError) as error:
        said = str(error)
    seconds = time.perf_counter() - started
    print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, said, sep="\t")


def main() -> int:
    """Try each bomb in a process of its own, print a table, and fail where one goes off."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bombs", description=__doc__)
    parser.add_argument("--defuse", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.defuse:
        defuse(asked.defuse[0], Path(asked.defuse[1]))
        return 0
    rows = []
    with tempfile.TemporaryDirectory(prefix="regulens-bombs-") as folder:
        for name, (made, _) in BOMBS.items():
            path = Path(folder) / "bomb"
            path.write_bytes(made())
            command = [sys.executable, "-m", "benchmarks.bombs", "--defuse", name, str(path)]
            seconds, megabytes, said = subprocess.check_output(command, text=True).strip().split("\t")
            rows.append((name, path.stat().st_size, float(seconds), float(megabytes), said))
    print(markdown("Bombs", ("bomb", "bytes", "seconds", "MB more", "said"), rows))
    held = sum(row[2] < MOST_S and row[3] < MOST_MB and row[4] != "READ" for row in rows)
    print(f"{held} of {len(rows)} refused in less than {MOST_S:g} s and {MOST_MB:g} MB")
    return 0 if held == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
