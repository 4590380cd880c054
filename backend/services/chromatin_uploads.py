"""What becomes of uploads besides being analysed: weights to import; and examples, which become uploads."""

import asyncio
import tempfile
from pathlib import Path

from backend.schemas.chromatin_catalog import CheckpointImportRequest, ChromatinCard
from backend.schemas.uploads import Upload
from backend.services.context import ServiceContext
from backend.services.errors import UnknownExampleError
from models.histone_examples import EXAMPLES, HistoneExample, write_example


async def import_checkpoint(request: CheckpointImportRequest, *, context: ServiceContext) -> ChromatinCard:
    """Convert published weights that have been uploaded, and serve them at once."""
    upload = context.uploads.get(request.upload)
    path = context.uploads.path(request.upload, max_bytes=context.settings.max_checkpoint_bytes)
    checkpoint = await asyncio.to_thread(
        context.chromatin.add, path, file_name=upload.name, cell_type=request.cell_type, owner=context.user
    )
    return context.chromatin.wire_card(checkpoint.card.name)


async def take_example(name: str, *, context: ServiceContext) -> Upload:
    """Keep an example as if it had been uploaded."""
    examples = {example.name: example for example in EXAMPLES}
    if name not in examples:
        raise UnknownExampleError(tuple(examples))
    return await asyncio.to_thread(_write, examples[name], context)


def _write(example: HistoneExample, context: ServiceContext) -> Upload:
    with tempfile.TemporaryDirectory(dir=context.settings.data_dir) as folder:
        path = Path(folder) / "example"
        write_example(example, path)
        return context.uploads.add_file(f"{example.name}.csv.gz", path)
