"""What people write on a command line, as values: spans of time, NAME=PATH pairs."""

import re
from collections.abc import Sequence

import typer

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def span(text: str) -> float:
    """Return seconds of 90, 90s, 20m or 1.5h."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    if found is None or float(found[1]) == 0:
        raise typer.BadParameter(f"{text!r} is no span of time: write 90s, 20m or 1.5h")
    return float(found[1]) * _UNITS[found[2]]


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """Return what NAME=PATH pairs say."""
    found = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise typer.BadParameter(f"{text!r} is not NAME=PATH, such as tiny.en=/models/tiny.en")
        found[name] = path
    return found
