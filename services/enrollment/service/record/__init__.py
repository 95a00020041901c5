"""The training record: read, written, recognised, heard of, and given out."""
