"""Runs the migrations on the connection that the store hands over."""

from alembic import context
from sqlalchemy import Connection

from linecontrol.journal.schema import METADATA

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
