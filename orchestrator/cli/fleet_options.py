"""Options of `run` that say which machines measure, and how they are reached."""

import shlex
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import values

PROGRAM = "whisper-cleanroom"  # as it is started on a machine that is reached by ssh
_machines = partial(typer.Option, rich_help_panel="Multiple machines")

Address = Annotated[
    str | None,
    _machines(
        "--fleet",
        metavar="ADDRESS",
        help="Measure a suite on every machine of the fleet with this scheduler: tls://host:8786.",
    ),
]
Ssh = Annotated[
    str | None,
    _machines(
        "--ssh",
        metavar="HOST,...",
        help="Measure a suite on these machines over plain ssh, without a scheduler.",
    ),
]
SshProgram = Annotated[
    str,
    _machines(
        "--ssh-program",
        metavar="COMMAND",
        help="Command that starts this program on the machines of --ssh.",
    ),
]
On = Annotated[
    list[str] | None,
    _machines(
        "--on",
        metavar="KEY=PATTERN",
        help="Use only machines that match: 'chip=M3*'; also name, id, os, platform, model.",
    ),
]
Patience = Annotated[
    float | None,
    _machines(
        "--patience",
        metavar="1h",
        parser=values.span,
        help="Wait at most this long for a machine that is hot or busy [1h].",
    ),
]
Unfit = Annotated[
    bool, _machines("--unfit", help="Measure even on machines where the doctor finds a problem.")
]
Certificates = Annotated[
    Path | None,
    _machines("--certificates", metavar="DIR", help="Folder with this machine's certificates."),
]
AccuracyOnly = Annotated[
    bool,
    _machines(
        "--accuracy-only",
        help="Divide the suite's clips among the machines, and report accuracy without times.",
    ),
]


@dataclass(frozen=True)
class Asked:
    """What the command line says of machines: each field is the option of its name."""

    fleet: str | None
    ssh: str | None
    ssh_program: str
    on: list[str] | None
    patience: float | None
    unfit: bool
    certificates: Path | None
    accuracy_only: bool

    @property
    def alone(self) -> bool:
        """Whether only this machine is asked; raise BadParameter for options that are of others."""
        alone = not (self.fleet or self.ssh)
        of_others = ("on", "patience", "unfit", "certificates", "accuracy_only")
        given = (f"--{name.replace('_', '-')}" for name in of_others if getattr(self, name))
        values.refuse(
            *((f"{option} needs --fleet or --ssh", alone) for option in given),
            ("--fleet and --ssh cannot be combined", self.fleet and self.ssh),
        )
        return alone

    @property
    def again(self) -> str:
        """What reaches the same machines once more, as options of a command."""
        given = {
            "--fleet": self.fleet,
            "--ssh": self.ssh,
            "--ssh-program": None if self.ssh_program == PROGRAM else self.ssh_program,
            "--certificates": self.certificates,
            "--patience": f"{self.patience:g}s" if self.patience else None,
        }
        words = [word for name, value in given.items() if value for word in (name, str(value))]
        return shlex.join([*words, *(["--unfit"] if self.unfit else [])])


OWN = tuple(f"_{field.name}" for field in fields(Asked))  # the parameters of `run`
