"""Recipes, flows, lines, lots and wafers: frozen data, no I/O."""
