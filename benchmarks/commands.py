"""What the commands cost: `envs check` against one uv, `--help` against importing typer."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from uv import find_uv_bin

from benchmarks.ratio import Ratio, paired
from orchestrator.backends import discover
from orchestrator.backends.environments import commands
from orchestrator.places import ROOT


def seconds_of(command: Sequence[str]) -> float:
    """Run a command to its end, output dropped; return its wall seconds."""
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def envs_check() -> Ratio:
    """Compare the check of every environment with uv's check of one of them."""
    one = next(b for b in discover() if b.name == "faster-whisper")
    uv = [find_uv_bin(), "sync", "--locked", "--check", "--project", str(one.folder)]

    def ours() -> float:
        started = time.perf_counter()
        commands.check(())
        return time.perf_counter() - started

    return paired(
        "`envs check` of all, nothing to do, against one `uv sync --locked --check`",
        ours,
        lambda: seconds_of(uv),
        n=20,
        at_most=3,
    )


def help_text() -> Ratio:
    """Compare `--help` with a Python that imports typer and prints a line."""
    ours = [sys.executable, "-m", "orchestrator", "--help"]
    theirs = [sys.executable, "-c", "import typer; print('help')"]
    return paired(
        "`--help`, against a Python that imports typer and prints a line",
        lambda: seconds_of(ours),
        lambda: seconds_of(theirs),
        n=20,
        at_most=2,
    )


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    if not ROOT.joinpath("envs").is_dir():
        raise SystemExit("run this from a clone of the repository")
    yield envs_check()
    yield help_text()
