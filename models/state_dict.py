"""The tensors of a weights file that a user brings, whatever wrote it: nothing that the file may hold is run.

Understood are files of `torch.save` (the archives of today and the plain files of before 1.6) and safetensors.
"""

import io
import math
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from models.state_dict_pickle import StateDictError, Storage, StoredTensor, read_pickle

Arrays = dict[str, NDArray[np.generic]]

LARGEST_HEADER: Final = 1 << 20
_ZIP: Final = b"PK\x03\x04"
_PLAIN: Final = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # a pickle of torch's magic number
_MOST_ENTRIES: Final = 4_096


def read_state_dict(content: bytes) -> Arrays:
    """Read the tensors of a file by name.

    Raises
    ------
    StateDictError
        If it holds anything else, is damaged, or of another format.
    """
    if content.startswith(_ZIP):
        return _read_archive(content)
    if content.startswith(_PLAIN):
        return _read_plain(content)
    if content[8:9] == b"{":
        return _read_safetensors(content)
    raise StateDictError("it cannot be read: it is neither a file of `torch.save` nor safetensors")


def _read_archive(content: bytes) -> Arrays:
    """Read what torch writes since 1.6: an uncompressed zip of a pickle and one file per storage."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _refuse_bombs(entries, len(content))
            (top,) = (one.filename.removesuffix("/data.pkl") for one in entries if one.filename.endswith("/data.pkl"))
            if any(one.filename == f"{top}/byteorder" and archive.read(one) != b"little" for one in entries):
                raise StateDictError("its bytes are in the order of another machine. Save it on this kind of machine")
            pickled = archive.read(f"{top}/data.pkl")
            return _tensors(_pickled(pickled), lambda storage: archive.read(f"{top}/data/{storage.key}"))
    except StateDictError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise StateDictError("it cannot be read: the archive is damaged. Download it again") from error


def _refuse_bombs(entries: list[zipfile.ZipInfo], n_bytes: int) -> None:
    packed = any(one.compress_type != zipfile.ZIP_STORED for one in entries)
    if packed or len(entries) > _MOST_ENTRIES or sum(one.file_size for one in entries) > n_bytes:
        raise StateDictError("it is a packed archive, which torch does not write")


def _read_plain(content: bytes) -> Arrays:
    """Read what torch wrote before 1.6: five pickles, then the storages in the order of the last one."""
    file = io.BytesIO(content)
    _magic, _protocol, _system, state, keys = (read_pickle(file) for _ in range(5))
    if not isinstance(keys, list):
        raise StateDictError("it is damaged. Download it again")
    storages = {one.storage.key: one.storage for one in _named(state).values()}
    data: dict[str, bytes] = {}
    for key in keys:
        if not isinstance(key, str) or key not in storages:
            raise StateDictError("it holds more than the tensors of a network")
        data[key] = _plain_storage(file, storages[key])
    return _tensors(state, lambda storage: data[storage.key])


def _plain_storage(file: io.BytesIO, storage: Storage) -> bytes:
    length = file.read(8)
    n_bytes = storage.n * np.dtype(storage.dtype).itemsize
    left = len(file.getbuffer()) - file.tell()
    if len(length) < 8 or struct.unpack("<q", length)[0] != storage.n or not 0 <= n_bytes <= left:
        raise StateDictError("it is cut off or damaged. Download it again")
    return file.read(n_bytes)


def _pickled(content: bytes) -> object:
    if len(content) > LARGEST_HEADER:
        raise StateDictError("it holds more than the tensors of a network")
    return read_pickle(io.BytesIO(content))


def _named(state: object) -> Mapping[str, StoredTensor]:
    if not isinstance(state, dict) or not all(isinstance(one, StoredTensor) for one in state.values()):
        raise StateDictError("it holds something else than a state dict. Save `network.state_dict()`")
    return state


def _tensors(state: object, read: Callable[[Storage], bytes]) -> Arrays:
    return dict(_filled(_named(state), read))


def _filled(
    tensors: Mapping[str, StoredTensor], read: Callable[[Storage], bytes]
) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """Yield each tensor as a view of its storage, which it may share with others."""
    blocks: dict[str, NDArray[np.generic]] = {}
    for name, (storage, offset, shape, stride) in tensors.items():
        if storage.key not in blocks:
            blocks[storage.key] = _block(storage, read)
        n = math.prod(shape)
        if min(offset, n - 1, *shape) < 0 or offset + n > len(blocks[storage.key]):  # an empty one is refused too
            raise StateDictError(f"{ascii(name)[:60]} reaches beyond the numbers that the file holds")
        if n > 1 and not _is_contiguous(shape, stride):
            raise StateDictError(f"{ascii(name)[:60]} does not lie in one piece. Save it with `.contiguous()`")
        yield name, blocks[storage.key][offset : offset + n].reshape(shape)


def _block(storage: Storage, read: Callable[[Storage], bytes]) -> NDArray[np.generic]:
    content, dtype = read(storage), np.dtype(storage.dtype)
    if len(content) != storage.n * dtype.itemsize:
        raise StateDictError("it is cut off or damaged. Download it again")
    return np.frombuffer(content, dtype=dtype)


def _is_contiguous(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    expected = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    return len(stride) == len(shape) and all(
        one == wanted for one, wanted, n in zip(stride, expected, shape, strict=True) if n > 1
    )


def _read_safetensors(content: bytes) -> Arrays:
    (n_header,) = struct.unpack("<Q", content[:8])
    if n_header > min(LARGEST_HEADER, len(content) - 8):
        raise StateDictError(f"its header claims {n_header:,} bytes, which it may not hold or does not have")
    try:
        return safetensors.numpy.load(content)
    except KeyError as error:  # numpy has no such type
        raise StateDictError(f"its numbers are {ascii(error.args[0])[1:-1][:10]}, not float32") from error
    except (SafetensorError, ValueError, TypeError) as error:
        raise StateDictError(f"it is no valid safetensors file ({ascii(str(error))[1:-1][:80]})") from error
