"""Who asks: sessions of browsers, tokens of scripts, and what a token may do."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from backend.schemas.strict import Whole

Access = Literal["open", "password", "proxy"]
LOCAL_USER = "local"  # who asks an open Regulens without a cookie: scripts on its machine
USER_NAME = r"^[A-Za-z0-9_.@-]{1,64}$"
VISITOR_DAYS = 400  # what browsers keep a cookie at most; every page load begins anew
SESSION_COOKIE = "regulens-session"  # browsers hold it under `Session.cookie_name`
PROXY_USER_HEADER = "X-Forwarded-User"
PROXY_SECRET_HEADER = "X-Regulens-Proxy-Secret"  # noqa: S105 - its name, not its value


class Scope(StrEnum):
    """What a token may be used for; a browser's session may do everything."""

    READ = "read"
    ANALYSE = "analyse"
    JOBS = "jobs"
    MODELS = "models"


class Strict(BaseModel):
    """A request in which unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid")


class SessionRequest(Strict):
    """Sign in by name and password; without either, a new visitor of an open Regulens."""

    name: str | None = Field(default=None, pattern=USER_NAME)
    password: SecretStr | None = Field(default=None, min_length=1, max_length=200)


class Session(BaseModel):
    """Who asks, and how this Regulens knows it."""

    access: Access = Field(description="open: a random name per browser; password: signed in; proxy: told by the proxy")
    user: str = Field(description="The name under which jobs and uploads are kept.")
    visitor: bool = Field(description="Whether the name is a random one that stands for a browser.")
    expires: datetime | None
    cookie_name: str = Field(
        description=f"Under which a browser keeps its session: {SESSION_COOKIE} and a number of this Regulens, as "
        "browsers send the cookies of one host to each of its ports."
    )


class NewSession(Session):
    """A session that has just begun."""

    cookie: str = Field(description=f"The signed value of the cookie, called `cookie_name` or {SESSION_COOKIE}.")


class TokenRequest(Strict):
    """A token for scripts."""

    title: str = Field(min_length=1, max_length=80)
    scopes: list[Scope] = Field(min_length=1, max_length=4)
    days: Whole = Field(default=90, ge=1, le=366)


class TokenInfo(BaseModel):
    """A token without its secret."""

    id: str
    title: str
    scopes: list[Scope]
    created: datetime
    expires: datetime
    last_used: datetime | None


class NewToken(TokenInfo):
    """A token that has just been made; its secret is shown this once."""

    secret: str = Field(description="Send it as `Authorization: Bearer <secret>`.")
