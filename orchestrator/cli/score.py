"""`score`: score a stored run's transcripts again."""

from typing import Annotated, get_args

import typer

from orchestrator.cli import consoles
from orchestrator.cli.options import Run

EPILOG = (
    "Examples:  score results/RUN --pairs  |  score results/RUN --normalizer none  |"
    "  score results/RUN --json"
)


def score(
    run_folder: Run,
    *,
    normalizer: Annotated[
        str,
        typer.Option(
            metavar="auto|english|basic|simplified|none",
            help="By language; with Chinese in simplified characters; none: as it is written.",
        ),
    ] = "auto",
    pairs: Annotated[bool, typer.Option("--pairs", help="Show every pair of backends.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary on stdout, nothing else.")
    ] = False,
) -> None:
    """Score a stored run's transcripts again, running nothing; `auto` renews its summary.json."""
    from orchestrator.analysis.scoring.text import Normalizer
    from orchestrator.analysis.summary import rescore
    from orchestrator.reports.terminal import results

    known: tuple[Normalizer, ...] = get_args(Normalizer)
    chosen = next((name for name in known if name == normalizer), None)
    if chosen is None:
        raise typer.BadParameter(f"there is no normalizer {normalizer!r}: {', '.join(known)}")
    summary = rescore(run_folder, chosen)
    if as_json:
        consoles.deliver(summary.as_json())
    else:
        results.render(summary, consoles.stdout(), pairs=pairs)
