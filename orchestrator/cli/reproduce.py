"""`reproduce`: measure a stored run again, exactly as it was."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles


def reproduce(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    *,
    output: Annotated[Path | None, typer.Option(help="Folder of runs [results].")] = None,
) -> None:
    """Measure a stored run again, exactly as it was, and compare both."""
    from orchestrator import measure, provenance
    from orchestrator.report import comparison
    from orchestrator.report.live import LiveWatcher
    from orchestrator.results.reduce import block_times
    from orchestrator.store import RunFolder
    from orchestrator.summary import exit_code

    earlier = RunFolder(run_folder)
    manifest = earlier.manifest()
    options = provenance.options_of(earlier, output)
    with LiveWatcher(consoles.stderr()) as watcher:
        summary, folder = measure.run(options, watcher, manifest)
    before, after = block_times(earlier.rows()), block_times(RunFolder(folder).rows())
    comparison.render(before, after, summary.settings.region, consoles.stdout())
    raise typer.Exit(exit_code(summary))
