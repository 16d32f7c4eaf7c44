"""Where a corpus may have its files: in its own folder, through whatever links."""

import os
from pathlib import Path


def objection(root: Path, path: Path) -> str:
    """Say why a file is not one of the corpus in the folder `root`; empty where it is."""
    try:
        real = Path(os.path.realpath(path))
    except ValueError:  # a NUL, or what no file system can hold
        return "is no path"
    if not real.is_relative_to(os.path.realpath(root)):
        return "lies outside the corpus"
    if not os.path.lexists(path):
        return "does not exist"
    # A pipe would be waited for, for ever.
    return "" if real.is_file() else "is no file"
