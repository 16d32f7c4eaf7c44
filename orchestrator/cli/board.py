"""`board`: any number of runs on one page by chip, and the check of what others contribute."""

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli import consoles
from orchestrator.cli.help import Command, Group
from orchestrator.errors import ConfigError


class _Board(Group):
    """Takes what is no command of its own for what `make` is given: `board results`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as typer has it
        """Put `make` in front of anything but a command's name or a plea for help."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["make", *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


app = typer.Typer(
    cls=_Board,
    no_args_is_help=True,
    help="Show any number of runs on one page, by chip, engine and model.",
    epilog="Example:  board results contributions/ --parquet board.parquet",
)

_Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="DIR|ZIP...", help="Runs, zips written by `share`, or folders of either."
    ),
]


@app.command(cls=Command, epilog="Example:  board make results contributions/ --output board.html")
def make(
    paths: _Paths,
    *,
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="File to write the page to.")
    ] = Path("board.html"),
    parquet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write a Parquet table with a row per contender and run."
        ),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Write one page of all runs; the word `make` may be omitted.

    Left out, each with its reason: damaged runs, duplicates, and runs that cannot be compared with
    others (--load, --robustness, one backend against itself).
    """
    from orchestrator import units
    from orchestrator.reports import board
    from orchestrator.reports.terminal.progress import LiveWatcher

    with LiveWatcher(consoles.stderr()) as watcher:
        made = board.write(paths, output, parquet, watcher)
    for path in filter(None, (output, parquet)):
        print(path)
    parts = [f"{units.count(made.runs, 'run')}, {units.count(made.shown, 'line')}"]
    parts += [f"{made.left_out:,} left out"] if made.left_out else []
    parts += [f"{made.unseen:,} lines had no room"] if made.unseen else []
    consoles.stderr().print("; ".join(parts), style="dim", highlight=False, soft_wrap=True)
    if open_page:
        import webbrowser

        webbrowser.open(output.resolve().as_uri())


@app.command(cls=Command, epilog="Example:  board check contributions/20261122-160117-bfd6.zip")
def check(paths: _Paths) -> None:
    """Check zips contributed to a board: RUN-ID.zip, as written by `share`, without audio.

    For CI: reads everything in each zip and recomputes its summary from its rows. Exit code 2 if
    there is a fault; all are listed by file.
    """
    from importlib.metadata import version

    from orchestrator import units
    from orchestrator.analysis import contribution
    from orchestrator.errors import DISTRIBUTION
    from orchestrator.runs import find

    found: list[str] = []
    zips = list(find.stored_and_shared(paths))
    for path in zips:
        found += [f"{path}: {fault}" for fault in contribution.faults(path, version(DISTRIBUTION))]
    if found:
        raise ConfigError("\n".join(found), "share the run again, and leave its zip as it is")
    print(f"{units.count(len(zips), 'contribution')}, no fault found")
