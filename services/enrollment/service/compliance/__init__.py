"""Figures of agencies by Jalali year."""
