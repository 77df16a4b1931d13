"""The wafer and pure models of what each tool does to it."""
