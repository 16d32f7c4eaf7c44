"""`recommend`: which backend to take, for what."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import completion, consoles

EPILOG = (
    "Examples:  recommend results/RUN --for dictation  |  recommend results/RUN --for meetings"
    " --memory 8GB  |  recommend results/RUN --for batch --weight accuracy=0.5"
)


def recommend(
    run_folder: Annotated[
        Path,
        typer.Argument(
            metavar="RUN", help="The folder of a run.", autocompletion=completion.run_folders
        ),
    ],
    *,
    purpose: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="PURPOSE",
            help="dictation, meetings, batch or battery.",
            autocompletion=completion.purposes,
        ),
    ],
    memory: Annotated[
        str | None,
        typer.Option(metavar="8GB", help="Only what fits into it, with room for all else."),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=SHARE", help="Another weight; the others share the rest."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, nothing else.")
    ] = False,
) -> None:
    """Choose among the backends of a run, with all the choice rests on.

    Prints the weights, every score, what would turn the choice, whether it is decided, and from how
    many clips a day on a slower start pays. What was not measured never counts as zero.
    """
    from orchestrator.analysis.recommend import Request, room
    from orchestrator.analysis.recommend import recommend as choose
    from orchestrator.reports.terminal import recommend as report

    available = room.parse(memory) if memory is not None else None
    advice = choose(run_folder, Request(purpose, available, _shares(weight or ())))
    if as_json:
        print(report.as_json(advice))
    else:
        report.render(advice, consoles.stdout())


def _shares(texts: Sequence[str]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, _, share = text.partition("=")
        try:
            found[name.strip()] = float(share.removesuffix("%")) / (100 if "%" in share else 1)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} is not NAME=SHARE, such as speed=0.5") from error
    return found
