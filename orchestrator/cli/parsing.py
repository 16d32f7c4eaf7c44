"""What people write on a command line, as values: spans of time, NAME=PATH pairs, profiles."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from orchestrator.runs.schema.plan import Profile

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


def profile(name: str, blocks: int | None) -> "Profile":
    """Return the profile of this name, or exactly so many blocks."""
    from orchestrator.bench.plan import PROFILES, exactly

    if name not in PROFILES:
        raise typer.BadParameter(f"there is no profile {name!r}: {', '.join(PROFILES)}")
    return exactly(blocks) if blocks else PROFILES[name]


def refuse(*contradictions: tuple[str, object]) -> None:
    """Refuse what does not go together: the first sentence whose condition holds."""
    for sentence, asked in contradictions:
        if asked:
            raise typer.BadParameter(sentence)
