"""What can be done with a job: buttons whose clicks assets/jobs.js turns into one message to the page."""

from typing import Any

import dash_mantine_components as dmc

from backend.schemas.jobs import FINISHED, JobRow, JobState

SURE = {
    "cancel": "Cancel this job? Its partial files are removed: download first what you want to keep.",
    "delete": "Delete this job with all its files? This cannot be undone.",
    "share": "Share this job? Everybody who may use this Regulens and has its address can then look: parameters, "
    "names of its files, results, and downloads. Only you can change it, and you can end the sharing at any time.",
    **dict.fromkeys(
        ("remove-sequence", "remove-chromatin"),
        "Remove this model from the catalog? Its weights are deleted: export them first if you may want it back.",
    ),
}


def action(verb: str, label: str, job: JobRow, *, name: str = "", **look: Any) -> Any:
    """Make a button; `name` is what is acted on if that is not the job."""
    data = {"data-action": verb, "data-job": job.id, "data-name": name, "data-sure": SURE.get(verb, "")}
    return dmc.Button(label, size="compact-sm", **{"variant": "default", **look}, **data,
                      **{"aria-label": f"{label}: {name or job.title}"})  # fmt: skip


def stop_or_delete(job: JobRow) -> list[Any]:
    """Offer to cancel what moves and to delete what is over, to its owner."""
    if not job.is_mine:
        return []
    if job.state in FINISHED:
        return [action("delete", "Delete", job, color="red", variant="subtle")]
    cancelling = job.state is JobState.CANCELLING
    return [action("cancel", "Cancelling" if cancelling else "Cancel", job, disabled=cancelling)]


def sharing(job: JobRow) -> list[Any]:
    """Offer to its owner to show a job to others, or to end that, and the link that others need."""
    copy = action("copy", "Copy link", job)
    if not job.is_mine:
        return [copy]
    return [action("unshare", "Stop sharing", job), copy] if job.shared else [action("share", "Share", job)]


def link_button(label: str, href: str, *, main: bool = False, download: bool = False) -> Any:
    """Make a link that looks like the buttons beside it."""
    look = "button-link button-link-main" if main else "button-link"
    return dmc.Anchor(label, href=href, className=look, underline="never", refresh=download)
