"""What talks to the tools; knows nothing of lots or recipes on disk."""
