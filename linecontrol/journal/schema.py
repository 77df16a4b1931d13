"""The one table of the journal. A change here needs a migration in `migrations/versions`."""

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

METADATA = MetaData()

FACT = Table(
    "fact",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("tool", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
