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
        typer.Option("--backend", "-b", metavar="NAME", help="Limit to this backend or contender."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="NAME", help="Limit to this model.")
    ] = None,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder of stored runs.")] = Path(
        "results"
    ),
) -> None:
    """Show how each contender's time changed from run to run, and where it clearly jumped.

    Contenders with the same settings count as the same in all runs, whatever their names.
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
        typer.Option(metavar="NAME", help="Limit to this contender; may be repeated."),
    ] = None,
    decide: Annotated[
        float | None,
        typer.Option(
            metavar="4%",
            parser=values.fraction,
            help="Measure until a difference this small is decided.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write runs to [results].")
    ] = None,
) -> None:
    """Repeat a stored run exactly as it was, and compare the two."""
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
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a stored run.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "--out", metavar="FILE.zip", help="File to write [RUN.zip, here]."
        ),
    ] = None,
    with_audio: Annotated[
        bool,
        typer.Option("--with-audio", help="Also include the clips, which are people's voices."),
    ] = False,
) -> None:
    """Pack a run into a zip without names of users and machines, folders, logs or audio.

    It does contain clip names, references and transcripts: they are the result.
    """
    from orchestrator.runs import sharing

    written = sharing.share(run, output, with_audio=with_audio)
    print(written)
    what = "names of clips and what was said in them are in it"
    consoles.stderr().print(f"{what}: look before you share", style="dim", soft_wrap=True)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Zip written by `share`.")],
    *,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write runs to.")] = Path(
        "results"
    ),
) -> None:
    """Add somebody else's shared run to yours, as a run of another machine."""
    from orchestrator.runs import sharing

    print(sharing.receive(file, output))
