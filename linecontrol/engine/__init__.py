"""Scheduler, dispatcher, alarms and recovery."""
