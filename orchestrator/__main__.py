"""`python -m orchestrator`, and what the installed commands start."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Import the command line and run it; until it obeys signals, Ctrl-C ends it in silence."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from orchestrator import cli  # noqa: PLC0415 - what takes a fifth of a second

    cli.main()


if __name__ == "__main__":
    main()
