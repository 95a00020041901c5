"""Runs one baseline service in this process: `python -m bench.baseline.runner enrollment`.

`nameko run` does the same; it is not used because it needs a config file and prints no sign of being ready.
Configuration: TRAINING_AMQP_URL and TRAINING_DATABASE_URL. Prints "ready" when its queues are being consumed.
"""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402 - patched first, or sockets would block the hub
import sys  # noqa: E402

from nameko.runners import ServiceRunner  # noqa: E402

from bench.baseline.services import SERVICES  # noqa: E402


def main() -> None:
    runner = ServiceRunner({"AMQP_URI": os.environ["TRAINING_AMQP_URL"]})
    runner.add_service(SERVICES[sys.argv[1]])
    runner.start()
    print("ready", flush=True)
    runner.wait()


if __name__ == "__main__":
    main()
