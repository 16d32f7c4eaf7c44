"""`doctor`: is this machine fit to measure, and what to do if not."""

from collections.abc import Mapping
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
    from orchestrator.backends import ROOT, environments
    from orchestrator.bench import doctor as host_doctor
    from orchestrator.cache import hub
    from orchestrator.cache.store import cache_folder
    from orchestrator.reports.terminal import machine

    def find_python() -> str:
        wanted = ("python", "find", "3.11", "--system", "--no-project")
        return environments.uv(*wanted, project=ROOT).stdout

    checks = host_doctor.examine(
        host_doctor.Surroundings(
            cache=cache_folder(),
            results=Path("results").resolve(),
            uv_version=lambda: environments.uv("--version", project=ROOT).stdout,
            find_python=find_python,
            hub_obstacle=hub.obstacle,
            environments_synced=_synced,
        )
    )
    if as_json:
        consoles.deliver(f"{machine.as_json(checks)}\n")
    else:
        machine.doctor(checks, consoles.stdout())
    raise typer.Exit(int(not host_doctor.fit(checks)))


def _synced() -> Mapping[str, bool]:
    """Return whether each environment that this machine supports equals its lock."""
    from orchestrator import backends
    from orchestrator.backends.environments import upkeep

    return {b.name: upkeep.is_ready(b) for b in backends.discover() if b.supported}
