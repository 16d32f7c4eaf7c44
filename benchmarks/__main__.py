"""`python -m benchmarks`: every ratio in one run, as a table; exit code 1 if one is over."""

import sys

from benchmarks import (
    blas,
    board,
    capacity,
    commands,
    engines,
    fleet,
    live,
    pipe,
    sampling,
    scoring,
    swift,
    turns,
)
from benchmarks.ratio import HEADER


def main() -> None:
    """Print the table row by row; name files (pipe, engines, ...) to run only those."""
    print(HEADER, flush=True)
    over = False
    wanted = set(sys.argv[1:])
    machine = (pipe, commands, engines, live, blas, sampling, capacity)
    for module in (*machine, scoring, board, swift, turns, fleet):
        if wanted and module.__name__.rsplit(".", 1)[-1] not in wanted:
            continue
        for ratio in module.all_of():
            print(ratio.line(), flush=True)
            over = over or ratio.value > ratio.at_most
    sys.exit(int(over))


if __name__ == "__main__":
    main()
