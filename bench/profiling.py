"""Where a service's processor time goes: `python -m bench profile certification` (needs py-spy, no dependency of ours).

py-spy is taken from PYSPY or the search path. It samples the process for the whole passage of the pipeline.
"""

import os
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.costs import wait_for_calm
from bench.lab import Lab
from bench.people import people
from bench.pipeline import measure
from bench.systems import baseline, ours

SHOWN = 25


def profile(lab: Lab, service: str, count: int, of_baseline: bool = False, sends_mail: bool = False) -> None:
    """Run the pipeline once with py-spy on one service and print the functions that took most."""
    program = os.environ.get("PYSPY") or shutil.which("py-spy")
    if program is None:
        raise SystemExit("bench: py-spy is not installed (pip install py-spy, in any environment; or set PYSPY)")
    staff = people(count)
    with baseline(lab, staff) if of_baseline else ours(lab, staff, sends_mail) as system:
        wait_for_calm()
        stacks = system.place.folder / "stacks.txt"
        pid = str(system.processes[service].pid)
        command = [program, "record", "--pid", pid, "--format", "raw", "--rate", "200", "--duration", "600"]
        sampler = subprocess.Popen([*command, "--output", str(stacks)], stdout=subprocess.DEVNULL)
        measured = measure(lab, system, system.name)
        sampler.send_signal(signal.SIGINT)
        sampler.wait(timeout=60)
        print(f"{system.name}: {measured.rate:.0f}/s while sampled, others {measured.others:.0%}")
        show(service, stacks)


def show(service: str, stacks: Path) -> None:
    """Two tables: what functions took themselves, and what they took with all that they called."""
    own, whole, total = Counter[str](), Counter[str](), 0
    for line in stacks.read_text().splitlines():
        stack, _, number = line.rpartition(" ")
        frames = stack.split(";")
        own[frames[-1]] += int(number)
        for frame in set(frames):
            whole[frame] += int(number)
        total += int(number)
    for title, counted in (("itself", own), ("with callees", whole)):
        table = Table("share", "function", title=f"{service}: {title} ({total} samples)")
        for frame, samples in counted.most_common(SHOWN if title == "itself" else 3 * SHOWN):
            table.add_row(f"{samples / total:.1%}", frame)
        Console(width=140).print(table)
