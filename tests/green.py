"""Pytest plugin (`-p tests.green`): makes the process cooperative before anything else of the project is imported.

nameko's containers run inside the test process here, so sockets, locks and psycopg2 must all yield to the hub.
Fault and end-to-end tests start real processes instead and run in plain pytest.
"""

from shared import green

green.patch()
