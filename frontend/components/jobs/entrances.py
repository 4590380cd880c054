"""Links from the other pages to what takes longer than they want to wait."""

from typing import Any

import dash_mantine_components as dmc

SEQUENCE_JOBS = {
    "class_optimization": "Optimise a class",
    "sequence_design": "Design a sequence",
    "sequence_training": "Train on your own DNA",
    "sequence_scoring": "Score many",
}
CHROMATIN_JOBS = {
    "class_optimization": "Optimise a class",
    "chromatin_training": "Train on your own marks",
    "chromatin_scoring": "Score many",
}


def job_links(kinds: dict[str, str]) -> Any:
    """Offer kinds of job by name."""
    links = [dmc.Anchor(title, href=f"/jobs/new?kind={kind}", size="sm") for kind, title in kinds.items()]
    head = dmc.Text("In the background, as a job:", size="sm", c="dimmed")
    return dmc.Paper(dmc.Group([head, *links], gap="sm"), withBorder=True, p="sm")
