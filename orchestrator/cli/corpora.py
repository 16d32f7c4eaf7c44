"""Corpora: those that go by a name (`corpora`), and one read aloud (`speech make`)."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Self

import typer

from orchestrator.cli import consoles, values
from orchestrator.cli.help import Command, Group
from orchestrator.errors import interruptible, program, quoted

CORPORA_EPILOG = "Example:  corpora; then  run --all --corpus test-clean --limit 100"


def corpora() -> None:
    """List the corpora that --corpus knows by name: language, size, licence, whether they are here.

    Any folder, table or manifest is a corpus too: see `run --help` and the README.
    """
    from orchestrator.clips.corpora import listed
    from orchestrator.reports.terminal import listings

    listings.corpora(listed(), consoles.stdout())


if TYPE_CHECKING:
    from orchestrator.runs.schema import Fault

app = typer.Typer(
    cls=Group, no_args_is_help=True, help="Make speech with known words: corpora for `run`."
)


@app.command(
    cls=Command,
    epilog="Examples:  speech make talk.txt --output talk --speed 0.8 --noise 10  |"
    "  speech make --terms names.txt --output names",
)
def make(  # noqa: PLR0913 - each is one option of the command
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.txt]", help="UTF-8; a line is a clip.")
    ] = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "--out", metavar="DIR", help="Folder of the corpus.")
    ],
    terms: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Names and jargon to say: {term} in a line is the next."),
    ] = None,
    speed: Annotated[
        list[float] | None,
        typer.Option("--speed", metavar="X", help="Each clip also X times as fast (0.5 to 2)."),
    ] = None,
    noise: Annotated[
        list[float] | None,
        typer.Option("--noise", metavar="DB", help="Each clip also in noise, so many dB under it."),
    ] = None,
    apart: Annotated[
        list[float] | None,
        typer.Option("--apart", metavar="S", help="Each clip also word by word, S seconds apart."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Of the noise.")] = 0,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="The first N lines only.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", metavar="N", min=1, help="Voices at once. [all fast cores]"),
    ] = None,
) -> None:
    """Read every line of FILE.txt aloud: DIR/FILE-0001.flac with its text in DIR/FILE-0001.txt.

    DIR/FILE-0001.TextGrid says when its sentences are spoken or, with --apart, its words: the truth
    of `run --word-times`.

    The number is the line's. What is there already is not made again, so that an interrupted
    command goes on where it was. The same text and seed give the same bytes. The voice is
    American English; lines it cannot read are named and left out, and the exit code is 1. With
    --terms each is said three times, in sentences of ours or in lines with {term}; FILE-0001.terms
    lists those of a clip, and `run` then says how well they are heard.
    """
    from orchestrator import units
    from orchestrator.bench import selection
    from orchestrator.clips.speech import corpus as making
    from orchestrator.clips.speech.lines import CARRIERS, variations
    from orchestrator.runs.terms import read

    values.refuse(("name a text, or --terms FILE for sentences of ours", not (file or terms)))
    chosen = variations(speed or (), noise or (), apart or ())
    listed = read(terms) if terms else ()
    threads = selection.threads(jobs)
    source, name = file or CARRIERS, (file or terms or CARRIERS).stem
    order = making.Order(source, output, chosen, seed, limit, threads, listed, name)
    again = "finished clips are kept, and the same command makes the others"
    with interruptible(again), _Progress() as progress:
        tally = making.make(order, progress)
    made, kept, refused = (tally.clips[each] for each in ("made", "kept", "refused"))
    parts = [f"{units.count(made, 'clip')} made ({units.duration(tally.seconds)} of speech)"]
    parts += [f"{kept} there already"] if kept else []
    parts += [f"{refused} left out"] if refused else []
    print(f"{output}: {', '.join(parts)}")
    if others := sum(1 for _ in output.glob("*.flac")) - made - kept:
        print(f"{units.count(others, 'other clip')} in {output} belong to that corpus too")
    print(f"  {program()} run --corpus {quoted(output)}")
    raise typer.Exit(int(refused > 0))


class _Progress:
    """Draws on stderr: a bar in a terminal, else a line each time a tenth is done."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = consoles.stderr()
        self._bar = Progress(
            TextColumn("{task.completed:.0f} of {task.total:.0f} clips"),
            BarColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._done = self._total = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def note(self, what: str) -> None:
        """Print what has to be done first."""
        self._say(what)

    def begin(self, clips: int) -> None:
        """Start the count."""
        self._total = clips
        self._task = self._bar.add_task("", total=clips)

    def clip(self) -> None:
        """Count one clip."""
        self._done += 1
        self._bar.advance(self._task)
        tenths, before = (10 * n // self._total for n in (self._done, self._done - 1))
        if not self._console.is_terminal and tenths > before:
            self._say(f"{self._done} of {self._total} clips")

    def fault(self, fault: "Fault") -> None:
        """Print why a line is left out."""
        self._say(f"left out  {fault.where}: {fault.what}", "yellow")

    def _say(self, line: str, style: str = "") -> None:
        from rich.text import Text

        self._console.print(Text(line, style), soft_wrap=True)
