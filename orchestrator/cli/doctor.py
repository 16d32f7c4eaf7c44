"""`doctor`: is this machine fit to measure, and what to do if not."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles

EPILOG = "Examples:  doctor  |  doctor --json"


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Check the machine: power, heat, load, memory, tools, network; exit 1 on a problem."""
    from orchestrator.bench import doctor as host_doctor
    from orchestrator.reports.terminal import machine

    checks = host_doctor.examine(host_doctor.Surroundings.here(Path("results").resolve()))
    if as_json:
        consoles.deliver(f"{machine.as_json(checks)}\n")
    else:
        machine.doctor(checks, consoles.stdout())
    raise typer.Exit(int(not host_doctor.fit(checks)))
