"""Schema migrations of the journal."""
