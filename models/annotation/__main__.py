"""Make the gene tables again: ``python -m models.annotation build DATA``."""

import argparse
from pathlib import Path

from models.annotation.build import build_tables


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m models.annotation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="write the tables of hg19 and hg38")
    build.add_argument("data", type=Path, help="folder with annotation/ and hm/")
    build.add_argument("--folder", type=Path, default=Path(__file__).parent, help="where the tables go")
    arguments = parser.parse_args()
    for assembly, n_genes in build_tables(arguments.data, arguments.folder).items():
        print(f"{assembly}: {n_genes:,} genes")  # noqa: T201


if __name__ == "__main__":
    main()
