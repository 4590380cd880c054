"""Reference: the same network behind LitServe, which gathers requests into batches: `litserve_reference PORT`."""

import sys
from typing import Any

from litserve import LitAPI, LitServer

from benchmarks.one_network import Answer, answer, load_network

BATCH = 64


class OneNetwork(LitAPI):
    """The network as LitServe wants it."""

    def setup(self, device: str) -> None:  # noqa: ARG002
        """Load the network."""
        self.network = load_network()

    def decode_request(self, request: dict[str, str], **_: Any) -> str:
        """Take the sequence out of a question."""
        return request["sequence"]

    def batch(self, inputs: list[str]) -> list[str]:
        """Keep sequences as a list: strings are no array."""
        return inputs

    def predict(self, x: list[str], **_: Any) -> Answer:
        """Answer a batch."""
        return answer(self.network, x)

    def unbatch(self, output: Answer) -> list[tuple[float, list[float]]]:
        """Divide the answers."""
        return list(zip(*output, strict=True))

    def encode_response(self, output: tuple[float, list[float]], **_: Any) -> dict[str, object]:
        """Write one answer."""
        return {"probability": output[0], "saliency": output[1]}


def main() -> None:
    """Serve on the port that is given, with one process for the network."""
    api = OneNetwork(max_batch_size=BATCH, batch_timeout=0.002)
    server = LitServer(api, accelerator="cpu", workers_per_device=1, timeout=60)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)


if __name__ == "__main__":
    main()
