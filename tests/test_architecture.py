"""The house rules that no linter knows: lean imports, small files, names, mirrors, complete registries, clean text."""

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("backend", "frontend", "models")
TOP_LEVEL = {*CODE, "tests", "benchmarks", "images", "docker-compose.yml", "Dockerfile", "Makefile", "pyproject.toml"}
TOP_LEVEL |= {"README.md", "CHANGELOG.md", "LICENSE", "requirements.lock"}
FORBIDDEN_NAMES = {"celery.py", "redis.py", "dash.py", "utils.py", "helpers.py", "common.py", "misc.py"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
LARGEST_WEIGHTS_MB = 20
MACHINE_PATHS = re.compile("|".join(f"(?<![\\w.:/])/{folder}/" for folder in ("work", "root", "home", "Users")))
REGISTRY_HOSTS = re.compile(
    "|".join(("files.python" + "hosted", "pypi" + r"\.org", "download.py" + "torch", "registry.npm" + "js"))
)
SHARED_BY_EXPLANATIONS = {"completeness", "gradient", "local_changes", "method", "references", "rescale"}
RUNS_WHAT_IT_READS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "diskcache"}
RUNS_TEXT = {"eval", "exec", "compile", "os.system", "os.popen", "torch.load", "yaml.load", "pd.read_pickle"}
UNSAFE_ARGUMENTS = {("shell", True), ("debug", True), ("allow_pickle", True), ("weights_only", False)}
UNSAFE_SCRIPT = re.compile(
    r"\beval\(|\bnew Function\b|document\.write|\.(?:inner|outer)HTML\b|insertAdjacentHTML|dangerously_?[a-zA-Z]"
)
HEAVY = ("torch", "models", "celery", "redis", "sklearn", "scipy", "tangermeme")


def _files() -> list[Path]:
    """List the files of the repository as git sees them: tracked, and new ones that are not ignored."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [path for path in (ROOT / name for name in listing.split("\0") if name) if path.is_file()]


FILES = _files()
PYTHON_FILES = [path for path in FILES if path.suffix == ".py"]
SOURCES = [path for path in PYTHON_FILES if path.relative_to(ROOT).parts[0] in CODE]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _loaded_by(module: str) -> set[str]:
    """Import a module in a fresh interpreter and return the top-level packages that it loads."""
    code = f"import json, sys, {module}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout))


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("frontend.app", HEAVY),
        ("frontend.client", (*HEAVY, "dash", "plotly")),
        ("backend.workers.celery_app", ("torch", "models", "fastapi", "sklearn")),
        ("backend.launch", (*HEAVY, "fastapi", "dash")),
        ("backend.config", (*HEAVY, "fastapi")),
        ("backend.main", ("sklearn", "pandas", "scipy", "numba", "tangermeme")),  # 170 MB, for trainings and motifs
    ],
)
def test_an_import_loads_no_more_than_it_needs(module, heavy):
    assert _loaded_by(module).isdisjoint(heavy)


def test_top_level_names_are_the_agreed_ones():
    names = {path.relative_to(ROOT).parts[0] for path in FILES}
    assert {name for name in names if not name.startswith(".")} - TOP_LEVEL == set()


def test_no_file_has_a_name_that_hides_a_library_or_says_nothing():
    assert [_name(path) for path in PYTHON_FILES if path.name in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize("path", PYTHON_FILES, ids=_name)
def test_files_and_functions_are_short(path):
    text = path.read_text()
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    if "migrations" in path.parts:
        return  # Alembic writes one function for all tables
    too_long = {node.name: lines for node in functions if (lines := _code_lines(node)) > LONGEST_FUNCTION}
    assert too_long == {}
    assert len(text.splitlines()) <= LONGEST_FILE


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines, its docstring apart."""
    first, *_ = function.body
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def _runs_what_it_reads(tree: ast.AST) -> set[str]:
    """List what would run data as a program, start a shell, or show a debugger."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            found |= {module for module in modules if module.split(".")[0] in RUNS_WHAT_IT_READS}
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            arguments = {(word.arg, word.value.value) for word in node.keywords if isinstance(word.value, ast.Constant)}
            found |= {called} & RUNS_TEXT | {f"{name}={value}" for name, value in arguments & UNSAFE_ARGUMENTS}
            found |= {word.arg for word in node.keywords if (word.arg or "").startswith("dangerously")}
            if called in {"np.load", "numpy.load"} and ("allow_pickle", False) not in arguments:
                found.add(f"{called} without allow_pickle=False")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_data_is_run_as_a_program(path):
    assert _runs_what_it_reads(ast.parse(path.read_text())) == set()


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".js"], ids=_name)
def test_no_script_makes_code_or_markup_of_text(path):
    assert UNSAFE_SCRIPT.findall(path.read_text()) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle", "from joblib import load", "import torch; torch.load(f, weights_only=True)",
        "np.load(path)", "np.load(path, allow_pickle=True)", "pd.read_pickle(f)", "yaml.load(f)", "eval('1')",
        "subprocess.run(line, shell=True)", "app.run(debug=True)", "dcc.Markdown(dangerously_allow_html=True)",
    ],
)  # fmt: skip
def test_the_gate_sees_what_it_is_for(code):
    assert _runs_what_it_reads(ast.parse(code))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_every_source_file_says_what_it_is_for(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "a module begins with a docstring"
    assert not re.search(r"#.*\b(?:TODO|FIXME|XXX|HACK)\b", text)


def test_test_folders_are_no_packages_and_file_names_are_unique():
    tests = [path for path in PYTHON_FILES if path.relative_to(ROOT).parts[0] == "tests"]
    assert [_name(path) for path in tests if path.name == "__init__.py"] == []
    names = [path.name for path in tests if path.name.startswith("test_")]
    assert {name for name in names if names.count(name) > 1} == set()


def test_test_folders_mirror_the_code():
    tests = [path.relative_to(ROOT).parts for path in PYTHON_FILES if path.name.startswith("test_")]
    folders = {Path(*parts[1:-1]) for parts in tests if len(parts) > 2 and parts[1] in CODE}
    assert [str(folder) for folder in folders if not (ROOT / folder).is_dir()] == []


@pytest.mark.parametrize(
    ("package", "shared"),
    [("architectures", set()), ("baselines", set()), ("explanations", SHARED_BY_EXPLANATIONS)],
)
def test_every_module_of_a_registry_holds_something_registered(package, shared):
    parent = importlib.import_module(f"models.{package}")
    modules = {module.name for module in pkgutil.iter_modules(parent.__path__)}
    registries = [getattr(parent, name) for name in (package.upper(), f"CHROMATIN_{package.upper()}")]
    listed = [registry.get(name) for registry in registries for name in registry]
    homes = {getattr(item, "network", None) or item.compute for item in listed}
    assert modules - shared == {home.__module__.rsplit(".", maxsplit=1)[-1] for home in homes}


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, REGISTRY_HOSTS], ids=["machine paths", "registry hosts"])
def test_no_file_knows_the_machine_it_was_written_on(pattern):
    texts = [path for path in FILES if path.suffix not in {".safetensors", ".png", ".gz", ".ico", ".woff2"}]
    found = {
        _name(path): match[0]
        for path in texts
        if (match := pattern.search(path.read_text())) and path != Path(__file__)
    }
    assert found == {}


def test_the_shipped_weights_are_small():
    size = sum(path.stat().st_size for path in (ROOT / "models" / "pretrained").rglob("*") if path.is_file())
    assert size < LARGEST_WEIGHTS_MB * 1e6
