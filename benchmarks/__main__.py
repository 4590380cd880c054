"""Measure this machine and print tables: ``python -m benchmarks``, about ten minutes on two cores."""

import platform
from datetime import date

import torch

from benchmarks import (
    batch_scoring,
    chromatin,
    class_optimization,
    edits,
    explanations,
    footprint,
    jobs,
    networks,
    page,
    serving,
)
from benchmarks.stack import UNLIMITED, running_stack


def main() -> None:
    """Run every benchmark and print its table."""
    print(
        f"{date.today()}, {platform.machine()}, {torch.get_num_threads()} torch threads by default, "
        f"torch {torch.__version__}, Python {platform.python_version()}, CUDA {torch.cuda.is_available()}\n"
    )
    print(footprint.checkpoint_table())
    print(networks.table())
    print(chromatin.table())
    print(class_optimization.table())
    print(explanations.table())
    print(batch_scoring.table())
    print(jobs.table())
    with running_stack(**UNLIMITED) as stack:
        print(footprint.process_table(stack))
        print(serving.table(stack.api_url))
        print(page.table(stack.page_url, stack.api_url))
        print(edits.table(stack.page_url, stack.api_url))


if __name__ == "__main__":
    main()
