"""Names of files as people and attackers give them: shown harmless, never on the disk, safe to save."""

import re
import unicodedata
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import httpx
import pytest

from backend.config import Settings

pytestmark = pytest.mark.anyio

LONGEST = 120
MARK = b"content of a file whose name is hostile "
ID = re.compile(r"[0-9a-f]{32}")

# The name as it stands in the address (percent-encoded bytes), and what is shown of it.
NAMES = {
    "climbs up": ("..%5C..%5Cw.ini", "..\\..\\w.ini"),
    "climbs up twice encoded": ("..%252f..%252fetc%252fpasswd", "..%2f..%2fetc%2fpasswd"),
    "dots": ("..%20", ".. "),
    "a device": ("CON", "CON"),
    "a device with an ending": ("nul.bed", "nul.bed"),
    "a trailing dot": ("genes.csv.", "genes.csv."),
    "trailing spaces": ("genes.csv%20%20", "genes.csv  "),
    "5,000 characters": ("x" * 4_996 + ".bed", "x" * (LONGEST - 4) + ".bed"),
    "NUL": ("a%00b.bed", "ab.bed"),
    "NUL alone": ("%00", "unnamed"),
    "written from right to left": ("gene%E2%80%AEvsc.exe", "genevsc.exe"),
    "bidirectional isolates": ("%E2%81%A6a%E2%81%A9.csv", "a.csv"),
    "a tag": ("%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E.bed", "<img src=x onerror=alert(1)>.bed"),
    "lines": ("a%0D%0AX-Evil%3A%201%0D%0A.bed", "aX-Evil: 1.bed"),
    "an escape sequence": ("a%1B%5B31mb.bed", "a[31mb.bed"),
    "an emoji": ("%F0%9F%A7%AC.bed", "\N{DNA DOUBLE HELIX}.bed"),
    "two ways to write an umlaut": ("Zu%CC%88rich.csv", "Z\N{LATIN SMALL LETTER U WITH DIAERESIS}rich.csv"),
    "a lone surrogate": ("a%ED%A0%80b.bed", "ab.bed"),
    "no UTF-8": ("a%FF%FEb.bed", "ab.bed"),
    "a command": ("$(touch%20x)%3B%60id%60%7Cx.bed", "$(touch x);`id`|x.bed"),
    "a formula": ("%3Dcmd%7C'%20%2FC%20calc'!A0.csv", None),  # %2F is a slash, so it is no address
}


def on_disk(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def saved_as(response: httpx.Response) -> str:
    """Return the name of a download as a browser reads it."""
    disposition = response.headers["content-disposition"]
    found = re.fullmatch(
        r"attachment; filename=\"([^\"\\]*)\"|attachment; filename\*=utf-8''([\w%.~!$&+^`|-]*)", disposition
    )
    assert found, disposition
    return found[1] if found[1] is not None else unquote_to_bytes(found[2]).decode()


@pytest.mark.parametrize("case", NAMES)
async def test_a_hostile_name_is_shown_harmless_and_never_on_the_disk(
    case: str, client: httpx.AsyncClient, settings: Settings
) -> None:
    written, shown = NAMES[case]
    before = on_disk(settings.data_dir)
    response = await client.put(f"/uploads/{written}", content=MARK + case.encode())
    if shown is None:
        assert response.status_code == 404
        assert on_disk(settings.data_dir) == before
        return
    upload = response.json()
    assert response.status_code == 201, response.text

    name = upload["name"].replace("\N{REPLACEMENT CHARACTER}", "")
    assert name == shown
    assert len(upload["name"]) <= LONGEST
    assert unicodedata.is_normalized("NFC", upload["name"])
    assert not [one for one in upload["name"] if unicodedata.category(one)[0] == "C"]
    new = on_disk(settings.data_dir) - before
    assert new == {f"uploads/{upload['id']}", *(f"uploads/{upload['id']}/{one}" for one in ("content", "meta.json"))}
    assert ID.fullmatch(upload["id"])

    download = await client.get(f"/uploads/{upload['id']}/content")
    saved = saved_as(download)
    assert download.content == MARK + case.encode()
    assert saved == saved.strip(". ")
    assert not set(saved) & set('/\\:*?"<>|;%\r\n\0')
    assert not re.match(r"(con|nul)(\.|$)", saved, flags=re.IGNORECASE)
    assert len(download.headers.get_list("content-disposition")) == 1


async def test_there_are_twenty_and_slashes_are_no_names(client: httpx.AsyncClient, settings: Settings) -> None:
    assert len(NAMES) >= 20
    before = on_disk(settings.data_dir)
    for name in ("../../etc/passwd", "a/b", quote("../../etc/passwd", safe="")):
        assert (await client.put(f"/uploads/{name}", content=MARK)).status_code in {404, 405, 415}
    assert on_disk(settings.data_dir) == before
