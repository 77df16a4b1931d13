"""State machines: tables only."""
