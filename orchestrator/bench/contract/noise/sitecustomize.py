"""Prints to stdout, as libraries do, for as long as a Python runs that finds this at its start."""  # noqa: INP001 - PYTHONPATH takes folders, no packages

import os
import sys
import threading
import time

_PERIOD_SECONDS = 0.02


def _print() -> None:
    while True:
        sys.stdout.write("noise by Python\n")
        sys.stdout.flush()
        os.write(1, b"noise by the system's own call\n")
        time.sleep(_PERIOD_SECONDS)


threading.Thread(target=_print, daemon=True).start()
