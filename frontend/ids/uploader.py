"""Names of the components of the pieces of an uploader."""

from enum import StrEnum


class Uploader(StrEnum):
    """The places where a file can be dropped; each has a store of what has arrived."""

    BINS = "bins-uploader"
    BIGWIGS = "bigwigs-uploader"
    STARTS = "starts-uploader"
    EXTRA = "extra-uploader"
    WEIGHTS = "weights-uploader"

    @property
    def arrived(self) -> str:
        """Name the store of the uploads that came last."""
        return f"{self.value}-arrived"
