"""`backends`, `envs` and `doctor`: what can run here, its environments, and is the machine fit."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles
from orchestrator.cli.help import Command, Group
from orchestrator.cli.options import Envs
from orchestrator.errors import UsageError, interruptible

app = typer.Typer(
    cls=Group, no_args_is_help=True, help="Create, check or remove the backends' environments."
)

BACKENDS_EPILOG = "Examples:  backends  |  backends faster-whisper --settings"

_Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...", show_default=False, help="Backends, as listed by `backends`."
    ),
]


def backends(
    names: _Names = None,
    *,
    _envs: Envs = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="Show each backend's settings, for run --set.")
    ] = False,
) -> None:
    """List backends: whether supported here, whether installed, locked version, models on disk."""
    from orchestrator import backends as known
    from orchestrator.bench.preflight import listed
    from orchestrator.models.status.environments import standings
    from orchestrator.reports.terminal import machine
    from orchestrator.reports.terminal.progress import LiveWatcher

    chosen = known.choose(names or (), known.discover())
    if not settings:
        found = [each for each in standings() if not names or each.backend in names]
        machine.backends(found, consoles.stdout())
        return
    if not chosen:
        raise UsageError("--settings is about named backends", "backends NAME --settings")
    for backend in chosen:
        if not backend.supported:
            raise UsageError(f"{backend.name} {backend.why_unsupported}", "choose another")
        with LiveWatcher(consoles.stderr()) as watcher:
            own = listed(backend, watcher)
        machine.settings(backend.name, own, consoles.stdout())


@app.command(cls=Command, epilog="Examples:  envs sync  |  envs sync faster-whisper whisper-cpp")
def sync(names: _Names = None, _envs: Envs = None) -> None:
    """Sync environments with their locks (default: those of run --all and any already created)."""
    from orchestrator.backends.environments import commands, settings

    for notice in settings.notices():
        print(notice, file=sys.stderr)
    failures = 0
    said: dict[str, int] = {}

    def told(backend: str, doing: str, done: float | None) -> None:
        tenth = int(10 * (done or 0))
        if said.get(backend, -1) < tenth:  # a line a tenth: a build has a hundred steps
            said[backend] = tenth
            print(f"{backend}: {doing} {10 * tenth} %", file=sys.stderr, flush=True)

    with interruptible("finished environments stay, and the same command makes the others"):
        for report in commands.sync(names or (), told):
            print(report.line, flush=True)
            failures += not report.good
    raise typer.Exit(int(failures > 0))


@app.command(cls=Command, epilog="Examples:  envs check  |  envs check whisper-cpp")
def check(names: _Names = None, _envs: Envs = None) -> None:
    """Check environments against their locks, changing nothing; exit code 1 if one differs."""
    from orchestrator.backends.environments import commands

    reports = commands.check(names or ())
    for report in reports:
        print(report.line)
    raise typer.Exit(int(not all(report.good for report in reports)))


@app.command(cls=Command, epilog="Examples:  envs remove  |  envs remove insanely-fast-whisper")
def remove(names: _Names = None, _envs: Envs = None) -> None:
    """Delete environments; the locks are kept, and `envs sync` creates environments again."""
    from orchestrator.backends.environments import commands

    for report in commands.remove(names or ()):
        print(report.line)


DOCTOR_EPILOG = "Examples:  doctor  |  doctor --json"


def doctor(
    *,
    _envs: Envs = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Check that the machine is fit to measure: power, heat, load, memory, tools, network.

    Exit code 1 if there is a problem.
    """
    from orchestrator.bench import doctor as host_doctor
    from orchestrator.reports.terminal import machine

    checks = host_doctor.examine(host_doctor.Surroundings.here(Path("results").resolve()))
    if as_json:
        consoles.deliver(f"{machine.as_json(checks)}\n")
    else:
        machine.doctor(checks, consoles.stdout())
    raise typer.Exit(int(not host_doctor.fit(checks)))
