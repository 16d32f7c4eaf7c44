"""A load that comes and goes: one processor busy for some seconds, then idle for some.

`python -m benchmarks.coming_and_going` runs until it is ended, the same in every run.
"""

import random
import time

_SHORTEST, _LONGEST = 0.5, 8.0  # seconds, busy as well as idle


def main() -> None:
    """Work and rest in turn."""
    spans = random.Random(1)  # noqa: S311 - spans of time, no secrets
    while True:
        until = time.monotonic() + spans.uniform(_SHORTEST, _LONGEST)
        while time.monotonic() < until:
            pass
        time.sleep(spans.uniform(_SHORTEST, _LONGEST))


if __name__ == "__main__":
    main()
