"""What every instrument driver stands on."""
