"""The tests: unit, integration, contracts, e2e and faults. `make test` runs them all through `tests.run`."""
