"""No regular expression of the sources repeats a repetition: text of users could keep such a one busy for ever."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("models", "backend", "frontend")
METHODS = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
ENDLESS = 100  # repeats up to here are cheap enough within others


def patterns() -> Iterator[tuple[str, str]]:
    """Yield every pattern that is given to `re`, with its place; a part that is filled in stands as a letter."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            named = {
                target.id: node.value
                for node in tree.body
                if isinstance(node, ast.Assign | ast.AnnAssign)
                for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(tree):
                if _is_call_of_re(node):
                    given = node.args[0]
                    given = named.get(given.id, given) if isinstance(given, ast.Name) else given
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", _text(given)


def _is_call_of_re(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == "re"
        and called.attr in METHODS
    )


def _text(given: ast.expr) -> str:
    if isinstance(given, ast.Constant):
        return given.value
    if isinstance(given, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "x" for part in given.values)
    return ast.unparse(given)  # a name from elsewhere; reads as a pattern without repetitions


def repeats_a_repetition(pattern: str) -> bool:
    """Tell whether an endless repetition that may give back what it took holds another one."""
    return _walk(parser.parse(pattern), within=False)


def _walk(parts: object, *, within: bool) -> bool:
    if isinstance(parts, tuple) and len(parts) == 2 and parts[0] in {kinds.MAX_REPEAT, kinds.MIN_REPEAT}:
        _, most, inner = parts[1]
        endless = most > ENDLESS
        return (endless and within) or _walk(inner, within=within or endless)
    if isinstance(parts, parser.SubPattern | list | tuple):
        return any(_walk(part, within=within) for part in parts)
    return False


@pytest.mark.parametrize("pattern", ["(a+)+", "(?:a*b?)*$", r"(\d{1,3}|x+){2,}", "(.*?,)+"])
def test_a_repeated_repetition_is_seen(pattern):
    assert repeats_a_repetition(pattern)


@pytest.mark.parametrize("pattern", ["a+b+", r"\d{1,3}(,\d{3})+", r"(?:[^\"]|\\.)*+", "(?:a|b)+"])
def test_what_runs_in_one_go_is_no_repeated_repetition(pattern):
    assert not repeats_a_repetition(pattern)


def test_no_pattern_of_the_sources_repeats_a_repetition():
    found = list(patterns())
    assert len(found) > 30
    assert [(place, pattern) for place, pattern in found if repeats_a_repetition(pattern)] == []
    assert all(re.compile(pattern) for _, pattern in found)
