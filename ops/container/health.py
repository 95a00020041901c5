"""Health of the service in this container: `health.py [PATH [PORT…]]`; exit 0 if one of the ports answers 200.

Without arguments it asks `/healthz` on the four default ports, so that one image fits every service. The image asks
whether the process is alive (an orchestrator kills what is not); Compose asks `/readyz`, whether it can do its work.
"""

import sys
import urllib.error
import urllib.request

SECONDS = 3
DEFAULT_PORTS = ("8000", "8001", "8002", "8003")


def answers(port: str, path: str) -> bool:
    """Whether a service on this port says 200; a refused connection or another status is a no."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    path, *ports = sys.argv[1:] or ["/healthz"]
    sys.exit(not any(answers(port, path) for port in ports or DEFAULT_PORTS))
