"""Stored runs: `history`, `reproduce`, `share` and `import`."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles, outcome, values
from orchestrator.cli.options import Envs, Run

HISTORY_EPILOG = (
    "Examples:  history  |  history -b whisper-cpp -m base  |  history --output elsewhere"
)


def history(
    *,
    backend: Annotated[
        str | None,
        typer.Option("--backend", "-b", metavar="NAME", help="Only this one, or this contender."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="NAME", help="Only this one.")
    ] = None,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder of runs.")] = Path("results"),
) -> None:
    """Show how each contender's time went over the runs so far, and where it made a step.

    A contender is the same in all runs that asked it for the same, whatever they call it.
    """
    from orchestrator.analysis.history import series
    from orchestrator.errors import UsageError, program
    from orchestrator.reports.terminal import comparison
    from orchestrator.runs import find

    found, skipped = find.all_runs(output)
    lines = series(found, backend, model)
    for sentence in skipped:
        consoles.stderr().print(sentence, style="dim", soft_wrap=True)
    if not lines:
        raise UsageError(f"no run in {output} measured that", f"{program()} run --all")
    comparison.history(lines, consoles.stdout())


REPRODUCE_EPILOG = (
    "Examples:  reproduce results/RUN  |"
    "  reproduce results/RUN --only faster-whisper --only whisper-cpp --decide 4%"
)


def reproduce(
    run_folder: Run,
    *,
    _envs: Envs = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this contender; may be given several times."),
    ] = None,
    decide: Annotated[
        float | None,
        typer.Option(
            metavar="4%", parser=values.fraction, help="Until so small a difference is decided."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of runs [results].")
    ] = None,
) -> None:
    """Measure a stored run again, exactly as it was, and compare both."""
    from orchestrator.analysis.compare import compare
    from orchestrator.analysis.summary import exit_code
    from orchestrator.bench import run
    from orchestrator.reports.terminal import comparison, results
    from orchestrator.reports.terminal.progress import LiveWatcher
    from orchestrator.runs.stored import read

    earlier = read(run_folder)
    if earlier.rows:  # read whole, transcripts too, before anything is measured to compare with it
        compare(earlier, earlier, earlier.manifest.settings.region)
    with LiveWatcher(consoles.stderr()) as watcher:
        summary, folder = run.reproduce(earlier, output, watcher, only=only or (), decide=decide)
    if only or decide or summary.interrupted:
        results.render(summary, consoles.stdout())
    else:
        found = compare(earlier, read(folder), summary.settings.region, across_machines=True)
        comparison.compare(found, consoles.stdout())
    outcome.say_how_to_continue(summary, folder)
    raise typer.Exit(exit_code(summary))


SHARE_EPILOG = "Examples:  share results/RUN  |  share results/RUN --with-audio --output run.zip"
IMPORT_EPILOG = (
    "Example:  import RUN.zip; then  compare results/MINE results/imported-RUN --across-machines"
)


def share(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "--out", metavar="FILE.zip", help="Where to write it [RUN.zip, here]."
        ),
    ] = None,
    with_audio: Annotated[
        bool, typer.Option("--with-audio", help="The clips too: they are voices of people.")
    ] = False,
) -> None:
    """Write a run into one zip without names of user and machine, folders, logs or audio.

    Names of clips, texts and transcripts are in it: they are the result.
    """
    from orchestrator.runs import sharing

    written = sharing.share(run, output, with_audio=with_audio)
    print(written)
    what = "names of clips and what was said in them are in it"
    consoles.stderr().print(f"{what}: look before you share", style="dim", soft_wrap=True)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What `share` wrote.")],
    *,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder of runs.")] = Path("results"),
) -> None:
    """Put somebody else's shared run among yours, as one of another machine."""
    from orchestrator.runs import sharing

    print(sharing.receive(file, output))
