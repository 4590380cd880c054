"""The pickle of a PyTorch state dict, read as data: no object is made, no function is called, nothing is imported.

A pickle is a program. This reads the few instructions that a state dict consists of, and refuses every other one.
"""

import io
import pickletools
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

MOST_INSTRUCTIONS: Final = 100_000  # 56 tensors take 3,000
MOST_AXES: Final = 8

DTYPES: Final[Mapping[str, str]] = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "u1",
}
_REBUILT: Final = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter")
_SHOWN: Final = 60


class StateDictError(ValueError):
    """A file that is no state dict, or a damaged one; the text is a clause that says why."""


class Storage(NamedTuple):
    """Where numbers lie: the name of a block of bytes, their type and how many there are."""

    key: str
    dtype: str
    n: int


class StoredTensor(NamedTuple):
    """A part of a storage, in the order of C."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class _Global(NamedTuple):
    module: str
    name: str


_ORDERED_DICT: Final = _Global("collections", "OrderedDict")
_ALLOWED: Final = {
    _ORDERED_DICT,
    *(_Global("torch._utils", name) for name in _REBUILT),
    *(_Global(module, name) for module in ("torch", "torch.cuda") for name in DTYPES),
}


def read_pickle(file: io.BytesIO) -> object:
    """Return what the next pickle of `file` holds: text, numbers, lists, dicts, and `StoredTensor` for tensors.

    Raises
    ------
    StateDictError
        If it asks for anything else, or is damaged.
    """
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            if count > MOST_INSTRUCTIONS:
                raise StateDictError("it holds more than the tensors of a network")
            machine.do(opcode.name, argument)
        return machine.pop()
    except StateDictError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, struct.error) as error:
        raise StateDictError("it is damaged, or no PyTorch file") from error


class _Machine:
    """The stack, the marks on it and the memo of a pickle."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def do(self, name: str, argument: Any) -> None:
        """Carry out one instruction."""
        if name in _LITERALS:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        elif name in _ACTIONS:
            _ACTIONS[name](self, argument)
        elif name not in _IGNORED:
            raise StateDictError(f"it holds more than tensors (instruction {name}), so it could run code")

    def pop(self) -> Any:
        return self._stack.pop()

    def mark(self, _: object) -> None:
        self._marks.append(len(self._stack))

    def remember(self, place: int | None) -> None:
        self._memo[len(self._memo) if place is None else place] = self._stack[-1]

    def recall(self, place: int) -> None:
        self._stack.append(self._memo[place])

    def find(self, written: str) -> None:
        self._name(*written.split(" ", maxsplit=1))

    def find_on_stack(self, _: object) -> None:
        name, module = self.pop(), self.pop()
        self._name(_of_type(module, str), _of_type(name, str))

    def pack(self, n: int | None) -> None:
        """Make a tuple of the topmost values: of so many, or of all above the mark."""
        self._stack.append(tuple(self._above() if n is None else [self.pop() for _ in range(n)][::-1]))

    def extend(self, _: object) -> None:
        values = self._above()
        _of_type(self._stack[-1], list).extend(values)

    def append(self, _: object) -> None:
        value = self.pop()
        _of_type(self._stack[-1], list).append(value)

    def set_items(self, _: object) -> None:
        flat = self._above()
        self._update(zip(flat[::2], flat[1::2], strict=True))

    def set_item(self, _: object) -> None:
        value, key = self.pop(), self.pop()
        self._update([(key, value)])

    def reduce(self, _: object) -> None:
        arguments, called = self.pop(), self.pop()
        self._stack.append(_made(_of_type(called, _Global), _of_type(arguments, tuple)))

    def leave_state(self, _: object) -> None:
        """Drop what would become attributes: versions of the layers."""
        self.pop()

    def take_storage(self, _: object) -> None:
        kind, stored, key, _place, n, *_view = _of_type(self.pop(), tuple)
        if kind != "storage":
            raise TypeError(kind)
        self._stack.append(Storage(_of_type(key, str), DTYPES[_of_type(stored, _Global).name], _of_type(n, int)))

    def _name(self, module: str, name: str) -> None:
        found = _Global(module, name)
        if found not in _ALLOWED:
            asked = ascii(f"{module}.{name}"[:_SHOWN])[1:-1]
            raise StateDictError(f"it asks for {asked}, so it could run code, and was not opened")
        self._stack.append(found)

    def _above(self) -> list[Any]:
        mark = self._marks.pop()
        values = self._stack[mark:]
        del self._stack[mark:]
        return values

    def _update(self, items: Any) -> None:
        target = _of_type(self._stack[-1], dict)
        for key, value in items:
            target[_of_type(key, str)] = value  # other keys, such as nested tuples, may take for ever to hash


def _made(called: _Global, arguments: tuple[Any, ...]) -> object:
    """Return what a call stands for."""
    if called == _ORDERED_DICT:
        return {_of_type(key, str): value for key, value in (arguments[0] if arguments else ())}
    if called.name == "_rebuild_parameter":
        return _of_type(arguments[0], StoredTensor)
    if called.name in _REBUILT:
        storage, offset, shape, stride = arguments[:4]
        return StoredTensor(_of_type(storage, Storage), _of_type(offset, int), _sizes(shape), _sizes(stride))
    raise TypeError(called.name)


def _sizes(values: Any) -> tuple[int, ...]:
    if len(_of_type(values, tuple)) > MOST_AXES:
        raise StateDictError("it holds tensors of more axes than any layer has")  # their product may take for ever
    return tuple(_of_type(value, int) for value in values)


def _of_type(value: Any, kind: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(type(value).__name__)
    return value


_LITERALS: Final = frozenset({
    "BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "SHORT_BINUNICODE", "SHORT_BINSTRING", "BINSTRING",
    "BINFLOAT",
})  # fmt: skip
_IGNORED: Final = frozenset({"PROTO", "FRAME", "STOP"})
_CONSTANTS: Final[Mapping[str, Callable[[], object]]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
}
_ACTIONS: Final[Mapping[str, Callable[[_Machine, Any], None]]] = {
    "MARK": _Machine.mark,
    "BINPUT": _Machine.remember,
    "LONG_BINPUT": _Machine.remember,
    "MEMOIZE": _Machine.remember,
    "BINGET": _Machine.recall,
    "LONG_BINGET": _Machine.recall,
    "GLOBAL": _Machine.find,
    "STACK_GLOBAL": _Machine.find_on_stack,
    "TUPLE": _Machine.pack,
    "TUPLE1": lambda machine, _: machine.pack(1),
    "TUPLE2": lambda machine, _: machine.pack(2),
    "TUPLE3": lambda machine, _: machine.pack(3),
    "APPEND": _Machine.append,
    "APPENDS": _Machine.extend,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.leave_state,
    "BINPERSID": _Machine.take_storage,
}
