"""What Alembic runs: the due migrations, on the connection and in the transaction of `schema.upgrade`."""

from alembic import context

from styrman.store.schema import VERSION_TABLE
from styrman.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE, render_as_batch=True
)
context.run_migrations()
