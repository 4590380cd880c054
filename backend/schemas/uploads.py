"""Files that a user has brought, streamed in one by one and named by id afterwards."""

from datetime import datetime

from pydantic import BaseModel, Field


class Upload(BaseModel):
    """A file that the service keeps."""

    id: str = Field(description="Name it by this in every request.")
    name: str = Field(description="File name as sent; shown, never used as a path.")
    n_bytes: int
    sha256: str
    created: datetime
