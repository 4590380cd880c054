"""What the page process reads from its environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class FrontendSettings(BaseSettings):
    """Settings of the page process, each an environment variable with the prefix REGULENS_."""

    model_config = SettingsConfigDict(env_prefix="REGULENS_", frozen=True)

    api_url: str = Field(default="http://127.0.0.1:8000", description="Where the API answers.")
    api_timeout_s: float = Field(
        default=120.0, gt=0, description="Longest wait of the page for one API answer, seconds."
    )
    slice_records: int = Field(
        default=500, ge=1, description="Records per request of the page, which asks for a long file in slices."
    )
