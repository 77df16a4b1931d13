"""Flows, unit recipes and line files, as they are shipped."""
