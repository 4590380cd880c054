"""Names of the components of the page about who one is."""

from enum import StrEnum


class Account(StrEnum):
    """The page "Account": the session, and tokens for scripts."""

    BACKEND_DOWN = "account-backend-down"
    RETRY = "account-retry"
    POLL = "account-poll"
    ERROR = "account-error"
    WHO = "account-who"
    TOKENS_BOX = "account-tokens-box"
    TOKENS = "account-tokens"
    CHANGED = "account-changed"
    TITLE = "account-title"
    SCOPES = "account-scopes"
    DAYS = "account-days"
    MAKE = "account-make"
    MADE = "account-made"
    MAKE_ERROR = "account-make-error"
    REVOKE = "account-revoke"
