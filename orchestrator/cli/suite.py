"""`suite`: files that say what a run measures, checked, shown, and made of stored runs."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator import units
from orchestrator.cli import consoles, options
from orchestrator.cli.help import Command, Group

if TYPE_CHECKING:
    from orchestrator.bench.selection import RunOptions
    from orchestrator.runs.schema import Contender

app = typer.Typer(cls=Group, no_args_is_help=True, help="Check, show or write suite files.")

_File = Annotated[Path, typer.Argument(metavar="FILE.toml", help="Suite file.")]


@app.command(cls=Command, epilog="Example:  suite check engines.toml")
def check(file: _File, _envs: options.Envs = None) -> None:
    """Check a suite file and all it names (backends, models, settings, clips); measures nothing.

    Settings, devices and precisions are checked by those engines whose environments exist, as far
    as they can without a model. Exit code 2 if there is a fault; all are listed by key.
    """
    from orchestrator.bench import suite_check
    from orchestrator.errors import ConfigError
    from orchestrator.reports.terminal.progress import LiveWatcher

    with LiveWatcher(consoles.stderr()) as watcher:
        report = suite_check.check(file, watcher)
    for note in report.notes:
        consoles.stderr().print(note, markup=False, soft_wrap=True)
    if report.faults:
        lines = (f"{file}: {fault.where}: {fault.what}" for fault in report.faults)
        raise ConfigError("\n".join(lines))
    print(f"{file}: no fault found, {units.count(len(report.contenders), 'contender')}")


@app.command(cls=Command, epilog="Example:  suite show engines.toml")
def show(file: _File, _envs: options.Envs = None) -> None:
    """Show the contenders that a suite file defines, with their settings."""
    from orchestrator.reports.terminal import tables

    contenders = _contenders(file)
    factors = list(dict.fromkeys(name for c in contenders for name in c.factors))
    rows = (
        (c.name, c.backend, *("" if (v := c.factors.get(n)) is None else str(v) for n in factors))
        for c in contenders
    )
    tables.show(consoles.stdout(), ("contender", "backend", *factors), rows)


@app.command("from", cls=Command, epilog="Example:  suite from results/RUN > engines.toml")
def from_(run: options.Run) -> None:
    """Print a stored run as a suite file."""
    from orchestrator.runs import suite
    from orchestrator.runs.stored import RunFiles

    print(suite.of_run(RunFiles(run)), end="")


def named(
    context: typer.Context, clips: list[Path], output: Path | None, *, fail_fast: bool
) -> "RunOptions | None":
    """Return what the suite file that is named asks; refuse options that it says itself."""
    from orchestrator.bench import selection

    if len(clips) != 1 or clips[0].suffix != ".toml":
        return None
    shown = {"transcripts", "pairs", "output", "page", "as_json"}
    require_alone(context, shown | {"fail_fast", "yes"})
    return selection.suite_options(clips[0], output, fail_fast=fail_fast)


def require_alone(context: typer.Context, kept: Collection[str]) -> None:
    """Refuse options of a measurement beside its suite, which says them itself."""
    kept = {*kept, "clips", "_envs"}
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name not in kept
        and parameter.name
        and (source := context.get_parameter_source(parameter.name))
        and source.name == "COMMANDLINE"
    ]
    if given:
        raise typer.BadParameter(
            f"put {', '.join(given)} into the suite file: options cannot be combined with it"
        )


def _contenders(file: Path) -> "tuple[Contender, ...]":
    """Return a suite's contenders and say on stderr what is worth knowing of them."""
    from orchestrator.bench import selection

    asked = selection.suite_options(file)
    for notice in asked.notices:
        consoles.stderr().print(notice)
    _, skipped = selection.candidates(asked)
    for row in skipped:
        consoles.stderr().print(f"{row.contender} would be skipped: {row.reason}")
    return asked.contenders
