"""An emulated line: an independent witness of every protocol."""
