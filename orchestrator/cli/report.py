"""`report`: stored runs as a page, a document, a table, or files that other tools read."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles

EPILOG = (
    "Examples:  report results/RUN --open  |  report results/RUN --embed-audio --output x.html  |"
    "  report results/*  |  report results/RUN --markdown  |"
    "  report results/* --parquet passes.parquet  |  report results/RUN --stm DIR --ctm DIR  |"
    "  report results/RUN --asr-leaderboard DIR"
)


def report(  # noqa: PLR0913 - each is one option of the command
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of stored runs.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "--html",
            metavar="FILE",
            help="File to write the page to [RUN/report.html].",
        ),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    embed_audio: Annotated[
        bool,
        typer.Option("--embed-audio", help="Embed the audio in the page, which makes it larger."),
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown instead of writing a page.")
    ] = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV instead of writing a page.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of writing a page.")
    ] = False,
    parquet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a Parquet table of every timed pass instead of a page."
        ),
    ] = None,
    asr_leaderboard: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write manifests for the Open ASR Leaderboard's tools instead of a page.",
        ),
    ] = None,
    trn: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write trn files for NIST's sclite instead of a page.",
        ),
    ] = None,
    stm: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write stm files for sclite, with the times of clips, instead of a page.",
        ),
    ] = None,
    ctm: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write ctm files for sclite, with the times of words, instead of a page.",
        ),
    ] = None,
) -> None:
    """Write an HTML page of one run or of several; every run already has its own."""
    ways = {"markdown": markdown, "csv": csv, "json": as_json, "parquet": parquet}
    folders = {"asr-leaderboard": asr_leaderboard, "trn": trn, "stm": stm, "ctm": ctm}
    named = {form: folder for form, folder in folders.items() if folder}
    chosen = [name for name, on in ways.items() if on]
    page = bool(output or open_page or embed_audio)
    if len(chosen) + bool(named) + page > 1:
        raise typer.BadParameter(
            "a page, --markdown, --csv, --json, --parquet and files for other tools are six ways:"
            " choose one"
        )
    if named:
        _write_files(runs, named)
    elif parquet:
        _write_passes(runs, parquet)
    elif chosen:
        _print(runs, chosen[0])
    else:
        _write_page(runs, output, open_page=open_page, embed_audio=embed_audio)


def _write_page(
    runs: list[Path], output: Path | None, *, open_page: bool, embed_audio: bool
) -> None:
    """Write the page, say where, and show it."""
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


def _write_files(runs: list[Path], named: dict[str, Path]) -> None:
    """Write what other tools read into the folder named for it, one a run where there are several.

    Say where each file is.
    """
    from orchestrator.reports.files import exchange
    from orchestrator.runs import find
    from orchestrator.runs.stored import read

    found = find.each(runs, read, _skip)
    for form, folder in named.items():
        for run in found:
            place = folder / run.name if len(found) > 1 else folder
            for path in exchange.write(run, place, form, _skip):
                print(path)


def _skip(sentence: str) -> None:
    consoles.stderr().print(sentence, style="dim", markup=False, soft_wrap=True)
