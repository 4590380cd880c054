"""The service: HTTP and background work around `models`."""
