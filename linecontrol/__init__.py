"""Tool control for a wafer-bumping line."""

__version__ = "0.1.0"
