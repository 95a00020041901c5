"""The whole platform from outside: real processes, a real broker, real databases."""
