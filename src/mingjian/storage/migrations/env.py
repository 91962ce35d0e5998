"""Run by Alembic for `mingjian.storage.migrate`, which hands over an open connection inside a transaction."""

from alembic import context

from mingjian.storage.engine import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,  # for its naming convention
    render_as_batch=True,
    transactional_ddl=True,  # SQLite too: `migrate` began the transaction itself
)
context.run_migrations()
