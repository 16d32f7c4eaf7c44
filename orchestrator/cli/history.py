"""`history`: a folder of runs over time."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles

EPILOG = "Examples:  history  |  history -b whisper-cpp -m base  |  history --output elsewhere"


def history(
    *,
    backend: Annotated[
        str | None, typer.Option("--backend", "-b", metavar="NAME", help="Only this one.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="NAME", help="Only this one.")
    ] = None,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder of runs.")] = Path("results"),
) -> None:
    """Show how each backend's time went over the runs made so far, and where it made a step."""
    from orchestrator.analysis import history as runs
    from orchestrator.errors import UsageError
    from orchestrator.reports.terminal import comparison
    from orchestrator.runs import find

    found, skipped = find.all_runs(output)
    lines = runs.series(found, backend, model)
    for sentence in skipped:
        consoles.stderr().print(sentence, style="dim", soft_wrap=True)
    if not lines:
        raise UsageError(f"no run in {output} measured that", "python -m orchestrator run --all")
    comparison.history(lines, consoles.stdout())
