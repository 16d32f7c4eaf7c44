"""Options of `run` that say which machines measure, and how they are reached."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import values

_PANEL = "On many machines"
Address = Annotated[
    str | None,
    typer.Option(
        "--fleet",
        metavar="ADDRESS",
        help="Measure a suite on every machine of a fleet: tls://host:8786.",
        rich_help_panel=_PANEL,
    ),
]
Ssh = Annotated[
    str | None,
    typer.Option(
        "--ssh",
        metavar="HOST,...",
        help="The same by plain ssh, without a scheduler.",
        rich_help_panel=_PANEL,
    ),
]
SshProgram = Annotated[
    str,
    typer.Option(
        "--ssh-program",
        metavar="COMMAND",
        help="How this program is started there.",
        rich_help_panel=_PANEL,
    ),
]
On = Annotated[
    list[str] | None,
    typer.Option(
        "--on",
        metavar="KEY=PATTERN",
        help="Only on these: 'chip=M3*'; also name, id, os, platform, model.",
        rich_help_panel=_PANEL,
    ),
]
Patience = Annotated[
    float | None,
    typer.Option(
        "--patience",
        metavar="1h",
        parser=values.span,
        help="How long to wait for a machine that is hot or busy [1h].",
        rich_help_panel=_PANEL,
    ),
]
Unfit = Annotated[
    bool,
    typer.Option(
        "--unfit", help="Measure also where the doctor finds a problem.", rich_help_panel=_PANEL
    ),
]
Certificates = Annotated[
    Path | None,
    typer.Option(
        "--certificates",
        metavar="DIR",
        help="Folder of this machine's certificates.",
        rich_help_panel=_PANEL,
    ),
]


AccuracyOnly = Annotated[
    bool,
    typer.Option(
        "--accuracy-only",
        help="Share the suite's clips out among machines; no times.",
        rich_help_panel=_PANEL,
    ),
]
OWN = (
    "_fleet",
    "_ssh",
    "_ssh_program",
    "_on",
    "_patience",
    "_unfit",
    "_certificates",
    "_accuracy_only",
)


@dataclass(frozen=True)
class Asked:
    """What the command line says of machines."""

    address: str | None
    ssh: str | None
    program: str
    on: list[str] | None
    patience: float | None
    unfit: bool
    certificates: Path | None
    shared: bool

    @property
    def alone(self) -> bool:
        """Whether only this machine is asked; raise BadParameter for options that are of others."""
        others = self.on or self.patience or self.unfit or self.certificates or self.shared
        alone = not (self.address or self.ssh)
        values.refuse(
            ("--on and the like are of --fleet, or --ssh", others and alone),
            ("--fleet and --ssh are two ways to the same", self.address and self.ssh),
        )
        return alone

    @property
    def words(self) -> str:
        """How a command names the machines."""
        return f"--fleet {self.address}" if self.address else f"--ssh {self.ssh}"
