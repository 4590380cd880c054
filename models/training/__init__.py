"""From labelled sequences to checkpoints with cards; `python -m models.training` is its command."""
