"""Every fault of the catalogue at every tool and phase, and what the line makes of it."""
