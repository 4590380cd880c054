"""Run the migrations on the connection that `backend.jobs.database.migrate` brings."""

from alembic import context

from backend.jobs.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a column
)
context.run_migrations()
