"""What is measured and against whom: `make bench` runs `python -m bench`."""
