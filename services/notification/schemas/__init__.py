"""Shapes of notification, by subject."""
