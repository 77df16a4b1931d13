"""The commands of `linecontrol`, one file per subject."""
