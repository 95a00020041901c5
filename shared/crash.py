"""Named points at which a process can be made to die, so that the fault tests hit every window of the delivery chain.

`TRAINING_CRASH_AT=committed_before_publish:3` kills the process, as SIGKILL would, when it passes that point for
the third time. Without the variable a point costs one comparison.
"""

import os

_window, _, _passages = os.environ.get("TRAINING_CRASH_AT", "").partition(":")
_left = int(_passages or 1)


def point(window: str) -> None:
    """Die here if this is the chosen window and passage."""
    global _left  # noqa: PLW0603 - one counter for the whole process is the point
    if window != _window:
        return
    _left -= 1
    if _left == 0:
        os._exit(137)
