"""The versions that results depend on."""

import platform
from functools import cache
from importlib.metadata import version


@cache
def versions() -> dict[str, str]:
    """Name Regulens, Python and the libraries that compute."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("regulens", "torch", "numpy")}}
