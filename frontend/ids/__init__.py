"""Names of all components that callbacks speak to: one file per page, one StrEnum per file."""

from frontend.ids.account import Account
from frontend.ids.chromatin import Chromatin, Picture
from frontend.ids.compare import Compare
from frontend.ids.construct import Construct
from frontend.ids.jobs import Jobs
from frontend.ids.sequence import Sequence
from frontend.ids.shell import Shell
from frontend.ids.status import Status
from frontend.ids.uploader import Uploader

__all__ = [
    "Account", "Chromatin", "Compare", "Construct", "Jobs", "Picture", "Sequence", "Shell", "Status", "Uploader",
]  # fmt: skip
