"""F01-F26: FASTA as people paste and upload it, each with the exact answer.

As pasted text the bytes go the way of the page: read by `decode_sequence_file`, sent as JSON. As a file they are
uploaded, and a scoring job is to be estimated, which reads them in the API.
"""

import gzip
from collections.abc import Iterator

import pytest

from backend.web.body_limit import LINGER_BYTES
from frontend.client import UnreadableFileError, decode_sequence_file

pytestmark = pytest.mark.anyio

A, B = "ACGTTGCAAC" * 10 + "G", "TTGACCATGA" * 10 + "C"  # 101 bases
INVALID, FIELDS, TOO_LARGE = (422, "invalid-sequences"), (422, "invalid-request"), (413, "request-too-large")
LOWER, URACIL, IUPAC = "Lower-case letters were read as upper", "U was read as T", "IUPAC ambiguity codes were read"
INVISIBLE, LONG, TWICE = "Characters that cannot be seen", "A name was cut off", "A name was used before"
NAMELESS = "A sequence without a name was called by its number"
ODD = "unexpected_character"
HTML = "<img/src=x/onerror=alert(1)>"

REFUSED_TEXTS = {
    "F01 empty": ("", (*INVALID, "no_sequence", None, None, None)),
    "F02 white space": (" \n\t\r\n", (*INVALID, "no_sequence", None, None, None)),
    "F03 header only": (">only\n", (*INVALID, "empty_record", "only", 1, None)),
    "F05 empty record": (f">a\n{A}\n>b\n>c\n{B}\n", (*INVALID, "empty_record", "b", 3, None)),
    "F08 nothing but IUPAC codes": (">a\nRYSWKMBDHV\n", (*INVALID, "no_known_base", "a", 1, None)),
    "F09 nothing but N": (f">a\n{A}\n>b\n{'N' * 101}\n", (*INVALID, "no_known_base", "b", 3, None)),
    "F10 gap": (f">a\n{A}\n>b\nACGT\nAC-GT\n", (*INVALID, ODD, "b", 5, 3)),
    "F10 points": (f">a\n{A}\n....ACGT\n", (*INVALID, ODD, "a", 3, 1)),
    "F11 stop codon": (f">a\n{A}\nACG*\n", (*INVALID, ODD, "a", 3, 4)),
    "F12 protein": (f">a\n{A}\n>p\nMKVLAAGIVGLLLAQPSFAADE\n", (*INVALID, "looks_like_protein", "p", 4, 4)),
    "F13 GenBank": (">a\n        1 acgtacgtac acgt\n", (*INVALID, ODD, "a", 2, 9)),
    "F14 CRLF": (f">a\r\n{A}\r\n>b\r\nACG!\r\n", (*INVALID, ODD, "b", 4, 4)),
    "F15 CR": (f">a\r{A}\r>b\rAC1\r", (*INVALID, ODD, "b", 4, 3)),
    "F16 byte order mark": (f"\ufeff>a\nX{A}", (*INVALID, ODD, "a", 2, 1)),
    "F17 UTF-16": (f">a\n{A}\n".encode("utf-16"), UnreadableFileError),
    "F17 UTF-16 as text": ("".join(f"{letter}\0" for letter in "ACGT"), (*INVALID, ODD, "sequence_1", 1, 2)),
    "F19 NUL": (f">a\n{A}\nAC\0GT", (*INVALID, ODD, "a", 3, 3)),
    "F20 lines are not split by U+2028": (f">a\u2028b\x85c\n{A}\nAC!", (*INVALID, ODD, "a", 3, 3)),
    "F20 zero width in bases": (f">a\nAC\u200bGT\n{A}", (*INVALID, ODD, "a", 2, 3)),
    "F22 long name": (f">{'x' * 50_000}\nAC!", (*INVALID, ODD, "x" * 80, 2, 3)),
    "F24 a million records": (">\nA\n" * 1_000_000, (*INVALID, "too_many_records", None, 20_001, None)),
    "F26 HTML": (f">{HTML}\nAC!\n", (*INVALID, ODD, HTML, 2, 3)),
}  # fmt: skip

ACCEPTED_TEXTS = {
    "F04 no header": (A, ["sequence_1"], [A], (f"{NAMELESS} (1 record, first 'sequence_1', line 1)",)),
    "F04 before the first header": (f"{A}\n>b\n{B}", ["sequence_1", "b"], [A, B], (NAMELESS,)),
    "F06 lower case": (f">a\n{A.lower()}", ["a"], [A], (LOWER,)),
    "F07 RNA": (f">a\n{A[:-1]}U", ["a"], [A[:-1] + "T"], (URACIL,)),
    "F08 IUPAC": (f">a\n{A}RYSWKMBDHVN", ["a"], [A + "N" * 11], (f"{IUPAC} as N (an all-zero column) (1 record, 10 ",)),
    "F14 CRLF": (f">a b\r\n{A}\r\n\r\n>b\r\n{B}\r\n", ["a", "b"], [A, B], ()),
    "F15 CR": (f">a\r{A}\r>b\r{B}", ["a", "b"], [A, B], ()),
    "F16 byte order mark": (f"\ufeff>a\n{A}".encode(), ["a"], [A], ()),
    "F18 Latin-1": (f">Sj\u00f6gren\n{A}".encode("latin-1"), ["Sj\u00f6gren"], [A], ()),
    "F20 invisible": (f">a\u200b\u202eb\u2028 c\n{A}", ["ab"], [A], (f"{INVISIBLE} were taken out of a name (1 rec",)),
    "F21 names twice": (f">a\n{A}\n>a\n{B}", ["a", "a_2"], [A, B], (TWICE,)),
    "F22 long name": (f">{'x' * 50_000}\n{A}", ["x" * 80], [A], (LONG,)),
    "F23 unequal": (f">a\n{A[:50]}\n>b\n{A}{B}", ["a", "b"], [A[:50], A + B], ()),
    "F26 HTML": (f">{HTML}\n{A}", [HTML], [A], ()),
}  # fmt: skip

FILES = {
    "F01 empty file": (b"", (*FIELDS, "no_sequence", None, None, None)),
    "F03 header only, file": (b">only", (*FIELDS, "empty_record", None, 1, None)),
    "F04 no header, file": (A.encode(), (*FIELDS, "no_header", None, 1, 1)),
    "F10 gap, file": (f">a\r\n{A}\r\nAC-".encode(), (*FIELDS, ODD, None, 3, 3)),
    "F12 protein, file": (b">p\nMKVLAAGIVGLLLAQPSFAADE\n", (*FIELDS, "looks_like_protein", None, 2, 4)),
    "F17 UTF-16 file": (f">a\n{A}\n".encode("utf-16"), (*FIELDS, "not_utf8", None, 1, 1)),
    "F18 Latin-1 file": (f">a\n{A}\n>Sj\u00f6gren\n{A}".encode("latin-1"), (*FIELDS, "not_utf8", None, 3, 4)),
    "F19 NUL, file": (f">a\n{A}\nAC\0GT".encode(), (*FIELDS, "not_text", None, 3, 3)),
    "F25 a line without end": (gzip.compress(b">a\n" + A.encode() * 20_000, 1), (*FIELDS, "long_line", None, 2, None)),
}  # fmt: skip


@pytest.fixture
def analyse(client):
    async def ask(content: str | bytes, **options: object):
        text = decode_sequence_file(content, max_bytes=10**7) if isinstance(content, bytes) else content
        request = {"sequences": text, "factors": ["ctcf_weri"], "strands": ["forward"]}
        return await client.post("/sequence-analyses", json=request | options)

    return ask


@pytest.mark.parametrize("name", REFUSED_TEXTS)
async def test_text_is_refused_with_its_place(analyse, answers_as, refusal, name):
    content, expected = REFUSED_TEXTS[name]
    if expected is UnreadableFileError:
        with pytest.raises(UnreadableFileError, match="Save it as UTF-8"):
            await analyse(content)
        return
    problem = answers_as(await analyse(content), refusal(*expected))
    assert all(item["field"] == "sequences" for item in problem["errors"])


@pytest.mark.parametrize("name", ACCEPTED_TEXTS)
async def test_text_is_mended_and_the_answer_says_so(analyse, answers_as, acceptance, name):
    content, names, sequences, notices = ACCEPTED_TEXTS[name]
    answer = answers_as(await analyse(content), acceptance(notices))
    assert answer["rows"]["name"] == names
    assert answer["rows"]["length"] == [len(sequence) for sequence in sequences]
    plain = await analyse("".join(f">{number}\n{sequence}\n" for number, sequence in enumerate(sequences)))
    assert answer["factors"] == plain.json()["factors"]


@pytest.mark.parametrize("name", FILES)
async def test_files_are_refused_with_their_place(client, put_upload, answers_as, refusal, name):
    content, expected = FILES[name]
    parameters = {"sequences": await put_upload(content, "a.fa"), "factor": "ctcf_weri"}
    response = await client.post("/job-estimates", json={"kind": "sequence_scoring", "parameters": parameters})
    problem = answers_as(response, refusal(*expected))
    assert problem["errors"][0]["field"] == "parameters.sequences"


@pytest.mark.parametrize("name", ["F25 250 million bases in one line"])
async def test_a_line_without_end_is_refused_as_soon_as_the_limit_is_crossed(
    client, settings, answers_as, refusal, name
):
    sent = 0

    async def pieces() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(2_500):
            sent += 100_000
            yield b"A" * 100_000

    response = await client.post("/sequence-analyses", content=pieces(), headers={"Content-Type": "application/json"})
    answers_as(response, refusal(*TOO_LARGE))
    assert sent <= settings.max_request_bytes + LINGER_BYTES + 200_000
