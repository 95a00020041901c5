"""nameko's own client, as it comes, in a process of its own: it needs nothing of ours to call us."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.platform import AGENCY, Platform

PROGRAM = """
import json, sys
import eventlet
eventlet.monkey_patch()
from nameko.exceptions import RemoteError
from nameko.standalone.rpc import ClusterRpcProxy, ServiceRpcProxy

url, token, agency = sys.argv[1:]
config, context = {"AMQP_URI": url}, {"auth_token": token}

def refused(call, **arguments):
    try:
        call(**arguments)
    except RemoteError as error:
        return [error.exc_type, error.value]

with ClusterRpcProxy(config, context_data=context, timeout=20) as cluster:
    found = cluster.enrollment.get_agency(code=agency)
    later = cluster.catalog.list_courses.call_async(limit=1)
    missing = refused(cluster.enrollment.get_agency, code="NO-SUCH")
    wrong = refused(cluster.enrollment.get_agency, cod="x")
    pages = later.result()
with ServiceRpcProxy("certification", config, timeout=20) as certification:
    anonymous = refused(certification.verify, code="0000")
    closed = refused(certification.list_issued)
print(json.dumps([found, pages, missing, wrong, anonymous, closed]))
"""


@pytest.fixture(scope="module")
def answers(platform: Platform) -> list[Any]:
    platform.course()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        PROGRAM,
        platform.env["TRAINING_AMQP_URL"],
        platform.all_token,
        AGENCY,
    ]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def test_it_gets_results(answers: list[Any]) -> None:
    found, pages, *_ = answers
    assert found["code"] == AGENCY
    assert len(pages["items"]) == 1


def test_it_gets_errors_by_their_kind_and_code(answers: list[Any]) -> None:
    missing, wrong, anonymous, closed = answers[2:]
    assert missing[0] == "NotFound"
    assert missing[1].startswith("agency_not_found")
    assert wrong[0] == "Invalid"
    assert "cod" in wrong[1]
    assert anonymous[0] == "NotFound"
    assert closed[0] == "Unauthenticated"
