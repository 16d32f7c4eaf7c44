"""One slow contender among quick ones: a run in turns, against the same run one after the other.

The engines sleep instead of computing, so that only waiting is compared: 20 s a pass, and 0.5 s.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.ratio import Ratio
from orchestrator.backends.worker.machine import LOCK_VARIABLE
from orchestrator.clips.audio.clips import BUNDLED
from tests.support import fake_envs

_SLEEPS = {"quick": 0.5, "quicker": 0.5, "slow": 20.0}
_BLOCKS = 4  # the last three of which are in turns
_PAIRS = 2


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    with tempfile.TemporaryDirectory() as place:
        folder, envs = Path(place), Path(place) / "envs"
        project = fake_envs.make_project(folder)
        for name in _SLEEPS:
            fake_envs.make_backend(folder / "made", name, project)
            fake_envs.add_to(envs, folder / "made", name, "some text")
        environment = fake_envs.surroundings(envs) | {LOCK_VARIABLE: str(folder / "lock")}
        seconds = partial(_seconds, folder, environment)
        pairs = tuple((seconds("on"), seconds("off")) for _ in range(_PAIRS))
    name = "one contender of 20 s a pass, two of 0.5 s: a run in turns, against one after the other"
    yield Ratio(name, pairs, 1.02)


def _seconds(folder: Path, environment: dict[str, str], interleave: str) -> float:
    """Return the seconds from the first row's start to the end of the run."""
    command = [sys.executable, "-m", "orchestrator", "run", "--all", "--no-page"]
    command += [str(BUNDLED / "clean-room.flac"), "--blocks", str(_BLOCKS)]
    command += ["--interleave", interleave]
    for name, seconds in _SLEEPS.items():
        command += ["--set", f"{name}:sleep_seconds={seconds}"]
    started = time.perf_counter()
    subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started
