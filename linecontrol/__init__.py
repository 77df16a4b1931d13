"""Tool control for a wafer-bumping line."""
