"""`python -m benchmarks.checkout FOLDER`: a run of two engines here, against another checkout's.

FOLDER has its own .venv, environments and weights: it was run in before.
"""

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.ratio import HEADER, paired
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.places import ROOT


def main() -> None:
    """Print the ratio; exit code 1 if it is over its bound."""
    other = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as output:
        ratio = paired(
            f"one contender a backend, a whole run, against the same run of {other.name}",
            partial(_seconds, ROOT, output),
            partial(_seconds, other, output),
            n=8,
            at_most=1.02,
        )
    print(f"{HEADER}\n{ratio.line()}")
    for ours, theirs in ratio.pairs:
        print(f"{ours:.2f} s, {theirs:.2f} s: {ours / theirs:.3f}")
    sys.exit(int(ratio.value > ratio.at_most))


def _seconds(checkout: Path, output: str) -> float:
    """Return the seconds that a run takes from start to end."""
    command = [str(checkout / ".venv" / "bin" / "python"), "-m", "orchestrator", "run"]
    command += ["-b", "faster-whisper", "-b", "whisper-cpp", str(BUNDLED / "names.flac")]
    command += ["--blocks", "1", "--repeats", "3", "--no-page", "--weights", "wheel"]
    started = time.perf_counter()
    subprocess.run(
        [*command, "--output", output],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
