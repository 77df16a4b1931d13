"""Traveler, claim chart and pictures."""
