"""What an unknown address shows."""

from typing import Any

import dash_mantine_components as dmc


def layout() -> Any:
    """Say that there is no such page and lead back."""
    return dmc.Center(
        dmc.Stack(
            [
                dmc.Title("There is no page at this address", order=1, size="h2"),
                dmc.Text("Perhaps the link is old or was cut off.", c="dimmed"),
                dmc.Anchor("Go to the sequence page", href="/"),
            ],
            align="center",
            gap="sm",
        ),
        mih="60vh",
    )
