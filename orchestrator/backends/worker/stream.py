"""A stream: audio that a runner hears as it comes to exist, and what it shows of it meanwhile."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.backends.worker.conversation import Conversation
from orchestrator.errors import RunnerFailed
from runners import protocol

_LOOK_AGAIN_SECONDS = 0.05
# Of one stream: more than this is a flood, and ends the runner.
_MOST_CHARACTERS = 2**16
_MOST_CHARACTERS_IN_ALL = 2**24
_MOST_AT_ONCE = 1000
_MOST_A_SECOND = 100


@dataclass(frozen=True)
class Arrival:
    """A partial, and when it came: a `time.monotonic()` value."""

    at: float
    partial: protocol.Partial


class Stream:
    """One open stream of a runner; `resolved` is by which policy it listens."""

    resolved: dict[str, protocol.Scalar]

    def __init__(
        self, conversation: Conversation, request: protocol.Listen, answer: protocol.Listening
    ) -> None:
        self.resolved = answer.resolved
        self._conversation = conversation
        self._id = request.id
        self._opened = time.monotonic()
        self._fed = 0
        self._partials = 0
        self._characters = 0

    def feed(self, samples: int) -> None:
        """Say that so many samples exist by now; not to a runner that left the last ones unread."""
        self._fed = samples
        self._conversation.offer(protocol.Feed(id=self._id, samples=samples))

    def until(self, moment: float) -> Iterator[Arrival]:
        """Yield what arrives until a `time.monotonic()` value.

        Raises RunnerFailed: `flood` for more partials than anybody could read.
        """
        while (heard := self._conversation.heard(self._id, moment)) is not None:
            reply, at = heard
            if isinstance(reply, protocol.Transcript):
                raise RunnerFailed("wrong-answer", "it answered `transcript` before `finish`")
            if isinstance(reply, protocol.Partial):
                yield self._arrival(reply, at)

    def finish(
        self, samples: int, allowed: float
    ) -> Iterator[Arrival | tuple[protocol.Transcript, float]]:
        """End the stream: yield what still arrives, and at last the transcript with its moment.

        Raises RunnerFailed, `hung` where there is no transcript within `allowed` seconds.
        """
        deadline = time.monotonic() + allowed
        self._fed = samples
        end = protocol.Finish(id=self._id, samples=samples)
        sent = self._conversation.offer(end)
        while time.monotonic() < deadline:
            # While its pipe is full there is no telling when it will read on: look again soon.
            soon = deadline if sent else min(deadline, time.monotonic() + _LOOK_AGAIN_SECONDS)
            heard = self._conversation.heard(self._id, soon)
            sent = sent or self._conversation.offer(end)
            if heard is None:
                continue
            reply, at = heard
            if isinstance(reply, protocol.Transcript):
                yield reply, at
                return
            if isinstance(reply, protocol.Partial):
                yield self._arrival(reply, at)
        raise self._conversation.silent("finish", allowed)

    def _arrival(self, partial: protocol.Partial, at: float) -> Arrival:
        if not 0 <= partial.heard <= self._fed:
            what = f"it has heard {partial.heard:,} samples, and {self._fed:,} exist"
            raise RunnerFailed("wrong-answer", what)
        self._partials += 1
        characters = len(partial.stands) + len(partial.may_change)
        self._characters += characters
        seconds = at - self._opened
        most = _MOST_AT_ONCE + _MOST_A_SECOND * seconds
        if self._partials > most:
            what = f"{self._partials:,} partials in {seconds:.1f} s"
        elif characters > _MOST_CHARACTERS:
            what = f"a partial of {characters:,} characters"
        elif self._characters > _MOST_CHARACTERS_IN_ALL:
            what = f"partials of {self._characters:,} characters"
        else:
            return Arrival(at, partial)
        raise RunnerFailed("flood", f"{what}: more than anybody reads")
