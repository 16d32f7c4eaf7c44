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
    """List the corpora that --corpus knows by name: language, size, licence, whether on disk.

    Any folder, table or manifest can be a corpus too: see `run --help` and the README.
    """
    from orchestrator.clips.corpora import listed
    from orchestrator.reports.terminal import listings

    listings.corpora(listed(), consoles.stdout())


if TYPE_CHECKING:
    from orchestrator.runs.schema import Fault

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="Synthesise speech with a known transcript: corpora for `run`.",
)


@app.command(
    cls=Command,
    epilog="Examples:  speech make talk.txt --output talk --speed 0.8 --noise 10  |"
    "  speech make --terms names.txt --output names",
)
def make(  # noqa: PLR0913 - each is one option of the command
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE.txt]", help="UTF-8 text; each line becomes a clip."),
    ] = None,
    *,
    output: Annotated[
        Path,
        typer.Option("--output", "--out", metavar="DIR", help="Folder to write the corpus to."),
    ],
    terms: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names and jargon to speak; {term} in a line stands for the next one.",
        ),
    ] = None,
    speed: Annotated[
        list[float] | None,
        typer.Option(
            "--speed",
            metavar="X",
            help="Also make each clip X times as fast (0.5 to 2); may be repeated.",
        ),
    ] = None,
    noise: Annotated[
        list[float] | None,
        typer.Option(
            "--noise",
            metavar="DB",
            help="Also make each clip in noise, DB decibels below the voice; may be repeated.",
        ),
    ] = None,
    apart: Annotated[
        list[float] | None,
        typer.Option(
            "--apart",
            metavar="S",
            help="Also make each clip word by word, with pauses of S seconds; may be repeated.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, metavar="N", help="Random seed for the noise.")
    ] = 0,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Read only the first N lines.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="Number of clips to synthesise in parallel [all fast cores].",
        ),
    ] = None,
) -> None:
    """Synthesise each line of FILE.txt: DIR/FILE-0001.flac, with its text in DIR/FILE-0001.txt.

    DIR/FILE-0001.TextGrid has the times of its sentences or, with --apart, of its words: the ground
    truth for `run --word-times`.

    Clips are numbered by line. Existing clips are kept, so an interrupted command continues where
    it stopped. The same text and seed give the same bytes. The voice is American English; lines it
    cannot read are reported and left out, and the exit code is then 1. With --terms, each term is
    spoken three times, in built-in sentences or in your lines with {term}; FILE-0001.terms lists
    the terms of a clip, and `run` then reports how well they are recognised.
    """
    from orchestrator import units
    from orchestrator.bench import selection
    from orchestrator.clips.speech import corpus as making
    from orchestrator.clips.speech.lines import CARRIERS, variations
    from orchestrator.runs.terms import read

    values.refuse(("name a text file, or --terms FILE for built-in sentences", not (file or terms)))
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
