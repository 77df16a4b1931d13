"""The index over the kind goes: nothing asks by kind, and every commit had to write its pages."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Drop the index."""
    op.drop_index("fact_kind", "fact")
