"""One file per instrument type, named vendor_model."""
