"""Hours of a Jalali year: what it asks, what serves it, its closing, and ranks."""
