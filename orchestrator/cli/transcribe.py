"""`transcribe`: what is said in files, as text, subtitles or JSON."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import captions, consoles, options, values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.bench.transcribe import Heard
    from orchestrator.runs.schema import Contender
    from runners.protocol import Options

EPILOG = (
    "Examples:  transcribe talk.mp3  |  transcribe film.mp4 --format srt  |"
    "  transcribe *.wav -b whisper-cpp -m base --output texts  |  transcribe talk.mp3 --live"
)


def transcribe(  # noqa: PLR0913 - each is one option of the command
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Audio or video files.")],
    *,
    backend: options.BackendName = None,
    _envs: options.EnvsOfRun = None,
    model: Annotated[str | None, options.ModelName] = None,
    weights: options.Weights = "auto",
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="Format to write: txt, srt, vtt or json; may be repeated.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "--out", metavar="DIR", help="Write files into this folder [all formats]."
        ),
    ] = None,
    language: options.Language = None,
    track: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Audio track to transcribe [the file's default]."),
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Include the time of each word in JSON.")
    ] = False,
    threads: options.Threads = None,
    device: options.Device = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Show live captions of one file, as if it were spoken now."),
    ] = False,
    pace: options.Pace = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON per file.")
    ] = False,
) -> None:
    """Transcribe files with one backend.

    Prints the text or, with --format or --output, writes files: next to the recording, or into a
    folder. Existing files are overwritten. Exit code 1 if a file could not be transcribed.

    With --live, text that may still change is dim, and the latency of words is shown at the end.
    """
    from orchestrator.bench.transcribe import Wish
    from orchestrator.bench.transcribe import transcribe as transcribed
    from orchestrator.reports.terminal.progress import LiveWatcher
    from orchestrator.runs.transcripts import FORMATS, Files

    speed = values.pace(pace, None, live=live, other=False)
    values.refuse(
        ("--live takes one FILE", live and len(files) > 1),
        (
            "--live prints the text alone: leave --format, --output, --words and --json out",
            live and (formats or output or words or as_json),
        ),
    )
    wanted = list(dict.fromkeys(formats or (FORMATS if output else ())))
    if unknown := [form for form in wanted if form not in FORMATS]:
        raise typer.BadParameter(f"there is no format {unknown[0]!r}: {', '.join(FORMATS)}")
    kept = Files(files, output, wanted)
    chosen = choose(backend, model)
    asked = decoding(chosen, language, threads, device, words=words)
    wish = Wish(chosen.backend, chosen.model, asked, files, weights, track)
    if speed is not None:
        captions.of_file(wish, files[0], speed)
        return
    done, faults, watcher = 0, 0, LiveWatcher(consoles.stderr())
    try:
        for heard in watcher.each(transcribed(wish, watcher)):
            written = kept.write(heard.path, heard.spoken) if heard.spoken and wanted else []
            faults += heard.error is not None
            if as_json:
                print(_as_json(heard, written), flush=True)
            else:
                _show(heard, written, named=len(files) > 1)
            done += 1
    except KeyboardInterrupt as interrupt:
        if len(files) > 1:
            interrupt.add_note(f"{done} of {len(files)} files are done")
        raise
    raise typer.Exit(int(faults > 0))


def decoding(
    chosen: "Contender",
    language: str | None,
    threads: int | None,
    device: str | None = None,
    *,
    words: bool = False,
) -> "Options":
    """Return how the chosen one is to decode: as asked here, or else as it is."""
    from runners.protocol import Options

    return Options(
        language=None if language == "auto" else language,
        threads=threads or chosen.threads,
        device=device or chosen.device,
        precision=chosen.precision,
        extra=chosen.settings,
        words=words,
    )


def choose(backend: str | None, model: str | None) -> "Contender":
    """Return who transcribes; where no backend is named, say on stderr which it is, and why."""
    from orchestrator import backends
    from orchestrator.bench import selection
    from orchestrator.errors import UsageError, program
    from orchestrator.models import catalogue
    from orchestrator.runs import stored
    from orchestrator.runs.find import fastest_here
    from orchestrator.runs.schema import Contender

    def of(known: backends.Backend) -> Contender:
        name, asked = known.name, model or catalogue.usual(known)
        return Contender(name=name, backend=name, model=asked, threads=selection.threads(None))

    if backend is not None:
        run, name = stored.named(backend)
        if name is None:
            return of(*backends.choose([backend], backends.discover()))
        chosen = stored.contender(stored.read(run), name)
        if chosen.boost:
            what = f"{name} was given the terms of its run, and none are given here"
            raise UsageError(what, f"choose it without: -b {chosen.backend}")
        return chosen.model_copy(update={"model": model or chosen.model})
    here = [known for known in backends.discover() if known.supported and not known.remote]
    if not here:
        raise UsageError("no backend runs on this machine", f"{program()} backends")
    if found := fastest_here(Path("results"), [known.name for known in here]):
        chosen, why = found.contender, f"the fastest of run {found.run_id}"
        chosen = chosen.model_copy(update={"model": model or chosen.model})
    else:
        default = next((known for known in here if known.default), here[0])
        chosen, why = of(default), "there is no run here to go by"
    print(f"{chosen.name}, {chosen.model}: {why}; -b NAME takes another", file=sys.stderr)
    return chosen


def _show(heard: "Heard", written: "Sequence[Path]", *, named: bool) -> None:
    """Print what is said, or the files that it was written into; faults go to stderr."""
    from orchestrator.runs.transcripts import rendered

    if heard.error is not None:
        print(f"error: {heard.error}", file=sys.stderr)
        if heard.error.fix:
            print(f"  {heard.error.fix}", file=sys.stderr)
    for path in written:
        print(_plain(path), flush=True)
    if heard.spoken is not None and not written:
        heading = f"==> {_plain(heard.path)} <==\n" if named else ""
        print(heading + rendered(heard.spoken, "txt"), end="", flush=True)


def _as_json(heard: "Heard", written: "Sequence[Path]") -> str:
    import json

    from orchestrator.runs.transcripts import document

    line: dict[str, object] = {"file": _plain(heard.path)}
    if heard.spoken is not None:
        line |= document(heard.spoken) | {"written": [_plain(path) for path in written]}
    if heard.error is not None:
        line |= {"error": str(heard.error), "fix": heard.error.fix}
    return json.dumps(line)


def _plain(path: Path) -> str:
    """Return a path as a terminal can show it, whatever bytes it is made of."""
    return str(path).encode("utf-8", "replace").decode()
