"""Ratios against the simplest thing that does the same: `python -m benchmarks`."""
