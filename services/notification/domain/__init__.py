"""Rules of telling people: values and `now` in, a value or an error out."""
