"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import completion

Backends = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        "-b",
        metavar="NAME",
        help="Only this one.",
        autocompletion=completion.backends,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        help="A name, an alias (large, turbo) or a pattern ('*').",
        autocompletion=completion.models,
    ),
]
Run = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", help="The folder of a run.", autocompletion=completion.run_folders
    ),
]
