"""What this machine can run, and whether it is fit to measure."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator import units
from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.bench.doctor import fit
from orchestrator.bench.doctor.check import Check
from orchestrator.cache import store
from orchestrator.reports.terminal.tables import add, show, titled

_STYLES = {"good": "green", "notice": "yellow", "problem": "red"}


def backends(known: Sequence[Backend], console: Console) -> None:
    """Print one line a backend: version, environment, models on disk, or why it cannot run here."""
    titles = ("backend", "library", "environment", "models on disk")
    table = titled(*titles, prose=titles[2:])
    for backend in known:
        add(table, *_cells(backend))
    show(table, console)


def _cells(backend: Backend) -> tuple[str, str, str, str]:
    version = upkeep.locked_version(backend)
    library = f"{backend.library} {version}" if version else backend.library
    models = ", ".join(store.models_on_disk(backend.format)) or units.NONE
    return backend.name, library, _environment(backend), models


def _environment(backend: Backend) -> str:
    if not backend.supported:
        return backend.why_unsupported
    if upkeep.is_ready(backend):
        return "ready"
    made = backend.python.exists()
    return "older than its lock: envs sync" if made else "not made: envs sync"


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


def _verdict(checks: Sequence[Check]) -> str:
    problems, notices = (sum(c.state == s for c in checks) for s in ("problem", "notice"))
    noticed = f", {units.count(notices, 'notice')}" if notices else ""
    if problems:
        return f"Not fit to measure: {units.count(problems, 'problem')}{noticed}."
    return f"Fit to measure{noticed}."
