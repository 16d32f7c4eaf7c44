"""The run loop every Python runner shares: requests in, replies out, whatever a library does."""

import faulthandler
import math
import os
import platform
import signal
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from runners import protocol
from runners.audio import BadAudio, map_samples
from runners.channel import Channel
from runners.protocol import Options, Scalar, Segment, Server
from runners.settings import BadModel, ServerFault, Unsupported, reported, with_extra

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BadModel", "Options", "Result", "Runner", "Segment", "Unsupported", "main"]


@dataclass(frozen=True)
class Result:
    """What a transcription gave; times in seconds from the clip's start, None where unknown."""

    text: str
    language: str | None = None
    segments: list[Segment] = field(default_factory=list)
    first_segment_seconds: float | None = None
    words: list[Segment] | None = None  # None unless asked for


Work = protocol.Load | protocol.Describe | protocol.Transcribe
"""What is answered by work, or by `Failed`."""


class Runner:
    """What a backend's file implements.

    The constructor imports the library (the measured import), `load` brings the weights into memory
    so that `transcribe` loads nothing.
    """

    name: ClassVar[str]
    library: ClassVar[str]  # the distribution whose version `ready` carries
    server: Server | None = None  # what a remote backend has been told before `load`

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the library's own settings and their defaults under "recommended" or "parity".

        These are what `options.extra` may change; a backend without any has none to change.
        """
        del profile
        return {}

    def require(self, options: Options, model: Path | None) -> None:
        """Raise Unsupported for what cannot be honoured, as far as that is known without loading.

        `model` are the weights, None where they are not here.
        """
        del options, model

    def load(self, model: Path, options: Options) -> dict[str, Scalar]:
        """Load the weights at the absolute path; return what the library says it will run.

        Raises Unsupported for an option that cannot be honoured, BadModel for unusable weights.
        """
        raise NotImplementedError

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - numpy stays out of this module
        """Transcribe a contiguous float32 array (samples,), mono, 16 kHz, never empty."""
        raise NotImplementedError


def main(runner: "Callable[[], Runner]") -> NoReturn:
    """Serve requests until `shutdown` or the end of stdin; never returns."""
    channel = Channel.claim()
    faulthandler.register(signal.SIGUSR1, all_threads=True)  # prints even with the GIL held
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    started = time.perf_counter()
    instance = runner()
    channel.send(_ready(instance, time.perf_counter() - started))
    while True:
        try:
            request = protocol.decode_request(channel.receive())
        except protocol.ProtocolError as error:
            channel.send(protocol.Failed(id=-1, kind="bad-request", message=str(error)))
            continue
        if isinstance(request, protocol.Shutdown):
            channel.send(protocol.Bye(peak_bytes=_peak_bytes()))
            channel.close()
        _serve(channel, instance, request)


def _serve(
    channel: Channel,
    runner: Runner,
    request: Work,
) -> None:
    """Send the answer; the samples live until this returns, for unmapping an hour takes 8 ms."""
    reply, _samples = _answer(runner, request)
    try:
        channel.send(reply)
    except Exception as error:  # noqa: BLE001 - over the cap, or of types that are no JSON
        channel.send(_failed(request.id, error))


def _ready(runner: Runner, import_seconds: float) -> protocol.Ready:
    from importlib import metadata

    return protocol.Ready(
        protocol=protocol.VERSION,
        backend=runner.name,
        library=metadata.version(runner.library),
        python=platform.python_version(),
        import_seconds=import_seconds,
        pid=os.getpid(),
    )


def _answer(runner: Runner, request: Work) -> tuple[protocol.Reply, object]:
    """Return the reply, and the samples it was made from."""
    samples = None
    started = time.perf_counter()
    try:
        if isinstance(request, protocol.Load):
            told = request.server
            runner.server = told if isinstance(told, Server) else None
            resolved = runner.load(Path(request.model), request.options)
            seconds = time.perf_counter() - started
            loaded = protocol.Loaded(
                id=request.id, seconds=seconds, resolved=_finite_values(resolved)
            )
            return loaded, None
        if isinstance(request, protocol.Describe):
            runner.require(request.options, Path(request.model) if request.model else None)
            own = runner.settings(request.options.profile)
            settings = reported(with_extra(own, request.options.extra), own)
            described = protocol.Described(id=request.id, settings=_finite_values(settings))
            return described, None
        samples = map_samples(request.audio, request.samples)
        result = runner.transcribe(samples)
        return _transcript(request.id, result, time.perf_counter() - started), samples
    except BaseException as error:  # noqa: BLE001 - a library may raise anything, SystemExit included
        return _failed(request.id, error), samples


def _transcript(request_id: int, result: Result, seconds: float) -> protocol.Transcript:
    return protocol.Transcript(
        id=request_id,
        text=result.text.strip(),
        language=result.language,
        segments=_plain(result.segments),
        seconds=seconds,
        first_segment_seconds=_finite(result.first_segment_seconds),
        words=None if result.words is None else [w for w in _plain(result.words) if w.text],
    )


def _plain(pieces: list[Segment]) -> list[Segment]:
    """Return pieces of text as they travel: without the spaces around them, times as JSON has."""
    return [
        Segment(start=_finite(p.start), end=_finite(p.end), text=p.text.strip()) for p in pieces
    ]


def _failed(request_id: int, error: BaseException) -> protocol.Failed:
    kind: Any = "error"
    for family, name in (
        (Unsupported, "unsupported"),
        (BadModel, "bad-model"),
        (BadAudio, "bad-audio"),
        (ServerFault, "server"),
        (MemoryError, "out-of-memory"),
    ):
        if isinstance(error, family):
            kind = name
    named = "".join(traceback.format_exception_only(error)).strip()  # survives a broken __str__
    message = named if kind == "error" else str(error) or named
    # A message must fit its line whatever a library put into it.
    return protocol.Failed(
        id=request_id,
        kind=kind,
        message=message[:10_000],
        traceback="".join(traceback.format_exception(error))[-50_000:],
    )


def _finite(value: float | None) -> float | None:
    """JSON has no NaN and no infinity: both mean the library did not know."""
    return None if value is None or not math.isfinite(value) else float(value)


def _finite_values(resolved: dict[str, Scalar]) -> dict[str, Scalar]:
    return {k: _finite(v) if isinstance(v, float) else v for k, v in resolved.items()}


def _peak_bytes() -> int | None:
    """Read this process's own peak from Linux; elsewhere the orchestrator asks the system."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return next((int(x.split()[1]) * 1024 for x in status.splitlines() if "VmHWM" in x), None)
