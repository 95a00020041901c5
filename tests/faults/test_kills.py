"""Processes that die: at random moments, and in each named window of the delivery chain."""

import random
import sys
import time

import pytest

from tests.faults.course import Completions, settled, slices
from tests.support import leash
from tests.support.cluster import MAIN, PATIENCE_SECONDS, Cluster
from tests.support.leash import wait_for
from tests.support.postgres import SERVICES
from tests.support.processes import PROJECT, ServiceProcess, run_training

KILLS = 4
# A window and the passage to die at; each is the lot of one life of the process, one after the other.
WINDOWS = {
    "enrollment": [
        "before_commit:2",
        "before_commit:3",
        "committed_before_publish:1",
        "published_before_confirm:1",
        "confirmed_before_marked:1",
    ],
    "certification": [
        "received_before_commit:1",
        "before_commit:2",
        "before_commit:3",
        "signed:1",
        "committed_before_ack:1",
        "committed_before_publish:1",
        "published_before_confirm:1",
        "confirmed_before_marked:1",
    ],
    "notification": [
        "received_before_commit:1",
        "before_commit:2",
        "before_commit:3",
        "committed_before_ack:1",
        "mailed_before_marked:1",
    ],
}


@pytest.mark.parametrize("victim", SERVICES)
def test_kill_9_at_random_moments_loses_and_doubles_nothing(cluster: Cluster, victim: str) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    cluster.start(*{victim, *MAIN})
    completions = Completions(cluster).start()
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.2, 2.0))
        cluster.service(victim).kill9()
    completions.finish()
    settled(cluster)
    assert cluster.supervisor.restarts[victim] >= KILLS - 1  # two kills may have met one life


@pytest.mark.parametrize("victim", WINDOWS)
def test_a_process_that_dies_in_any_window_loses_and_doubles_nothing(cluster: Cluster, victim: str) -> None:
    windows = WINDOWS[victim]
    lives = [{}, *({"TRAINING_CRASH_AT": window} for window in windows)]
    cluster.start(*MAIN, lives={victim: lives})
    process = cluster.service(victim)
    process.kill9()  # the first life only served to start; the second begins with its window
    waiting = iter(slices(cluster, 50))
    for arguments in waiting:
        before = process.lives
        cluster.call("enrollment.record_results", **arguments)
        if process.lives > len(lives):
            break
        dies_again(process, before)
    for arguments in waiting:
        cluster.call("enrollment.record_results", **arguments)
    settled(cluster)
    assert cluster.supervisor.exits[victim].count(137) == len(windows)


def dies_again(process: ServiceProcess, lives: int, timeout: float = 3.0) -> None:
    """Wait a little for the next death; when it does not come, one more slice will bring it."""
    deadline = time.monotonic() + timeout
    while process.lives == lives and time.monotonic() < deadline:
        time.sleep(0.05)


def test_a_migration_that_was_killed_can_be_repeated(empty_cluster: Cluster) -> None:
    databases = empty_cluster.databases
    databases.drop()
    databases.create()
    command = [sys.executable, "-m", "services.cli", "migrate"]
    for seconds in (0.6, 0.9, 1.2, 1.5):
        child = leash.spawn(command, empty_cluster.folder / "migrate.log", empty_cluster.whole_env, cwd=PROJECT)
        time.sleep(seconds)
        leash.kill_group(child)
    run_training("migrate", env=empty_cluster.env)
    empty_cluster.start("catalog", "enrollment")
    empty_cluster.call("enrollment.register_agency", code="TEST-A", name={"fa": "سازمان آزمایشی"})
    wait_for(lambda: empty_cluster.one("catalog", "SELECT count(*) FROM agencies"), 1, PATIENCE_SECONDS)
