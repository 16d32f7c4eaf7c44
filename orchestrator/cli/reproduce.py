"""`reproduce`: measure a stored run again, exactly as it was."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles
from orchestrator.cli.options import Run

EPILOG = "Example:  reproduce results/RUN"


def reproduce(
    run_folder: Run,
    *,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of runs [results].")
    ] = None,
) -> None:
    """Measure a stored run again, exactly as it was, and compare both."""
    from orchestrator.analysis.compare import compare
    from orchestrator.analysis.summary import exit_code
    from orchestrator.bench import run
    from orchestrator.reports.terminal import comparison
    from orchestrator.reports.terminal.progress import LiveWatcher
    from orchestrator.runs.stored import read

    earlier = read(run_folder)
    if earlier.rows:  # read whole, transcripts too, before anything is measured to compare with it
        compare(earlier, earlier, earlier.manifest.settings.region)
    with LiveWatcher(consoles.stderr()) as watcher:
        summary, folder = run.reproduce(earlier, output, watcher)
    found = compare(earlier, read(folder), summary.settings.region, across_machines=True)
    comparison.compare(found, consoles.stdout())
    raise typer.Exit(exit_code(summary))
