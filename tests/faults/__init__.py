"""Faults that the main path survives, on real servers and with real processes."""
