"""`python -m services.cli` is `training`."""

from services.cli import main

main()
