"""`report`: stored runs as a page to look at, or as text for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles

EPILOG = (
    "Examples:  report results/RUN --open  |  report results/RUN --embed-audio --output x.html  |"
    "  report results/*  |  report results/RUN --markdown"
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
) -> None:
    """Make the page of a run, or one of several; every run has its own already."""
    chosen = [name for name, on in (("markdown", markdown), ("csv", csv), ("json", as_json)) if on]
    if len(chosen) > 1 or (chosen and (output or open_page or embed_audio)):
        raise typer.BadParameter("a page, --markdown, --csv and --json are four ways: choose one")
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
    from orchestrator.analysis.summary import summary_of
    from orchestrator.reports.files import as_csv, as_json
    from orchestrator.reports.files.markdown import as_markdown
    from orchestrator.runs import find

    forms = {"markdown": as_markdown, "csv": as_csv, "json": as_json}
    consoles.deliver(forms[form](*find.each(runs, summary_of, _skip)))


def _skip(sentence: str) -> None:
    consoles.stderr().print(sentence, style="dim", markup=False, soft_wrap=True)
