"""`recommend`: which contender to take, for what."""

from typing import Annotated

import typer

from orchestrator.cli import completion, consoles, options, values

EPILOG = (
    "Examples:  recommend results/RUN --for dictation  |  recommend results/RUN --for meetings"
    " --memory 8GB  |  recommend results/RUN --for batch --weight accuracy=0.5"
)


def recommend(  # noqa: PLR0913 - each is one option of the command
    of: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Folder of a stored run, or RUN#NAME for one contender of it.",
            autocompletion=completion.run_folders,
        ),
    ],
    *,
    purpose: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="PURPOSE",
            parser=values.one_of(*completion.PURPOSES),
            help=f"What the engine is for: {', '.join(completion.PURPOSES)}.",
            autocompletion=completion.purposes,
        ),
    ],
    memory: Annotated[
        float | None,
        typer.Option(
            metavar="8GB",
            parser=values.size,
            help="Only contenders that fit into this much memory, with room for the system.",
        ),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARE",
            help="Change one weight (speed=50%), scaling the others to fit; may be repeated.",
        ),
    ] = None,
    rank_remote: options.RankRemote = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print only the recommendation to stdout, as JSON.")
    ] = False,
) -> None:
    """Recommend one of a run's contenders for a purpose, and show the reasons.

    Prints the weights, every score, what would change the choice, whether it is decided, and from
    how many clips a day a slower start pays off. What was not measured never counts as zero.
    """
    from orchestrator.analysis.recommend import Request
    from orchestrator.analysis.recommend import recommend as choose
    from orchestrator.reports.terminal import recommendation as report
    from orchestrator.runs.stored import named

    run, only = named(of)
    weights = values.shares(weight or ())
    asked = Request(purpose, memory, weights, only, rank_remote=rank_remote)
    advice = choose(run, asked)
    if as_json:
        consoles.deliver(f"{report.as_json(advice)}\n")
    else:
        report.render(advice, consoles.stdout())
