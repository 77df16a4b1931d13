"""Facts, their store, and the fold that gives the state of the line."""
