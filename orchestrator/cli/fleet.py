"""`fleet`: certificates, a scheduler, machines that join it, and who is there."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import completion, consoles, values
from orchestrator.cli.help import Command, Group
from orchestrator.errors import UsageError, interruptible, program

app = typer.Typer(cls=Group, invoke_without_command=True)

VARIABLE = "WHISPER_CLEANROOM_FLEET"
Certificates = typer.Option(
    "--certificates", metavar="DIR", help="Folder with this machine's certificates."
)
_MachineName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Name of this machine in the fleet [its host name]."),
]
_Folder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Folder for received clips and this machine's runs [the data folder]."
    ),
]
_EXTRA = ("cryptography", "dask", "distributed")


@contextmanager
def extra() -> Iterator[None]:
    """Say how to install what a fleet takes besides, where it is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise UsageError(
            f"a fleet takes {error.name}, which is not installed",
            "install the extra: uv tool install 'whisper-cleanroom[fleet]', in a clone"
            " uv sync --extra fleet; run --ssh does without",
        ) from error


@app.callback()
def status(
    context: typer.Context,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", envvar=VARIABLE, help="Address of the scheduler: tls://host:8786."
        ),
    ] = None,
    certificates: Annotated[Path | None, Certificates] = None,
) -> None:
    """Measure one suite on many machines; without a command, show the machines and their state."""
    if context.invoked_subcommand is not None:
        return
    if at is None:
        raise UsageError(
            "whose fleet?", f"{program()} fleet --at tls://host:8786, or set {VARIABLE}"
        )
    from orchestrator.fleet.names import Address

    address = Address.of(at)
    with extra():
        from orchestrator.fleet.dask_link import DaskLink
    from orchestrator.fleet import choice, cluster
    from orchestrator.reports.terminal import fleet

    secured = cluster.security(address, certificates)

    async def asked() -> tuple[list[choice.Found], dict[str, str]]:
        async with DaskLink(address, secured) as link:
            return await choice.there(link, examine=True)

    found, faults = asyncio.run(asked())
    fleet.machines(found, faults, consoles.stdout())


@app.command(
    "certificates",
    cls=Command,
    epilog="Examples:  fleet certificates  |  fleet certificates m3-air m1-mini",
)
def certificates_(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Other machines to make certificates for, a folder each [this one].",
        ),
    ] = None,
    *,
    days: Annotated[
        int,
        typer.Option(
            min=1, max=3650, metavar="N", help="Number of days the certificates are valid."
        ),
    ] = 365,
    certificates: Annotated[Path | None, Certificates] = None,
) -> None:
    """Create or renew certificates, for this machine or, by name, for others.

    The first call also creates a private certificate authority. Its key never leaves this machine.
    """
    with extra():
        from orchestrator.fleet import certificates as made
    from orchestrator import places

    folder = certificates or places.certificates_folder()
    for written in made.make(folder.expanduser().absolute(), names or (), days):
        until = made.expires(written)
        print(f"{written}: until {until:%Y-%m-%d}")
    if names:
        print(f"copy each to {places.certificates_folder()} on its machine, by a way you trust")


@app.command(cls=Command, epilog="Examples:  fleet up  |  fleet up tcp://127.0.0.1:8786")
def up(
    address: Annotated[
        str, typer.Argument(metavar="[ADDRESS]", help="Address to listen on.")
    ] = "tls://0.0.0.0:8786",
    *,
    certificates: Annotated[Path | None, Certificates] = None,
) -> None:
    """Run the fleet's scheduler until Ctrl-C; after a restart, machines rejoin and runs resume."""
    from orchestrator.fleet.names import Address

    where = Address.of(address)
    with extra():
        from orchestrator.fleet import cluster
    secured = cluster.security(where, certificates)

    def said(at: str) -> None:
        print(f"the fleet's scheduler is at {at}", file=sys.stderr, flush=True)
        join = f"{program()} fleet join {at}"
        print(f"on each machine: {join}", file=sys.stderr, flush=True)

    with interruptible("machines wait for it, and runs go on when it is up again"):
        asyncio.run(cluster.schedule(where, secured, said))


@app.command(cls=Command, epilog="Example:  fleet join tls://10.0.0.5:8786 --name m3-air")
def join(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Address of the scheduler: tls://host:8786.")
    ],
    *,
    name: _MachineName = None,
    folder: _Folder = None,
    certificates: Annotated[Path | None, Certificates] = None,
) -> None:
    """Let this machine measure for a fleet, one run at a time, until Ctrl-C."""
    from orchestrator.fleet.names import Address

    where = Address.of(address)
    with extra():
        from orchestrator.fleet import cluster
    from orchestrator.fleet.machine import Here
    from orchestrator.fleet.station import Station

    secured = cluster.security(where, certificates)
    here = Here.of(name, folder)

    def said(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with here.alone(), interruptible("a run goes on when this machine joins again"):
        asyncio.run(cluster.join(where, secured, Station(here), said))


@app.command(cls=Command, hidden=True, epilog="Example:  fleet serve --name m3-air")
def serve(
    *,
    name: _MachineName = None,
    folder: _Folder = None,
) -> None:
    """Serve the requests of `run --ssh` over a pipe, on the machine that measures."""
    from orchestrator.fleet import ssh
    from orchestrator.fleet.machine import Here
    from orchestrator.fleet.station import Station

    here = Here.of(name, folder)
    with here.alone(), os.fdopen(os.dup(0), "rb") as asked, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever prints goes to stderr
        ssh.serve(Station(here), asked, answers)


@app.command(
    cls=Command, epilog="Example:  fleet show results/fleet-20261122-160117-bfd6 --markdown"
)
def show(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="Folder of a stored fleet run.",
            autocompletion=completion.run_folders,
        ),
    ],
    *,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown instead of a table.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show a suite's results across machines, from the runs in its folder."""
    from orchestrator.fleet import record
    from orchestrator.reports.files.markdown import across_as_markdown
    from orchestrator.reports.terminal import fleet

    values.refuse(("--markdown and --json cannot be combined", markdown and as_json))
    found = record.summed(run)
    if as_json:
        consoles.deliver(found.model_dump_json(indent=2) + "\n")
    elif markdown:
        consoles.deliver(across_as_markdown(found))
    else:
        fleet.summary(found, consoles.stdout())
