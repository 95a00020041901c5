"""The rules of the catalog, by subject."""
