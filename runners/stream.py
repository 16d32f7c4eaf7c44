"""A stream of audio that grows while a runner listens to it, from `listen` to its transcript."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from runners import protocol
from runners.audio import map_samples
from runners.channel import Channel
from runners.protocol import Scalar
from runners.replies import Result, failed, finite_values, peak_bytes, transcript

Asked = (
    protocol.Load
    | protocol.Describe
    | protocol.Transcribe
    | protocol.Listen
    | protocol.Feed
    | protocol.Finish
)
"""Any request but the last."""


class Shown(NamedTuple):
    """What to show from now on: after all that stood before comes `stands`, then `may_change`."""

    stands: str
    may_change: str
    heard: int  # samples that this text is of


class Listener(Protocol):
    """Hears one stream. Both calls are told how many samples exist, which is never fewer."""

    resolved: dict[str, Scalar]  # the policy, and its parameters

    def hear(self, samples: int) -> Shown | None:
        """Return what to show now, or None where nothing is new."""

    def finish(self, samples: int) -> Result:
        """Return the transcript of all of it, ended after so many samples."""


def listen(
    channel: Channel, listener_of: Callable[[Any], Listener], request: protocol.Listen
) -> None:
    """Serve one stream; whatever a library raises ends it with `failed`."""
    reply: protocol.Reply
    try:
        samples = map_samples(request.audio, request.samples)
        listener = listener_of(samples)
        channel.send(protocol.Listening(id=request.id, resolved=finite_values(listener.resolved)))
        while isinstance(newest := _newest(channel, request.id), protocol.Feed):
            if shown := listener.hear(newest.samples):
                channel.send(protocol.Partial(request.id, *shown))
        started = time.perf_counter()
        result = listener.finish(newest.samples)
        reply = transcript(request.id, result, time.perf_counter() - started)
        channel.send(reply)
    except BaseException as error:  # noqa: BLE001 - a library may raise anything, SystemExit included
        channel.send(failed(request.id, error))


def _newest(channel: Channel, stream: int) -> protocol.Feed | protocol.Finish:
    """Wait for word of the stream; return the newest, as each says what those before it said."""
    while True:
        request = next_request(channel)
        if not isinstance(request, protocol.Feed | protocol.Finish):
            what = "a stream is open: `feed` or `finish` is due"
            channel.send(protocol.Failed(id=request.id, kind="bad-request", message=what))
        elif request.id == stream and (
            isinstance(request, protocol.Finish) or not channel.waiting()
        ):
            return request


def next_request(channel: Channel) -> Asked:
    """Return the next request; answer what is none, and leave when asked to."""
    while True:
        try:
            request = protocol.decode_request(channel.receive())
        except protocol.ProtocolError as error:
            channel.send(protocol.Failed(id=-1, kind="bad-request", message=str(error)))
            continue
        if not isinstance(request, protocol.Shutdown):
            return request
        channel.send(protocol.Bye(peak_bytes=peak_bytes()))
        channel.close()
