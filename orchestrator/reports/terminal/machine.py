"""What this machine can run, and whether it is fit to measure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator import units
from orchestrator.bench.doctor import fit
from orchestrator.bench.doctor.checks import Check
from orchestrator.bench.storage import Folder, Leftover
from orchestrator.errors import program
from orchestrator.models.status.environments import Standing
from orchestrator.places import tilde
from orchestrator.reports.terminal.tables import say, show
from runners.protocol import Scalar

_STYLES = {"good": "green", "notice": "yellow", "problem": "red"}


def backends(known: Sequence[Standing], console: Console) -> None:
    """Print one line a backend: version, environment, models on disk, or why it cannot run here."""
    titles = ["backend", "library", "environment", "models on disk"]
    outside = any(one.origin for one in known)
    rows = []
    for one in known:
        models = ", ".join(one.models) or units.NONE
        origin = [one.origin or units.NONE] if outside else []
        rows.append((one.backend, one.library, one.environment, models, *origin))
    show(console, [*titles, *(["from"] if outside else [])], rows, prose=(*titles[2:], "from"))


def settings(backend: str, found: Mapping[str, Scalar], console: Console) -> None:
    """Print a backend's own settings with their defaults, and how one is set."""
    rows = ((name, json.dumps(value, ensure_ascii=False)) for name, value in found.items())
    show(console, ("setting", "default"), rows)
    if found:
        say(console, f"\nto set one: {program()} run -b {backend} --set {next(iter(found))}=VALUE")
    else:
        console.print(f"{backend} has no settings of its own")


def doctor(checks: Sequence[Check], console: Console) -> None:
    """Print the checks; words say the state, colour only repeats it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for check in checks:
        state = Text(check.state, style=_STYLES[check.state])
        table.add_row(state, check.name, Text(check.what, overflow="fold"))
        if check.fix:
            table.add_row("", "", Text(check.fix, style="dim", overflow="fold"))
    console.print(table)
    console.print(Text(_verdict(checks)))


def as_json(checks: Sequence[Check]) -> str:
    """Return the verdict and the checks for other programs."""
    document = {"fit": fit(checks), "checks": [asdict(check) for check in checks]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def folders(found: Sequence[Folder], unused: Sequence[Leftover], console: Console) -> None:
    """Print a line a folder, what is in it, its size, where, what moves it; and what could go."""
    titles = ("what", "size", "where", "moved by")
    rows = ((one.name, units.size(one.bytes), tilde(one.path), one.moved_by) for one in found)
    show(console, titles, rows, prose=("where",))
    if unused:
        size = units.size(sum(one.bytes for one in unused))
        say(console, f"{size} of it is no longer used: {program()} clean")


def leftovers(found: Sequence[Leftover], console: Console) -> None:
    """Print a line for each thing that nobody uses, and their sum."""
    rows = ((one.what, units.size(one.bytes), one.why, tilde(one.path)) for one in found)
    show(console, ("what", "size", "why", "where"), rows, prose=("where",))
    console.print(f"in all {units.size(sum(one.bytes for one in found))}")


def _verdict(checks: Sequence[Check]) -> str:
    problems, notices = (sum(c.state == s for c in checks) for s in ("problem", "notice"))
    noticed = f", {units.count(notices, 'notice')}" if notices else ""
    if problems:
        return f"Not fit to measure: {units.count(problems, 'problem')}{noticed}."
    return f"Fit to measure{noticed}."
