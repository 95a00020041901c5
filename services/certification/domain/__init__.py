"""Rules of certification: values and `now` in, a value or an error out."""
