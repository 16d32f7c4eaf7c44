"""`run FILE.toml --fleet`: a suite on every machine of a fleet, shown meanwhile and at the end."""

import asyncio
import shlex
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from orchestrator.cli import consoles, fleet, fleet_options, suite
from orchestrator.errors import UsageError, program, quoted

if TYPE_CHECKING:
    from orchestrator.fleet.controller import Controller
    from orchestrator.fleet.link import Link
    from orchestrator.reports.terminal.fleet import Board
    from orchestrator.runs.schema.fleet import FleetRun

_HOUR = 3600.0
_BESIDE = ("resume", "output", "as_json")  # what may stand beside a suite, too


def measured(context: typer.Context) -> None:
    """Measure a suite on a fleet, or go on with one; show what was found, leave.

    Where `run` was asked of no other machine, nothing is done.
    """
    given = context.params
    asked = fleet_options.Asked(*(given[name] for name in fleet_options.OWN))
    if asked.alone:
        return
    suite.require_alone(context, {*fleet_options.OWN, *_BESIDE})
    from orchestrator.fleet import record
    from orchestrator.reports.terminal import fleet as report

    resume, output = given["resume"], given["output"]
    if resume is None:
        asyncio.run(_expect_somebody(asked))
    folder = resume.resolve() if resume else _planned(given["clips"] or [], output, asked)
    with record.unless_of_nobody(folder):
        ended = asyncio.run(_measured(asked, folder))
    found = record.summed(folder)
    record.write_summary(folder, found)
    if given["as_json"]:
        print(found.model_dump_json(indent=2))
    else:
        report.summary(found, consoles.stdout())
    consoles.stderr().print(f"runs and summary: {folder}", style="dim", soft_wrap=True)
    if any(member.open for member in ended.members):
        again = f"to continue: {program()} run --resume {quoted(folder)} {asked.again}"
        consoles.stderr().print(again, soft_wrap=True)
    raise typer.Exit(_code(ended))


def _planned(clips: list[Path], output: Path | None, asked: fleet_options.Asked) -> Path:
    """Gather what a suite asks, and write it into the folder of a new run, which is returned."""
    from orchestrator.bench import selection
    from orchestrator.fleet import controller, record
    from orchestrator.reports.terminal.progress import LiveWatcher
    from orchestrator.runs import suite as suites
    from orchestrator.runs.folder import new_id

    if len(clips) != 1 or clips[0].suffix != ".toml":
        raise UsageError("a fleet measures a suite", f"{program()} run FILE.toml --fleet ADDRESS")
    whole = suites.read(clips[0])
    options = selection.options_of(whole, str(clips[0]))
    folder = (output or Path("results")).resolve() / f"fleet-{new_id()}"
    with LiveWatcher(consoles.stderr()) as watcher:
        for notice in options.notices:
            watcher.notice(notice)
        record.write(
            folder, controller.plan(folder, whole, options, watcher, shared=asked.accuracy_only)
        )
    return folder


async def _expect_somebody(asked: fleet_options.Asked) -> None:
    """Raise UsageError where there is no machine, before a corpus is decoded for it."""
    from orchestrator.fleet import choice

    choice.conditions(asked.on or ())
    async with _link(asked) as link:
        if not await link.present():
            faults = [f"{name}: {why}" for name, why in link.faults.items()]
            fix = f"on each machine: {program()} fleet join {asked.fleet}"
            if asked.ssh:
                fix = "each takes an ssh that asks for no password, and this program: --ssh-program"
            raise UsageError("\n".join(("no machine is there", *faults)), fix)


async def _measured(asked: fleet_options.Asked, folder: Path) -> "FleetRun":
    """Have the machines measure what is written in a folder, and follow them."""
    from orchestrator.fleet import choice, controller, record, shares
    from orchestrator.reports.terminal.fleet import Board

    run = record.read(folder)
    on = choice.conditions(asked.on or ())
    with Board(consoles.stderr()) as board:
        async with _link(asked) as link:
            if not run.members:
                run = await controller.enlisted(run, link, on, board)
                shares.list_out(folder, run)
                record.write(folder, run)
            patience = asked.patience or _HOUR
            working = controller.Controller(
                link, folder, run, board, asked.unfit or run.shared, patience
            )
            _stop_at_signals(working, board)
            return await working.measure()


@asynccontextmanager
async def _link(asked: fleet_options.Asked) -> "AsyncIterator[Link]":
    if asked.ssh:
        from orchestrator.fleet.ssh import SshLink, hosts

        words = [*shlex.split(asked.ssh_program), "fleet", "serve"]
        async with SshLink(hosts(asked.ssh), [shlex.join(words)]) as through:
            yield through
        return
    from orchestrator.fleet.names import Address

    address = Address.of(asked.fleet or "")
    with fleet.extra():
        from orchestrator.fleet import cluster
        from orchestrator.fleet.dask_link import DaskLink
    async with DaskLink(address, cluster.security(address, asked.certificates)) as link:
        yield link


def _stop_at_signals(working: "Controller", board: "Board") -> None:
    """Have the machines end in order at Ctrl-C; whoever asks again changes nothing about it."""

    def stop() -> None:
        if not working.stopping.is_set():
            board("ending", "machines end what they measure (Ctrl-\\ ends at once)")
            working.stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stop)


def _code(ended: "FleetRun") -> int:
    """Return 130 interrupted, 3 nothing measured, 1 a machine refused, 0 all is well."""
    states = {member.state for member in ended.members}
    if "interrupted" in states:
        return 130
    if "measured" not in states:
        return 3
    return int("refused" in states)
