"""Verifiers from npm: installed once for each lock file, from exactly what it names; without Node.js the run stops."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.servers import NoServer, debian_packages

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = PROJECT / "tests/verifiers"
CACHE = PROJECT / ".pytest_cache"


def require_node(say: Callable[[str], None]) -> None:
    """Node.js and npm are on this machine, or come to it; else NoServer."""
    if not _has_node() and os.geteuid() == 0 and shutil.which("apt-get"):
        debian_packages(say, ["nodejs", "npm"])
    if not _has_node():
        raise NoServer(
            "The tests check credentials with verifiers that are not ours and need Node.js 18 or newer with npm "
            "(Debian: apt-get install nodejs npm)."
        )


def verifiers() -> Path:
    """The folder of the verifiers with all that they need."""
    lock = (SOURCE / "package-lock.json").read_bytes()
    folder = CACHE / f"verifiers-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix="verifiers-", dir=CACHE))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, making)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=making, capture_output=True, timeout=280, check=False)
        assert done.returncode == 0, f"npm ci failed: {done.stderr.decode(errors='replace')[-2000:]}"
        try:
            making.rename(folder)
        except OSError:  # another run was faster
            shutil.rmtree(making)
    shutil.copy(SOURCE / "check.mjs", folder)
    return folder


def check(question: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the verifiers say of some credentials; see tests/verifiers/check.mjs."""
    command = ["node", "check.mjs"]
    done = subprocess.run(
        command, cwd=verifiers(), input=json.dumps(question).encode(), capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    answers: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return answers


def _has_node() -> bool:
    return bool(shutil.which("node") and shutil.which("npm"))
