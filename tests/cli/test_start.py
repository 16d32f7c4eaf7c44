"""The program's start, before it obeys signals."""

import signal
import subprocess
import sys
from pathlib import Path

from fake_envs import surroundings

# Ctrl-C while typer is looked for, which takes the first fifth of a second of every command.
IMPORTING = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(name, *_):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting)
runpy.run_module("orchestrator", run_name="__main__", alter_sys=True)
"""


def test_ctrl_c_while_the_program_is_imported_is_no_traceback(envs: Path) -> None:
    """It ends as any program does that knows no signals."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING],
        env=surroundings(envs),
        cwd=envs.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
