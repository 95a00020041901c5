"""Shapes of certification, by subject."""
