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
    from orchestrator.analysis.compare import compare, read
    from orchestrator.analysis.summary import exit_code
    from orchestrator.bench import provenance, run
    from orchestrator.reports.terminal import compare as report
    from orchestrator.reports.terminal.progress import LiveWatcher
    from orchestrator.runs.folder import RunFolder

    earlier = RunFolder(run_folder)
    manifest = earlier.manifest()
    options = provenance.options_of(earlier, output)
    with LiveWatcher(consoles.stderr()) as watcher:
        summary, folder = run.run(options, watcher, manifest)
    runs = (read(run_folder), read(folder))
    found = compare(*runs, summary.settings.region, across_machines=True)
    report.render(found, consoles.stdout())
    raise typer.Exit(exit_code(summary))
