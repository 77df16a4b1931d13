"""Other people's clients against the emulated instruments, and our driver against theirs."""
