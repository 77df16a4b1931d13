"""Measurements of the drivers, the journal and simulated time, each beside its goal."""
