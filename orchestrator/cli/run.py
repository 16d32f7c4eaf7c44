"""`run`: measure backends on clips."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import completion, fleet_run, noise_options, options, outcome, suite, values
from orchestrator.cli import fleet_options as machines
from orchestrator.cli import run_options as heard
from orchestrator.cli.options import decode, long, who

if TYPE_CHECKING:
    from orchestrator.runs.schema.contender import Wish

EPILOG = (
    "Examples:  run  |  run talk.wav -b faster-whisper -b whisper-cpp -m base  |"
    "  run --profile full --budget 30m  |  run --corpus test-clean --limit 100  |"
    "  run --robustness  |  run --resume results/RUN"
)

_output = partial(typer.Option, rich_help_panel="Output")


def run(  # noqa: PLR0913 - each is one option of the command
    context: typer.Context,
    clips: heard.Clips = None,
    *,
    record: heard.Record = False,
    corpus: heard.Corpus = None,
    limit: heard.Limit = None,
    no_reference: heard.NoReference = False,
    terms: heard.Terms = None,
    boost: heard.Boost = False,
    by: heard.By = None,
    track: heard.Track = None,
    live: heard.Live = False,
    pace: heard.Pace = None,
    word_times: heard.WordTimes = False,
    noise: noise_options.Noise = None,
    noise_kind: noise_options.NoiseKind = None,
    reverb: noise_options.Reverb = None,
    robustness: heard.Robustness = False,
    all_backends: Annotated[bool, who("--all", help="The usual backends, as without -b.")] = False,
    everything: Annotated[
        bool, who("--everything", help="Also those that --all leaves out.")
    ] = False,
    _envs: options.EnvsOfRun = None,
    backend: options.BackendsOfRun = None,
    model: Annotated[list[str] | None, options.ModelNames] = None,
    weights: options.Weights = "auto",
    model_path: options.ModelPaths = None,
    substitute: Annotated[
        bool, who("--substitute", help="Take the nearest model a backend has; the row says so.")
    ] = False,
    parity: Annotated[
        bool, decode("--parity", help="Engines, not products: same weights, greedy.")
    ] = False,
    language: options.Language = None,
    threads: Annotated[
        list[str] | None,
        decode(metavar="N", help="CPU threads, a list as well: 1,2 [performance cores]."),
    ] = None,
    device: Annotated[
        list[str] | None,
        decode(
            metavar="auto|cpu|gpu",
            parser=values.each_of("auto", "cpu", "gpu"),
            help="What computes, a list as well [auto].",
        ),
    ] = None,
    precision: Annotated[
        list[str] | None,
        decode(metavar="TYPE", help="Such as int8, a list as well [each project's own]."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        decode(
            "--set",
            metavar="NAME=VALUE",
            help="An engine's own setting; BACKEND:NAME=VALUE for one (backends NAME --settings).",
        ),
    ] = None,
    profile: Annotated[
        str,
        long(
            **values.choice("quick", "full"), help="3 blocks and medians, or 6 to 20 and verdicts."
        ),
    ] = "quick",
    decide: Annotated[
        float | None,
        long(
            metavar="5%",
            parser=values.fraction,
            help="Verdicts, until so small a difference is decided; within --budget [1h].",
        ),
    ] = None,
    blocks: Annotated[
        int | None,
        long(min=1, max=1000, metavar="N", help="Exactly so many fresh processes a backend."),
    ] = None,
    repeats: Annotated[
        int | None,
        long(
            min=1,
            max=1000,
            metavar="N",
            help="Timed passes a process [3; 1 of 3 clips, or if over 5 s].",
        ),
    ] = None,
    interleave: options.Interleave = None,
    budget: Annotated[
        float | None, long(metavar="20m", parser=values.span, help="Start no block beyond this.")
    ] = None,
    threshold: Annotated[float, long("--threshold", "--region", **options.THRESHOLD)] = 0.03,
    rank_remote: Annotated[bool, long("--rank-remote", help=options.RANK_REMOTE)] = False,
    seed: Annotated[int, long(min=0, metavar="N", help="Seed of the order and the sample.")] = 0,
    aa: Annotated[
        int | None, long("--aa", min=2, metavar="N", help="One backend against itself, N times.")
    ] = None,
    load: Annotated[
        str | None,
        long(metavar="COMMAND", parser=values.program, help="Runs meanwhile, all the time."),
    ] = None,
    sustain: Annotated[
        float | None, long(metavar="15m", parser=values.span, help="One backend without a pause.")
    ] = None,
    yes: Annotated[bool, long("--yes", help="Begin without asking, however long.")] = False,
    fail_fast: Annotated[
        bool, long("--fail-fast/--keep-going", help="Stop after a contender failed.")
    ] = False,
    resume: Annotated[
        Path | None,
        long(
            metavar="RUN",
            help="Go on with a run that was cut off.",
            autocompletion=completion.run_folders,
        ),
    ] = None,
    _fleet: machines.Address = None,
    _ssh: machines.Ssh = None,
    _ssh_program: machines.SshProgram = machines.PROGRAM,
    _on: machines.On = None,
    _patience: machines.Patience = None,
    _unfit: machines.Unfit = False,
    _certificates: machines.Certificates = None,
    _accuracy_only: machines.AccuracyOnly = False,
    pairs: Annotated[bool, _output("--pairs", help="Show the verdict on every pair.")] = False,
    transcripts: Annotated[
        Path | None, _output(metavar="DIR", help="All transcripts, as txt, srt, vtt, JSON.")
    ] = None,
    output: Annotated[
        Path | None, _output("--output", metavar="DIR", help="Folder of runs [results].")
    ] = None,
    page: Annotated[
        bool, _output("--page/--no-page", help="End with report.html, a page to look at.")
    ] = True,
    as_json: Annotated[
        bool, _output("--json", help="Print summary.json on stdout, nothing else.")
    ] = False,
) -> None:
    """Measure backends on clips (default: all of them on the bundled speech, tiny.en)."""
    from orchestrator.bench import run, selection
    from orchestrator.runs.suite import Measurement

    show = partial(
        outcome.measured, transcripts=transcripts, pairs=pairs, page=page, as_json=as_json, yes=yes
    )
    fleet_run.measured(context)
    if resume is not None:
        show(partial(run.resume, resume))
    if whole := suite.named(context, clips or [], output, fail_fast=fail_fast):
        show(partial(run.run, whole))
    alone = ("--aa and --sustain take one -b NAME", (aa or sustain) and len(backend or ()) != 1)
    values.refuse(*values.all_and(backend, all_backends, everything), alone)
    asked = Measurement(
        **heard.asked(corpus, limit, terms, by, references=not no_reference, word_times=word_times),
        robustness=robustness,
        track=track,
        language=language,
        parity=parity,
        weights=weights,  # type: ignore[arg-type] # a parser let it through
        profile=profile,  # type: ignore[arg-type] # the same
        blocks=blocks,
        decide=decide,
        repeats=repeats,
        interleave=interleave,  # type: ignore[arg-type] # the same
        budget=budget,
        region=threshold,
        seed=seed,
        load=load,
        substitute=substitute,
        local=values.pairs(model_path or ()),
        rank_remote=rank_remote,
        **noise_options.asked(noise, noise_kind, reverb, other=robustness or sustain is not None),
        pace=values.pace(pace, interleave, live=live, other=robustness or sustain is not None),
    )
    wish = _wish(
        backend, model, device, precision, threads, settings, boost=boost, everything=everything
    )
    files = _files(clips or [], corpus, output) if record else clips or []
    given = selection.options(asked, [wish], files, output, labels=aa or 1, fail_fast=fail_fast)
    show(partial(run.run, given)) if sustain is None else outcome.sustained(given, sustain)


def _files(clips: list[Path], corpus: str | None, output: Path | None) -> list[Path]:
    """Record the clip; refuse any other beside it."""
    asked = clips or corpus
    values.refuse(("--record is the clip: leave clips and --corpus out", asked))
    return [outcome.spoken(output)]


def _wish(  # noqa: PLR0913, PLR0917 - each is one option
    backends: list[str] | None,
    models: list[str] | None,
    devices: list[str] | None,
    precisions: list[str] | None,
    threads: list[str] | None,
    settings: list[str] | None,
    *,
    boost: bool,
    everything: bool,
) -> "Wish":
    """Return who takes part, of options that may be repeated or be comma lists."""
    from orchestrator.runs.schema.contender import Wish

    common, own = values.engine_settings(settings or ())
    return Wish(
        backends=values.listed(backends or ()),
        models=values.listed(models or ()),
        devices=values.listed(devices or ()) or ("auto",),
        precisions=values.listed(precisions or ()) or (None,),
        threads=values.counts(threads or ()),
        settings=common,
        own=own,
        boosts=(False, True) if boost else (False,),
        everything=everything,
    )
