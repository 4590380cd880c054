"""What the simulated users of load, soak and sleep ask for."""

from typing import Any, Final

API: Final = "/api/v1"
COOKIE: Final = "regulens-session"
FACTOR: Final = "ctcf_weri"
SMALL_JOB: Final[dict[str, Any]] = {
    "kind": "class_optimization",
    "parameters": {"checkpoint": f"{FACTOR}-demo_cnn", "n_restarts": 1, "n_steps": 100},
}
