"""The run loop every Python runner shares: requests in, replies out, whatever a library does."""

import faulthandler
import os
import platform
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from runners import protocol
from runners.audio import map_samples
from runners.channel import Channel
from runners.local_agreement import POLICY, LocalAgreement
from runners.protocol import Options, Scalar, Segment, Server
from runners.replies import Result, failed, finite_values, transcript
from runners.settings import BadModel, Unsupported, reported, with_extra
from runners.stream import Listener, listen, next_request

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BadModel", "Listener", "Options", "Result", "Runner", "Segment", "Unsupported", "main"]


Work = protocol.Load | protocol.Describe | protocol.Transcribe
"""What is answered by work, or by `Failed`."""


class Runner:
    """What a backend's file implements.

    The constructor imports the library (the measured import), `load` brings the weights into memory
    so that `transcribe` loads nothing.
    """

    name: ClassVar[str]
    library: ClassVar[str]  # the distribution whose version `ready` carries
    live: ClassVar[str | None] = POLICY  # how it listens; "native" of what overrides `listen`
    boosts: ClassVar[bool] = False  # it can be given terms to listen for
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

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - as in `transcribe`
        """Return what hears an array (samples,) that fills while it listens.

        This one transcribes what there is again and again. A library that streams by itself has a
        listener of its own, and `live = "native"`.
        """
        return LocalAgreement(audio, self.transcribe)


def main(runner: "Callable[[], Runner]") -> NoReturn:
    """Serve requests until `shutdown` or the end of stdin; never returns."""
    channel = Channel.claim()
    faulthandler.register(signal.SIGUSR1, all_threads=True)  # prints even with the GIL held
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    started = time.perf_counter()
    instance = runner()
    channel.send(_ready(instance, time.perf_counter() - started))
    while True:
        request = next_request(channel)
        if isinstance(request, protocol.Listen):
            listen(channel, instance.listen, request)
        elif not isinstance(request, protocol.Feed | protocol.Finish):  # of a stream that failed
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
        channel.send(failed(request.id, error))


def _ready(runner: Runner, import_seconds: float) -> protocol.Ready:
    from importlib import metadata

    return protocol.Ready(
        protocol=protocol.VERSION,
        backend=runner.name,
        library=metadata.version(runner.library),
        python=platform.python_version(),
        import_seconds=import_seconds,
        pid=os.getpid(),
        live=runner.live,
    )


def _load(runner: Runner, request: protocol.Load) -> dict[str, Scalar]:
    told = request.server
    runner.server = told if isinstance(told, Server) else None
    if request.options.terms and not runner.boosts:
        raise Unsupported("it cannot be given terms to listen for")
    return runner.load(Path(request.model), request.options)


def _answer(runner: Runner, request: Work) -> tuple[protocol.Reply, object]:
    """Return the reply, and the samples it was made from."""
    samples = None
    started = time.perf_counter()
    try:
        if isinstance(request, protocol.Load):
            resolved = _load(runner, request)
            seconds = time.perf_counter() - started
            loaded = protocol.Loaded(
                id=request.id, seconds=seconds, resolved=finite_values(resolved)
            )
            return loaded, None
        if isinstance(request, protocol.Describe):
            runner.require(request.options, Path(request.model) if request.model else None)
            own = runner.settings(request.options.profile)
            settings = reported(with_extra(own, request.options.extra), own)
            described = protocol.Described(id=request.id, settings=finite_values(settings))
            return described, None
        samples = map_samples(request.audio, request.samples)
        result = runner.transcribe(samples)
        return transcript(request.id, result, time.perf_counter() - started), samples
    except BaseException as error:  # noqa: BLE001 - a library may raise anything, SystemExit included
        return failed(request.id, error), samples
