"""The README says what is so: settings, commands, links, versions."""

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from backend.config import Settings
from frontend.settings import FrontendSettings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, flags=re.MULTILINE))


def settings_table(settings: type[BaseSettings]) -> str:
    """Write the settings as the README shows them."""
    rows = [
        f"| `{_variable(settings, name, field)}` | {_default(field)} | {field.description} |"
        for name, field in settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _variable(settings: type[BaseSettings], name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        alias = alias.choices[0]
    return str(alias or f"{settings.model_config['env_prefix']}{name}").upper()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "not set" if value is None else f"`{value}`"


@pytest.mark.parametrize("settings", [Settings, FrontendSettings], ids=lambda settings: settings.__name__)
def test_the_readme_lists_every_setting_as_it_is(settings):
    table = settings_table(settings)
    assert table in README, f"the README must hold this table:\n\n{table}\n"
    assert all(field.description for field in settings.model_fields.values())


def test_the_two_commands_are_the_set_up():
    block = re.search(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    assert block is not None
    assert block[1].split("\n")[:2] == [
        "make run    # starts Regulens and prints its address",
        "make test   # checks everything",
    ]


def test_every_target_that_is_named_exists_and_every_target_is_named():
    named = set(re.findall(r"`(?:[A-Z]+=\S+ )*make ([a-z]+)", README)) | set(
        re.findall(r"^make ([a-z]+)", README, flags=re.M)
    )
    assert named <= TARGETS
    described = set(re.findall(r"echo 'make ([a-z]+)", MAKEFILE))
    assert described == TARGETS - {"help"}


def test_links_and_pictures_lead_somewhere():
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", README) if not target.startswith("http")]
    anchors = {_anchor(title) for title in re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)}
    files = [target for target in targets if not target.startswith("#")]
    assert [target for target in files if not (ROOT / target.split("#")[0]).exists()] == []
    assert {target.removeprefix("#") for target in targets if target.startswith("#")} <= anchors


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_files_and_folders_that_are_named_exist():
    named = re.findall(r"`((?:backend|frontend|models|tests|benchmarks)/[\w./]*)`", README)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_python_examples_compile():
    examples = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert examples
    for example in examples:
        compile(example, "README.md", "exec")


def test_the_lock_knows_neither_an_index_nor_a_build():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+(?: ; .+)?", line)] == []
    assert [line for line in lines if line.startswith(("nvidia", "triton", "regulens"))] == []


def test_the_lock_holds_every_pinned_dependency():
    pins = set(re.findall(r'"([\w-]+)(?:\[\w+\])?(==[\w.]+)"', (ROOT / "pyproject.toml").read_text()))
    locked = {line.lower().replace("_", "-") for line in (ROOT / "requirements.lock").read_text().splitlines()}
    assert {f"{name}{version}".lower() for name, version in pins} <= locked
