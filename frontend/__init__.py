"""The pictures: a Dash process that talks to the backend over HTTP only and never loads torch."""
