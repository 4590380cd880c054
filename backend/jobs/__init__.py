"""The job ledger: rows, transitions, claims, leases, dispatcher, files. It knows neither FastAPI nor Celery."""
