"""`where` and `clean`: every folder of the program and its size; what nobody uses, deleted."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles
from orchestrator.cli.options import Envs

WHERE_EPILOG = "Examples:  where  |  where --json"
CLEAN_EPILOG = "Examples:  clean  |  clean --yes"


def where(
    output: Annotated[
        Path, typer.Option("--output", "--results", metavar="DIR", help="Folder of stored runs.")
    ] = Path("results"),
    *,
    _envs: Envs = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the folders as JSON.")] = False,
) -> None:
    """Show every folder the program uses, its size, how to move it, and what `clean` would free."""
    from dataclasses import asdict

    from orchestrator.bench import storage
    from orchestrator.reports.terminal import machine

    found, unused = list(storage.folders(output.resolve())), list(storage.leftovers())
    if as_json:
        document = {
            "folders": [asdict(folder) | {"path": str(folder.path)} for folder in found],
            "unused": [
                {"what": one.what, "why": one.why, "path": str(one.path), "bytes": one.bytes}
                for one in unused
            ],
        }
        consoles.deliver(f"{json.dumps(document, indent=2, ensure_ascii=False)}\n")
    else:
        machine.folders(found, unused, consoles.stdout())


def clean(
    *,
    _envs: Envs = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
) -> None:
    """Delete what is no longer used, never a result; lists it and asks first.

    That is environments and builds of older versions, unfinished downloads, weights that no backend
    loads, and audio decoded by an older version. `envs remove` and `models remove` delete what is
    in use, which is created or fetched again when needed.
    """
    from orchestrator import units
    from orchestrator.bench import storage
    from orchestrator.reports.terminal import machine

    found = list(storage.leftovers())
    console = consoles.stdout()
    if not found:
        console.print("nothing to delete: everything here is in use")
        return
    machine.leftovers(found, console)
    if not yes:
        consoles.confirm_deletion()
    freed = failures = 0
    for leftover, fault in storage.remove(found):
        failures += bool(fault)
        freed += 0 if fault else leftover.bytes
        if fault:
            print(f"kept: {fault}", file=sys.stderr)
    console.print(f"{units.size(freed)} freed")
    raise typer.Exit(int(failures > 0))
