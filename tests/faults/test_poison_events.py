"""Events that can never be handled: parked with their reason, the others unharmed, no busy loop."""

from tests.faults.course import PEOPLE, record_all, settled
from tests.faults.test_order import COMPLETED
from tests.support.cluster import MAIN, RETRY_DELAYS, Cluster, put_back, take_all, with_fields

COMPLETED_TYPE = "training.enrollment.completed.v1"


def test_poison_among_500_is_parked_with_its_reason_and_harms_no_other(cluster: Cluster) -> None:
    cluster.start(*MAIN)
    cluster.stop("certification")
    record_all(cluster, 5)
    with cluster.client() as client:
        messages = take_all(client, COMPLETED, PEOPLE)
        for number, message in enumerate(messages):
            put_back(client, COMPLETED, message, POISON.get(number, lambda message: None)(message))
    cluster.resume("certification")
    settled(cluster, people=PEOPLE - len(POISON), parked=len(POISON))
    reasons = sorted(letter["reason"] for letter in cluster.letters("certification"))
    assert [reason.split(":")[0] for reason in reasons] == ["DataError (6 attempts)", "contract", "contract"]
    handled = {
        outcome: cluster.metric("certification", "training_events_handled_total", type=COMPLETED_TYPE, outcome=outcome)
        for outcome in ("handled", "delayed", "parked")
    }
    # The one that only the database refuses is tried once after each delay, and not more often.
    assert handled == {"handled": PEOPLE - 3, "delayed": len(RETRY_DELAYS.split(",")), "parked": 3}


# Number of the message and its new body: not JSON, a field of the wrong type, and one that is in order but for the
# table it would go into.
POISON = {
    17: lambda message: b"\xff\xfe not json",
    250: lambda message: with_fields(message, hours="many"),
    499: lambda message: with_fields(message, agency_code="X" * 60),
}
