#!/bin/sh
# Print the full path of a Python that the lock files are made for; one clear line and exit 1 if there is none.
# PYTHON names the only one to consider. A Debian Python without venv is passed over like one that is too old.

suits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
else
    set -- python3.13 python3.12 python3.11 python3 python
fi
for candidate in "$@"; do
    if suits "$candidate"; then
        exec "$candidate" -c 'import sys; print(sys.executable)'
    fi
done
echo "No Python 3.11, 3.12 or 3.13 with the venv module found (tried: $*). Install one, or name it: make PYTHON=/path/to/python3.12 …" >&2
exit 1
