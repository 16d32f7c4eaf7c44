"""What the MLX backends share on Linux: memory that is freed stays with the process."""

import subprocess
import sys

import pytest

from orchestrator.places import ROOT

ALLOCATING = """
import resource
import sys
{before}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
bytearray(40_000_000)
before = faults()
for _ in range(10):
    bytearray(40_000_000)
print(faults() - before)
"""
KEEPING = "from runners import mlx_support; mlx_support.load_blas()"


def faults(before: str) -> int:
    """Return the page faults of a process that allocates and frees 40 MB ten times."""
    command = (sys.executable, "-c", ALLOCATING.format(before=before))
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_memory_that_is_freed_is_kept() -> None:
    """Without it each array's pages are given back, and cleared anew for the next one."""
    assert faults(KEEPING) < faults("") / 4
