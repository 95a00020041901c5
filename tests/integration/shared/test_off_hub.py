import hashlib

import eventlet
import pytest

from shared import green


def test_the_hub_serves_others_while_a_thread_works() -> None:
    ticks = []

    def tick() -> None:
        while True:
            ticks.append(1)
            eventlet.sleep(0.005)

    ticking = eventlet.spawn(tick)
    key = green.off_hub(hashlib.pbkdf2_hmac, "sha256", b"password", b"salt", 400_000)
    ticking.kill()
    assert key == hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 400_000)
    assert len(ticks) > 5


def test_what_the_work_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        green.off_hub(int, "no number")
