"""The rules of enrollment, by subject. Rows are passed as anything with the named attributes; days are Tehran's."""
