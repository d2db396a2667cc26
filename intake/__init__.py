"""Intake does: fetches, parses, reads, composes, sends and shows."""

__version__ = "0.1.0"
