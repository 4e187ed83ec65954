"""The sweeps beside the service in one container.

They run in a process of their own, not in a thread of a worker: a sweep that hangs or is killed
takes no teen's answer with it, a worker that is killed takes no sweep with it, and there is one of
them however many workers there are. It is forked from gunicorn's master rather than started anew,
because so it shares the reader's memory with the workers.

A second process, the keeper, does nothing but fork it again when it ends: talks must go back to
their queue and alerts must go out as long as the container lives.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

PAUSE_SECONDS = 3.0
"""Before it is forked again: what dies young would die often."""
LOOK_SECONDS = 0.25


def start(work: Callable[[], int]) -> int:
    """Fork the keeper; returns its process id.

    Args:
        work: what the kept process does; told to stop by SIGTERM.
    """
    keeper = os.fork()
    if keeper == 0:
        _run(lambda: _keep(work))
    return keeper


def end(keeper: int, seconds: float) -> None:
    """Tell the keeper to stop, which tells what it keeps, and leave neither behind."""
    try:
        os.kill(keeper, signal.SIGTERM)
        stop = time.monotonic() + seconds
        while time.monotonic() < stop:
            if _ended(keeper):
                return
            time.sleep(0.02)
        # What it keeps sees within a second that it is alone, and ends too.
        os.kill(keeper, signal.SIGKILL)
    except ProcessLookupError:
        return


def _keep(work: Callable[[], int]) -> int:
    stop, parent = threading.Event(), os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    # Ctrl-C reaches the whole group of the terminal; the master alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while not stop.is_set() and os.getppid() == parent:
        child = os.fork()
        if child == 0:
            _run(work)
        while not _ended(child):
            if stop.wait(LOOK_SECONDS) or os.getppid() != parent:
                os.kill(child, signal.SIGTERM)
                os.waitpid(child, 0)
                return 0
        stop.wait(PAUSE_SECONDS)
    return 0


def _run(work: Callable[[], int]) -> None:
    """Do `work` and end this process, with nothing of the parent's clean-up."""
    code = 1
    try:
        code = work()
    finally:
        os._exit(code)


def _ended(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] == child
    except ChildProcessError:
        # Somebody else has asked before: gunicorn's master asks for any child.
        return True
