"""Tasks in threads: heard by the one that waits, whom an exception has end them all."""

import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from orchestrator.host import children
from orchestrator.host.tasks import Tasks


def test_what_tasks_say_is_heard_by_the_thread_that_waits() -> None:
    """In order, before their end; tasks may be started meanwhile, and a fault is a result."""
    heard: list[tuple[str, bool]] = []
    here = threading.current_thread()

    def hear(word: str) -> None:
        heard.append((word, threading.current_thread() is here))

    with Tasks() as tasks:
        pool, say = tasks.pool(2), tasks.heard(hear)
        first = tasks.start(pool, partial(say, "first"))
        later = None
        for done in tasks.ended():
            if done is first:
                later = tasks.start(pool, lambda: (say("later"), 1 / 0))
    assert heard == [("first", True), ("later", True)]
    assert later is not None
    assert isinstance(later.exception(), ZeroDivisionError)


def test_an_exception_ends_tasks_and_their_children() -> None:
    """One waits for a child, one says something again and again, one was never begun."""
    begun = threading.Event()

    def wait_for_a_child() -> None:
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        with subprocess.Popen(command) as process, children.under_way(process):
            begun.set()
            process.wait()

    def go_on() -> None:
        while True:
            say()
            time.sleep(0.01)

    def interrupted() -> None:
        assert begun.wait(60)
        raise KeyboardInterrupt

    tasks = Tasks()
    pool, say = tasks.pool(2), tasks.heard(lambda: None)
    started = [tasks.start(pool, task) for task in (wait_for_a_child, go_on, go_on)]
    with pytest.raises(KeyboardInterrupt), tasks:
        interrupted()
    assert all(task.done() for task in started)
    assert started[2].cancelled()
