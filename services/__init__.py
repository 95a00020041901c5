"""The four services, and the one command that starts them."""
