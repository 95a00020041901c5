"""Shapes of enrollment by subject: arguments as they come in, replies as they go out."""
