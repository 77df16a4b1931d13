"""The wires: Modbus, serial, VISA."""
