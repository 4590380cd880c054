"""Where the histone-mark page shows what failed."""

from frontend.ids import Chromatin as Ids
from frontend.pages.failures import Reporter

report = Reporter(banner=Ids.BACKEND_DOWN, poll=Ids.CATALOG_POLL)
