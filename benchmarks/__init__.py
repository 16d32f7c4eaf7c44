"""Ratios against the simplest thing that does the same: `python -m benchmarks`."""

import sys
from pathlib import Path

# The tests' fakes, which some benchmarks use, import one another as pytest finds them.
sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
