"""Processes that do nothing but work, to be seen by whoever looks for load."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

WORK = "while True: pass"


@contextmanager
def burning(count: int = 1) -> Iterator[list[int]]:
    """Keep processors busy with children of this process; yield their numbers."""
    children = [subprocess.Popen([sys.executable, "-S", "-c", WORK]) for _ in range(count)]
    try:
        yield [child.pid for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()


@contextmanager
def burning_elsewhere() -> Iterator[int]:
    """Keep a processor busy with a process whose parent has ended: nobody's child of ours."""
    script = f"""if True:
        import subprocess, sys
        # Not our pipes: they would stay open with it, and we would wait.
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
        burner = subprocess.Popen([sys.executable, "-S", "-c", {WORK!r}], **pipes)
        print(burner.pid)
    """
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    process = psutil.Process(int(done.stdout))
    try:
        yield process.pid
    finally:
        process.kill()
