"""Stored runs: `report`, `history`, `score`, `reproduce`, `share` and `import`."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from orchestrator.cli import consoles, options, values
from orchestrator.cli.options import Envs, Run

REPORT_EPILOG = (
    "Examples:  report results/RUN --open  |  report results/RUN --embed-audio --output x.html  |"
    "  report results/*  |  report results/RUN --markdown  |"
    "  report results/* --parquet passes.parquet"
)


def report(  # noqa: PLR0913 - each is one option of the command
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "--html", metavar="FILE", help="The page [RUN/report.html]."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    embed_audio: Annotated[
        bool, typer.Option("--embed-audio", help="Put the speech into the page: it grows.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown instead.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary instead.")] = False,
    parquet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a table of every timed pass instead."),
    ] = None,
) -> None:
    """Make the page of a run, or one of several; every run has its own already."""
    ways = {"markdown": markdown, "csv": csv, "json": as_json, "parquet": parquet}
    chosen = [name for name, on in ways.items() if on]
    if len(chosen) > 1 or (chosen and (output or open_page or embed_audio)):
        raise typer.BadParameter(
            "a page, --markdown, --csv, --json and --parquet are five ways: choose one"
        )
    if parquet:
        _write_passes(runs, parquet)
        return
    if chosen:
        _print(runs, chosen[0])
        return
    from orchestrator.reports.html import write
    from orchestrator.reports.terminal.progress import LiveWatcher

    with LiveWatcher(consoles.stderr()) as watcher:
        target = write(runs, output, embed_audio=embed_audio, watcher=watcher)
    print(target)
    if open_page:
        import webbrowser

        webbrowser.open(target.resolve().as_uri())


def _print(runs: list[Path], form: str) -> None:
    """Print the runs on stdout as one document, nothing else."""
    from orchestrator.analysis.rescore import summary_of
    from orchestrator.reports.files import as_csv, as_json
    from orchestrator.reports.files.markdown import as_markdown
    from orchestrator.runs import find

    forms = {"markdown": as_markdown, "csv": as_csv, "json": as_json}
    consoles.deliver(forms[form](*find.each(runs, summary_of, _skip)))


def _write_passes(runs: list[Path], target: Path) -> None:
    """Write every pass of the runs as one Parquet file, and say where."""
    from orchestrator.reports.files import arrow
    from orchestrator.runs import find
    from orchestrator.runs.stored import read

    arrow.write(target, find.each(runs, read, _skip))
    print(target)


def _skip(sentence: str) -> None:
    consoles.stderr().print(sentence, style="dim", markup=False, soft_wrap=True)


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


SCORE_EPILOG = (
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
    rank_remote: options.RankRemote = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary on stdout, nothing else.")
    ] = False,
) -> None:
    """Score a stored run's transcripts again, running nothing.

    As runs are scored, without another --normalizer or --rank-remote, its summary.json is renewed.
    """
    from orchestrator.analysis.rescore import rescore
    from orchestrator.analysis.scoring.text import Normalizer
    from orchestrator.reports.terminal import results

    known: tuple[Normalizer, ...] = get_args(Normalizer)
    chosen = next((name for name in known if name == normalizer), None)
    if chosen is None:
        raise typer.BadParameter(f"there is no normalizer {normalizer!r}: {', '.join(known)}")
    summary = rescore(run_folder, chosen, rank_remote=rank_remote)
    if as_json:
        consoles.deliver(summary.as_json())
    else:
        results.render(summary, consoles.stdout(), pairs=pairs)


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
    if only or decide:
        results.render(summary, consoles.stdout())
    else:
        found = compare(earlier, read(folder), summary.settings.region, across_machines=True)
        comparison.compare(found, consoles.stdout())
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
