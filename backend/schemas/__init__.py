"""The wire contract, pydantic only: the one thing of the backend that the frontend may import."""
