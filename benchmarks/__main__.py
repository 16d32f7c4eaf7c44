"""`python -m benchmarks`: every ratio in one run, as a Markdown table; exit code 1 if one is over."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def main() -> None:
    """Print the table row by row."""
    import commands
    import engines
    import pipe
    from ratio import HEADER

    print(HEADER, flush=True)
    over = False
    wanted = set(sys.argv[1:])
    for module in (pipe, commands, engines):
        if wanted and module.__name__ not in wanted:
            continue
        for ratio in module.all_of():
            print(ratio.line(), flush=True)
            over = over or ratio.value > ratio.at_most
    sys.exit(int(over))


if __name__ == "__main__":
    main()
