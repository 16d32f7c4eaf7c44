"""`run`: measure backends on clips."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import fleet_options as machines
from orchestrator.cli import fleet_run, noise_options, options, outcome, suite, values
from orchestrator.cli import measurement_options as timing
from orchestrator.cli import run_options as heard
from orchestrator.cli.options import decode, who

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
    all_backends: Annotated[
        bool, who("--all", help="Use the default backends, as without -b.")
    ] = False,
    everything: Annotated[
        bool,
        who(
            "--everything",
            help="Also use backends that --all leaves out, such as downloads over 1 GB.",
        ),
    ] = False,
    _envs: options.EnvsOfRun = None,
    backend: options.BackendsOfRun = None,
    model: Annotated[list[str] | None, options.ModelNames] = None,
    weights: options.Weights = "auto",
    model_path: options.ModelPaths = None,
    substitute: Annotated[
        bool,
        who(
            "--substitute",
            help="Use the nearest model if a backend lacks the one asked for; the row says so.",
        ),
    ] = False,
    parity: Annotated[
        bool,
        decode(
            "--parity",
            help="Compare engines on equal terms: one checkpoint for all, greedy decoding.",
        ),
    ] = False,
    language: options.Language = None,
    threads: Annotated[
        list[str] | None,
        decode(metavar="N", help="Number of CPU threads, or a list: 1,2 [performance cores]."),
    ] = None,
    device: Annotated[
        list[str] | None,
        decode(
            metavar="auto|cpu|gpu",
            parser=values.each_of("auto", "cpu", "gpu"),
            help="Device to run the model on, or a list [auto].",
        ),
    ] = None,
    precision: Annotated[
        list[str] | None,
        decode(
            metavar="TYPE",
            help="Numeric precision, such as int8, or a list [each project's default].",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        decode(
            "--set",
            metavar="NAME=VALUE",
            help="Engine setting; BACKEND:NAME=VALUE for one backend (backends NAME --settings).",
        ),
    ] = None,
    profile: timing.Profile = "quick",
    decide: timing.Decide = None,
    blocks: timing.Blocks = None,
    repeats: timing.Repeats = None,
    interleave: timing.Interleave = None,
    budget: timing.Budget = None,
    threshold: timing.Threshold = 0.03,
    rank_remote: timing.RankRemote = False,
    seed: timing.Seed = 0,
    aa: timing.AA = None,
    load: timing.Load = None,
    sustain: timing.Sustain = None,
    yes: timing.Yes = False,
    fail_fast: timing.FailFast = False,
    resume: timing.Resume = None,
    _fleet: machines.Address = None,
    _ssh: machines.Ssh = None,
    _ssh_program: machines.SshProgram = machines.PROGRAM,
    _on: machines.On = None,
    _patience: machines.Patience = None,
    _unfit: machines.Unfit = False,
    _certificates: machines.Certificates = None,
    _accuracy_only: machines.AccuracyOnly = False,
    pairs: Annotated[
        bool, _output("--pairs", help="Show the verdict on every pair of contenders.")
    ] = False,
    transcripts: Annotated[
        Path | None,
        _output(
            metavar="DIR", help="Write all transcripts to this folder, as txt, srt, vtt and JSON."
        ),
    ] = None,
    output: Annotated[
        Path | None, _output("--output", metavar="DIR", help="Folder to write runs to [results].")
    ] = None,
    page: Annotated[
        bool,
        _output("--page/--no-page", help="Write report.html, a page of the results, at the end."),
    ] = True,
    as_json: Annotated[bool, _output("--json", help="Print only summary.json to stdout.")] = False,
) -> None:
    """Measure backends on clips (default: all of them, with tiny.en, on the bundled speech)."""
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
    values.refuse(("--record cannot be combined with clips or --corpus", asked))
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
