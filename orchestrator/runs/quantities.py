"""Spans of time and shares as people write them, on a command line or in a suite."""

import re


def span(text: str) -> float:
    """Return the seconds of 90s, 20m or 1.5h; raise ValueError, also without a unit."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip())
    if found is None or float(found[1]) == 0:
        raise ValueError(f"{text!r} is no span of time: write 90s, 20m or 1.5h")
    return float(found[1]) * {"s": 1.0, "m": 60.0, "h": 3600.0}[found[2]]


def share(text: str | float) -> float:
    """Return 0.03 of 3%, 3 % or 0.03; raise ValueError, also from 100 % up."""
    number, percent, rest = str(text).strip().partition("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = -1.0
    if rest or not 0 <= value < 1:
        raise ValueError(f"{text!r} is no share below 100 %: write 3% or 0.03")
    return value


def as_seconds(value: object) -> object:
    """Read a span of time, "20m"; seconds as they are, but of a float alone: 20 has no unit."""
    if isinstance(value, int):
        raise ValueError(f"{value} has no unit: write 20m")  # noqa: TRY004 - pydantic wants it
    return span(value) if isinstance(value, str) else value


def as_share(value: object) -> object:
    """Read a share, "3%" or 0.03, of what a suite file says; leave the rest to be refused."""
    return share(value) if isinstance(value, str | float) else value
