"""Clock, ports, faults, hazards and the back door of the emulated line."""
