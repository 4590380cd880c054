"""What the page process reads from its environment."""

import os
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.schemas.access import Access
from backend.web.exposure import debugger_mistake, exposure_mistake


class FrontendSettings(BaseSettings):
    """Settings of the page process, each an environment variable with the prefix REGULENS_."""

    model_config = SettingsConfigDict(
        env_prefix="REGULENS_", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    api_url: str = Field(default="http://127.0.0.1:8000", description="Where the API answers.")
    api_timeout_s: float = Field(
        default=120.0, gt=0, description="Longest wait of the page for one API answer, seconds."
    )
    access: Access = Field(
        default="open", description="As for the API: `open`, `password` or `proxy`; says what strangers are shown."
    )
    host: str = Field(default="127.0.0.1", description="As for the API.")
    published_at: str | None = Field(default=None, validation_alias="REGULENS_PUBLISH", description="As for the API.")
    allowed_hosts: tuple[str, ...] = Field(default=(), description="As for the API.")
    max_request_bytes: int = Field(default=8_000_000, ge=1, description="As for the API.")
    max_histone_bytes: int = Field(default=500_000_000, ge=1, description="As for the API.")
    max_bigwig_bytes: int = Field(default=2_000_000_000, ge=1, description="As for the API.")
    slice_records: int = Field(
        default=500, ge=1, description="Records per request of the page, which asks for a long file in slices."
    )

    @model_validator(mode="after")
    def _refuse_to_be_exposed(self) -> Self:
        """Refuse to be reached by others without knowing who they are."""
        mistake = debugger_mistake(os.environ) or exposure_mistake(self.access, self.host, self.published_at)
        if mistake:
            raise ValueError(mistake)
        return self
