"""Checkpoints from the command line: ``python -m models.checkpoints import FILE.pt`` converts a published one."""

import argparse
import sys
from pathlib import Path
from typing import Final

from models.errors import CheckpointError
from models.published import import_published

IMPORTED: Final = Path(".regulens/storage/checkpoints/chromatin")  # where the service looks too


def main() -> None:
    """Read the command line and do what it says."""
    arguments = _parser().parse_args()
    try:
        card = import_published(
            arguments.file, name=arguments.file.name, cell_type=arguments.cell_type, folder=arguments.folder
        )
    except (OSError, CheckpointError) as error:
        sys.exit(str(error))
    print(f"{card.title} is now checkpoint {card.name} in {arguments.folder}.")  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.checkpoints", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("import", help="convert a published AttentiveChrome state dict")
    one.add_argument("file", type=Path, help="E***_attchrome_avgAUC_model.pt from Zenodo or Kipoi")
    one.add_argument("--cell-type", help="Roadmap id; default: from the file name")
    one.add_argument("--folder", type=Path, default=IMPORTED, help=f"folder of checkpoints (default: {IMPORTED})")
    return parser


if __name__ == "__main__":
    main()
