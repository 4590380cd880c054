"""The report on a text, before it is analysed."""

import pytest

pytestmark = pytest.mark.anyio


async def check(client, text):
    response = await client.post("/sequence-checks", json={"sequences": text})
    assert response.status_code == 200
    return response.json()


async def test_counts_and_repairs(client):
    report = await check(client, f">a\n{'acgu' * 10}\n>b\n{'ACGT' * 30}\n>c\n{'A' * 101}\n")
    assert {key: value for key, value in report.items() if key.startswith("n_")} == {
        "n_records": 3, "n_bases": 261, "n_tiled": 1, "n_padded": 1,
    }  # fmt: skip
    assert [warning["code"] for warning in report["warnings"]] == ["lower_case", "uracil"]
    assert (report["warnings"][0]["record"], report["warnings"][0]["field"]) == ("a", "sequences")
    assert report["errors"] == []


async def test_mistakes_are_part_of_the_report(client):
    report = await check(client, ">a\nACGT\nAC-T\n")
    (error,) = report["errors"]
    assert (error["record"], error["line"], error["column"]) == ("a", 3, 3)
    assert report["n_records"] == 0


async def test_long_texts_are_read_in_a_thread(client, monkeypatch):
    from backend.services import concurrency

    used = []
    to_thread = concurrency.asyncio.to_thread

    async def spy(function, *args, **kwargs):
        used.append(function)
        return await to_thread(function, *args, **kwargs)

    monkeypatch.setattr(concurrency.asyncio, "to_thread", spy)
    await check(client, "ACGT" * 10)
    assert used == []
    assert (await check(client, f"{'ACGT' * 6_000}"))["n_bases"] == 24_000
    assert len(used) == 1
