"""Alembic's way in: runs the versions on the connection that `store.schema.migrate` hands over, in its transaction."""

from alembic import context

from store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
context.run_migrations()
