"""Choosing models from a numbered list, in a terminal."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrator.cli import consoles
from orchestrator.errors import UsageError

if TYPE_CHECKING:
    from orchestrator.models.status.selection import Wanted


def pick(wanted: "Sequence[Wanted]") -> "list[Wanted]":
    """Show what there is and return what the user chooses; raise UsageError without a terminal."""
    from rich.prompt import Prompt

    from orchestrator.models.status import inventory
    from orchestrator.reports.terminal import models

    if not sys.stdin.isatty():
        raise UsageError("--pick needs a terminal to ask in", "name the models: -m NAME")
    console = consoles.stderr()
    models.menu(inventory.standings(wanted), console)
    while True:
        answer = Prompt.ask("which, as 1 3 5-7 (nothing to leave)", console=console, default="")
        try:
            return [wanted[number - 1] for number in numbers(answer, len(wanted))]
        except UsageError as error:
            console.print(f"{error}; {error.fix}")


def numbers(answer: str, count: int) -> list[int]:
    """Return the numbers that `1 3 5-7` or `1,3,5-7` names, each once; raise UsageError."""
    found: list[int] = []
    for word in answer.replace(",", " ").split():
        first, _, last = word.partition("-")
        try:
            span = range(int(first), int(last or first) + 1)
        except ValueError:
            span = range(0)
        if not span or span[0] < 1 or span[-1] > count:
            raise UsageError(f"{word!r} is none of them", f"numbers from 1 to {count}")
        found += span
    return list(dict.fromkeys(found))
