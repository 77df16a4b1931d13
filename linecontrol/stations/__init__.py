"""One tool at work: machine, driver and journal."""
