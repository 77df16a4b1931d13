"""One file per emulated instrument, written from its manual."""
