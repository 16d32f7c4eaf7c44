"""`run`: measure backends on clips."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import completion, options, parsing
from orchestrator.cli.measuring import measured, spoken, sustained

EPILOG = (
    "Examples:  run --all  |  run talk.wav -b faster-whisper -b whisper-cpp -m base  |"
    "  run --all --profile full --budget 30m  |  run --all --corpus test-clean --limit 100  |"
    "  run --all --robustness  |  run --resume results/RUN"
)


def run(  # noqa: PLR0913 - each is one option of the command
    clips: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CLIP]...", help="Audio or video; a .txt beside it is its text."),
    ] = None,
    *,
    record: Annotated[
        bool, typer.Option("--record", help="A clip from the microphone, said now.")
    ] = False,
    corpus: Annotated[
        str | None,
        typer.Option(
            metavar="X",
            help="A folder, a table, a manifest or a name (see corpora).",
            autocompletion=completion.corpora,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="A sample of so many of its clips, of all lengths, by --seed."),
    ] = None,
    no_reference: Annotated[
        bool,
        typer.Option("--no-reference", help="No transcripts: how far backends differ, and where."),
    ] = False,
    robustness: Annotated[
        bool,
        typer.Option("--robustness", help="Silence, noise, seams, clipping...: a verdict on each."),
    ] = False,
    all_backends: Annotated[bool, typer.Option("--all", help="Every backend.")] = False,
    backend: options.Backends = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="tiny.en, base, large, turbo, ...",
            autocompletion=completion.models,
        ),
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
        str | None,
        typer.Option(help="Such as en; auto detects, and measures it [the corpus's, or auto]."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads [performance cores].")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    precision: Annotated[
        str | None,
        typer.Option(help="Of the weights, such as int8, float16, float32 [each project's own]."),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Draws the order within blocks, and the sample.")
    ] = 0,
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
        Path | None,
        typer.Option(
            metavar="RUN",
            help="Go on with a run that was cut off.",
            autocompletion=completion.run_folders,
        ),
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Show the verdict on every pair.")] = False,
    transcripts: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write every transcript as txt, srt, vtt and JSON."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Folder of runs [results].")] = None,
    page: Annotated[
        bool, typer.Option("--page/--no-page", help="End with report.html, a page to look at.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, nothing else.")
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going/--fail-fast", help="After a backend failed.")
    ] = True,
) -> None:
    """Measure backends on clips (default: the bundled speech, tiny.en)."""
    from orchestrator.bench import run
    from orchestrator.bench.selection import RunOptions
    from orchestrator.host import performance_cores
    from orchestrator.runs.schema import Settings

    show = partial(measured, transcripts=transcripts, pairs=pairs, page=page, as_json=as_json)
    if resume is not None:
        show(lambda watcher: run.resume(resume, watcher))
    parsing.refuse(
        ("say which backends: --all, or -b NAME (any number)", all_backends == bool(backend)),
        ("--record is the clip: leave clips and --corpus away", record and (clips or corpus)),
        ("--aa and --sustain take one -b NAME", (aa or sustain) and len(backend or ()) != 1),
        (f"{model} knows English only: -m base", language == "auto" and model.endswith(".en")),
    )
    settings = Settings(
        model=model,
        weights=weights,
        profile="parity" if parity else "recommended",
        language=language,
        threads=threads or performance_cores(),
        device=device,
        precision=precision,
        plan=parsing.profile(profile, blocks),
        repeats=repeats,
        seed=seed,
        budget_seconds=parsing.span(budget) if budget else None,
        region=region,
        load=load,
        labels=max(aa, 1),
        substitute=substitute,
        local=parsing.pairs(model_path or ()),
        corpus=corpus,
        limit=limit,
        references=not no_reference,
        robustness=robustness,
    )
    files = (spoken(output),) if record else tuple(clips or ())
    asked = RunOptions(settings, tuple(backend or ()), files, output, fail_fast=not keep_going)
    if sustain is not None:
        sustained(asked, parsing.span(sustain))
    show(lambda watcher: run.run(asked, watcher))
