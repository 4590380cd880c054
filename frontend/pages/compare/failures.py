"""Where the page of comparisons shows what failed."""

from frontend.ids import Compare as Ids
from frontend.pages.failures import Reporter

report = Reporter(banner=Ids.BACKEND_DOWN, poll=Ids.CATALOG_POLL)
