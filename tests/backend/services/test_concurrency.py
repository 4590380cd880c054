import asyncio

import pytest

from backend.services.concurrency import together


async def _after(turns: int, answer: str | Exception) -> str:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.mark.parametrize("answers", [(), ("one",), ("late", "soon")])
def test_answers_come_in_the_order_of_the_questions(answers: tuple[str, ...]) -> None:
    waiting = (_after(len(answers) - number, answer) for number, answer in enumerate(answers))

    assert asyncio.run(together(waiting)) == list(answers)


@pytest.mark.parametrize("others", [0, 1])
def test_a_failure_is_raised_as_it_is(others: int) -> None:
    waiting = [_after(1, LookupError("gone")), *(_after(9, "never asked for") for _ in range(others))]

    with pytest.raises(LookupError, match=r"^gone$"):
        asyncio.run(together(waiting))
