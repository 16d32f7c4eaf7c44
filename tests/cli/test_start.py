"""The program's start, before it obeys signals, and just after."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fake_envs import surroundings

# Ctrl-C while a module is looked for: typer, which takes the first fifth of a second of every
# command, or pydantic, by which typer reads what stands before a command's name.
IMPORTING = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(name, *_):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting)
runpy.run_module("orchestrator", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    ("module", "code", "said"), [("typer", -signal.SIGINT, ""), ("pydantic", 130, "interrupted\n")]
)
def test_ctrl_c_while_the_program_is_imported_is_no_traceback(
    envs: Path, module: str, code: int, said: str
) -> None:
    """At first it ends as any program does that knows no signals, then as every command."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING.format(module=module), "history"],
        env=surroundings(envs),
        cwd=envs.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)
