#!/bin/sh
# Write requirements.lock (what runs) and requirements-dev.lock (what tests and checks need on top), for every
# supported Python at once, with the hash of every file and without the address of any package index.
set -eu

uv=.venv/bin/uv
[ -x "$uv" ] || uv=uv
command -v "$uv" >/dev/null || { echo "uv is needed to resolve the lock files: pip install uv" >&2; exit 1; }

compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@" pyproject.toml
}

compile --output-file requirements.lock
# Each package stands in one file only: what already runs is left out of the second.
already=$(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock)
# shellcheck disable=SC2086  # one word for each package is meant
compile --extra dev --constraint requirements.lock $already --output-file requirements-dev.lock
