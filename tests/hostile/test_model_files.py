"""Weights that somebody imports: whatever the file holds, nothing of it is run, and only fitting tensors are taken."""

import ast
import collections
import io
import json
import os
import pickle
import struct
import sys
import tarfile
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.published import published_names
from models.state_dict import read_state_dict
from models.state_dict_pickle import StateDictError

ROOT = Path(__file__).parents[2]
PT, SAFE = "E003_attchrome_avgAUC_model.pt", "E003_attchrome_avgAUC_model.safetensors"
MORE_MEMORY = 100 << 20
BIAS = "fdiff1_1.bias"
Put = Callable[..., Awaitable[str]]


def good_state() -> dict[str, Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        ours = AttentiveLSTMAlphaBeta().state_dict()
    return {
        theirs: ours[name].unsqueeze(-1).clone() if name.endswith("context") else ours[name].clone()
        for theirs, name in published_names().items()
    }


class Calls:
    """Unpickling it calls a function."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


class Block(NamedTuple):
    """A storage, which is pickled as a name."""

    key: str
    n: int


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: object) -> object:
        return ("storage", torch.FloatStorage, value.key, "cpu", value.n) if isinstance(value, Block) else None


def tensor(n: int, *, shape: tuple[int, ...] = (1,), stride: tuple[int, ...] = (1,), offset: int = 0) -> Calls:
    return Calls(
        torch._utils._rebuild_tensor_v2, Block("0", n), offset, shape, stride, False, collections.OrderedDict()
    )


def pickled(value: object) -> bytes:
    file = io.BytesIO()
    _Pickler(file, protocol=2).dump(value)
    return file.getvalue()


def archive(content: bytes, *, storage: bytes = bytes(4), packing: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as packed:
        packed.writestr("archive/data.pkl", content)
        packed.writestr("archive/data/0", storage)
    return file.getvalue()


def saved(state: object, *, new: bool = True) -> bytes:
    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=new)
    return file.getvalue()


def safe(state: Mapping[str, Tensor]) -> bytes:
    return safetensors.torch.save(dict(state))


def safe_header(header: Mapping[str, object], data: bytes = bytes(8)) -> bytes:
    written = json.dumps(header).encode()
    return struct.pack("<Q", len(written)) + written + data


def tarred(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as packed:
        entry = tarfile.TarInfo("pickle")
        entry.size = len(content)
        packed.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def laughs() -> bytes:
    """Tuples of tuples of tuples, as the key of a dict: 2 ** 60 values to hash."""
    twice = b"".join(b"q" + bytes([n]) + b"h" + bytes([n]) + b"\x86" for n in range(60))
    return archive(b"\x80\x02}K\x01" + twice + b"K\x01s.")


def many_axes() -> bytes:
    """A tuple of 40,000 times the same number of 600 digits, whose product would be waited for."""
    return b"(\x8a\xfb" + (1 << 2_000).to_bytes(251, "little") + b"q\xff" + b"h\xff" * 40_000 + b"t"


def changed(**values: Tensor) -> dict[str, Tensor]:
    return good_state() | {BIAS: values["bias"]}


OVERLAPPING = {
    "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
    "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
}
# The file and its name, made with the function that a malicious one calls; and what is said of it.
SAMPLES: dict[str, tuple[Callable[[Calls], bytes], str, str]] = {
    "a pickle": (lambda evil: pickle.dumps(evil, 2), PT, "neither a file of `torch.save` nor safetensors"),
    "an archive as safetensors": (lambda evil: saved({BIAS: evil}), SAFE, "it asks for posix.system"),
    "the format before 1.6": (lambda evil: saved({BIAS: evil}, new=False), PT, "it asks for posix.system"),
    "a tar archive": (lambda evil: tarred(pickle.dumps(evil, 2)), PT, "neither a file of `torch.save` nor"),
    "within an OrderedDict": (
        lambda evil: saved(collections.OrderedDict({BIAS: torch.zeros(1), "x": [evil]})), PT, "it asks for posix.system"
    ),
    "as the state of an OrderedDict": (
        lambda evil: archive(b"\x80\x02ccollections\nOrderedDict\n)R" + pickle.dumps({"__setstate__": evil}, 2)[2:-1]
                             + b"b."), PT, "it asks for posix.system"
    ),
    "eval, protocol 4": (
        lambda _: archive(pickle.dumps(Calls(eval, "1"), 4)), PT, "it asks for builtins.eval"
    ),
    "an extension code": (lambda _: archive(b"\x80\x02\x82\x01."), PT, "(instruction EXT1)"),
    "an old instance": (lambda _: archive(b"(S'id'\nios\nsystem\n."), PT, "so it could run code"),
    "a whole network": (lambda _: saved(AttentiveLSTMAlphaBeta()), PT, "it asks for models.architectures"),
    "a header without end": (lambda _: struct.pack("<Q", 1 << 60) + b"{" + bytes(99), SAFE, "its header claims 1,152,"),
    "overlapping tensors": (lambda _: safe_header(OVERLAPPING, bytes(12)), SAFE, "no valid safetensors file"),
    "tensors beyond the end": (
        lambda _: safe_header({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}), SAFE, "no valid safeten"
    ),
    "another type": (lambda _: safe(changed(bias=torch.zeros(1, dtype=torch.float64))), SAFE, "float64, not float32"),
    "brain floats": (lambda _: safe(changed(bias=torch.zeros(1, dtype=torch.bfloat16))), SAFE, "numbers are BF16"),
    "NaN": (lambda _: safe(changed(bias=torch.full((1,), torch.nan))), SAFE, "holds values that are not finite"),
    "infinity": (lambda _: saved(changed(bias=torch.full((1,), torch.inf))), PT, "holds values that are not finite"),
    "an archive cut off": (lambda _: saved(good_state())[:-5_000], PT, "the archive is damaged"),
    "a plain file cut off": (lambda _: saved(good_state(), new=False)[:-5_000], PT, "cut off or damaged"),
    "safetensors cut off": (lambda _: safe(good_state())[:-5_000], SAFE, "no valid safetensors file"),
    "safetensors before an archive": (
        lambda evil: safe(good_state()) + saved({BIAS: evil}), SAFE, "no valid safetensors file"
    ),
    "a picture before an archive": (lambda evil: b"GIF89a;;" + saved({BIAS: evil}), PT, "neither a file of"),
    "a packed archive": (
        lambda _: archive(bytes(8_000_000), packing=zipfile.ZIP_DEFLATED), PT, "packed archive, which torch does not"
    ),
    "a storage of 2**60 numbers": (lambda _: archive(pickled({BIAS: tensor(1 << 60)})), PT, "cut off or damaged"),
    "a tensor of 2**60 numbers": (
        lambda _: archive(pickled({BIAS: tensor(1, shape=(1 << 60,), stride=(0,))})), PT, "reaches beyond the numbers"
    ),
    "a tensor before its storage": (
        lambda _: archive(pickled({BIAS: tensor(1, offset=-1)})), PT, "reaches beyond the numbers"
    ),
    "no shape that exists": (
        lambda _: archive(pickled({BIAS: tensor(1, shape=(0, 1 << 62, 1 << 62), stride=(1, 1, 1))})), PT, "reaches bey"
    ),
    "axes that take for ever": (
        lambda _: archive(pickled({BIAS: tensor(1, shape=(77,))}).replace(b"KM\x85", many_axes())), PT, "more axes than"
    ),
    "a row of a column": (
        lambda _: archive(pickled({BIAS: tensor(2, shape=(2,), stride=(0,))}), storage=bytes(8)), PT, "in one piece"
    ),
    "a memo of 2**32 places": (lambda _: archive(b"\x80\x02K\x01r\xff\xff\xff\xff."), PT, "something else than"),
    "an array of 2**62 bytes": (
        lambda _: archive(b"\x80\x05\x96" + struct.pack("<Q", 1 << 62) + b"."), PT, "damaged, or no PyTorch"
    ),
    "1,000,000 dicts": (lambda _: archive(b"\x80\x02" + b"}" * 1_000_000 + b"."), PT, "more than the tensors"),
    "keys that take for ever": (lambda _: laughs(), PT, "damaged, or no PyTorch file"),
    "a tensor too many": (lambda _: saved(good_state() | {"extra": torch.zeros(1)}), PT, "extra is unknown"),
    "another shape": (lambda _: safe(changed(bias=torch.zeros(2))), SAFE, "has shape (2,), not (1,)"),
    "a name that writes": (
        lambda _: safe(good_state() | {"\x1b[31m<b>\N{RIGHT-TO-LEFT OVERRIDE}": torch.zeros(1)}), SAFE, "is unknown"
    ),
}  # fmt: skip


def memory(field: str) -> int:
    """Return bytes of this process as Linux counts them."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


@pytest.mark.anyio
@pytest.mark.parametrize("name", SAMPLES)
async def test_a_malicious_file_is_refused_and_nothing_of_it_runs(
    name: str, client: httpx.AsyncClient, put_upload: Put, tmp_path: Path
) -> None:
    make, file_name, words = SAMPLES[name]
    canary = tmp_path / "canary"
    content = make(Calls(os.system, f"touch {canary}"))
    upload = await put_upload(content, file_name)
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak
        before = memory("VmRSS")
    response = await client.post("/chromatin-checkpoints", json={"upload": upload})
    if sys.platform == "linux":
        assert memory("VmHWM") - before < MORE_MEMORY

    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["type"]) == (422, "/problems/invalid-checkpoint"), problem
    assert words in problem["detail"]
    assert problem["detail"].isprintable()
    assert len(response.content) < 1_000
    assert not canary.exists()
    cards = (await client.get("/chromatin-checkpoints")).json()
    assert [card["name"] for card in cards if card["source"] == "imported"] == []


def test_there_are_at_least_the_twelve_samples_and_they_are_malicious(tmp_path: Path) -> None:
    assert len(SAMPLES) >= 12
    canary = tmp_path / "canary"
    evil = SAMPLES["a pickle"][0](Calls(os.system, f"touch {canary}"))
    pickle.loads(evil)  # what a reader that trusts files would do
    assert canary.exists()


# ---- what is taken


@pytest.mark.parametrize("form", ["archive", "plain", "safetensors"])
def test_good_tensors_are_read_exactly_from_every_form(form: str) -> None:
    state = good_state()
    content = safe(state) if form == "safetensors" else saved(state, new=form == "archive")
    found = read_state_dict(content)

    assert found.keys() == state.keys()
    assert all(np.array_equal(found[name], values.numpy()) for name, values in state.items())


@pytest.mark.parametrize("new", [True, False])
def test_tensors_that_share_a_storage_and_parameters_are_read(new: bool) -> None:
    whole = torch.arange(12, dtype=torch.float32)
    state = {"a": whole[2:8].reshape(2, 3), "b": whole[6:], "c": torch.nn.Parameter(torch.ones(2))}
    found = read_state_dict(saved(collections.OrderedDict(state), new=new))

    assert all(np.array_equal(found[name], values.detach().numpy()) for name, values in state.items())


def test_the_strings_and_dicts_of_python_2_are_read() -> None:
    """Weights of 2018 were often written by Python 2: byte strings, and items of an OrderedDict as a list of lists."""
    written = (
        b"\x80\x02ccollections\nOrderedDict\n(]](U\x01wctorch._utils\n_rebuild_tensor\n((U\x07storagectorch\n"
        b"FloatStorage\nU\x010U\x06cuda:0K\x01tQK\x00K\x01\x85K\x01\x85tReatR."
    )
    assert read_state_dict(archive(written, storage=struct.pack("<f", 2.5)))["w"].tolist() == [2.5]


def test_damaged_files_are_read_or_refused_and_nothing_else() -> None:
    random = np.random.default_rng(8)
    small = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2)}
    originals = [saved(small), saved(small, new=False), safe(small), archive(pickled({BIAS: tensor(1)}))]
    outcomes: collections.Counter[str] = collections.Counter()
    for index in range(int(os.environ.get("REGULENS_MODEL_MUTANTS", "2000"))):
        content = bytearray(originals[index % len(originals)])
        for _ in range(int(random.integers(1, 4))):
            content[int(random.integers(len(content)))] = int(random.integers(256))
        try:
            read_state_dict(bytes(content))
            outcomes["read"] += 1
        except StateDictError:
            outcomes["refused"] += 1
    assert min(outcomes["read"], outcomes["refused"]) > 100, outcomes


# ---- the gate


def test_no_source_unpickles_anything() -> None:
    forbidden = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    found = []
    for folder in ("backend", "frontend", "models"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
                modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                allowed = isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value)
                if forbidden & {name.split(".")[0] for name in modules}:
                    found.append((path.name, modules))
                if called in {"torch.load", "torch.jit.load", "pd.read_pickle", "pandas.read_pickle"}:
                    found.append((path.name, called))
                if allowed and allowed != "False":
                    found.append((path.name, "allow_pickle"))
    assert found == []
