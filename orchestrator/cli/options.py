"""Options that several commands share."""

from typing import Annotated

import typer

Backends = Annotated[
    list[str] | None, typer.Option("--backend", "-b", metavar="NAME", help="Only this one.")
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="NAME", help="A name, an alias (large, turbo) or a pattern ('*')."
    ),
]
