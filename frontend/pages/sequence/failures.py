"""Where the sequence page shows what failed."""

from frontend.ids import Sequence as Ids
from frontend.pages.failures import Reporter

report = Reporter(banner=Ids.BACKEND_DOWN, poll=Ids.CATALOG_POLL)
