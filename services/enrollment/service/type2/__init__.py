"""Type-2 certificates: who may have one, and the way from the application to the award."""
