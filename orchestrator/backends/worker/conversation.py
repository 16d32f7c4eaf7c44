"""Requests out, replies in, each with a deadline, whatever the runner does to its pipe."""

import subprocess
import time
from typing import Literal, TypeVar

import msgspec

from orchestrator.backends.worker.launch import Launch
from orchestrator.backends.worker.pipe import Ended, ReplyPipe
from orchestrator.backends.worker.termination import dump_stacks, failure, memory_kills
from orchestrator.errors import Refused, RunnerFailed, program
from runners import protocol

_NOISE_BYTES = 64 * 1024
_EXIT_SECONDS = 1.0
_Reply = TypeVar("_Reply", bound=protocol.Reply)


class _Hello(msgspec.Struct):
    """As much of a first message as any protocol version has."""

    type: Literal["ready", "loaded", "transcript", "failed", "progress", "bye"]
    protocol: int = protocol.VERSION


class Conversation:
    """One runner's pipe, from `ready` to `bye`."""

    def __init__(self, process: "subprocess.Popen[bytes]", launch: Launch) -> None:
        self._process = process
        self._launch = launch
        self._pipe = ReplyPipe(process)
        self._kills_before = memory_kills()

    def ready(self) -> protocol.Ready:
        """Wait for `ready`; what comes before it and is no message is noise, kept in the log."""
        allowed = self._launch.deadlines.start
        deadline = time.monotonic() + allowed
        noise = 0
        while True:
            line = self._read(deadline, allowed, "start")
            message = line[max(line.find(b"{"), 0) :]  # a banner may lack its line end
            try:
                version = msgspec.json.decode(message, type=_Hello).protocol
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                version, message = None, b""
            if len(message) < len(line) and noise < _NOISE_BYTES:
                noise += self._note(line.removesuffix(message))
            if version is not None:
                return self._welcome(version, message)

    def _welcome(self, version: int, message: bytes) -> protocol.Ready:
        backend = self._launch.backend
        sync = f"{program()} envs sync {backend}"
        if version not in protocol.SPOKEN:
            spoken = " and ".join(map(str, protocol.SPOKEN))
            what = f"it speaks protocol {version}, this orchestrator speaks {spoken}"
            raise RunnerFailed("wrong-protocol", what, sync)
        ready = self._expect(self._decode(message), protocol.Ready)
        if ready.backend != backend:
            what = f"it says it is {ready.backend!r}, asked for was {backend!r}"
            raise RunnerFailed("wrong-answer", what, sync)
        if ready.build == "shim":
            what = "it was built without its framework: its results would be no measurements"
            raise RunnerFailed("shim", what, sync)
        return ready

    def ask(
        self, request: protocol.Request, answer: type[_Reply], allowed: float
    ) -> tuple[_Reply, float]:
        """Return the answer and its seconds, from the request's first byte to the answer's last.

        Decoding comes after the clock has stopped. `progress` starts the deadline anew.
        """
        line = protocol.encode(request)
        asked = getattr(request, "id", None)
        started = time.perf_counter()
        self._pipe.write(line)
        while True:
            received = self._read(time.monotonic() + allowed, allowed, _name(type(request)))
            seconds = time.perf_counter() - started
            reply = self._decode(received)
            unreadable = getattr(reply, "kind", None) == "bad-request"  # then it knows no id
            if (got := getattr(reply, "id", None)) != asked and not unreadable:
                raise RunnerFailed("wrong-answer", f"it answered request {got}, asked was {asked}")
            if not isinstance(reply, protocol.Progress):
                return self._expect(reply, answer), seconds
            self._launch.on_progress(reply)

    def send(self, request: protocol.Request) -> None:
        """Send a request whose answer nobody waits for."""
        self._pipe.write(protocol.encode(request))

    def offer(self, request: protocol.Request) -> bool:
        """Send a short request if the pipe has room, else not: a busy runner must not stop us."""
        if room := self._pipe.has_room():
            self.send(request)
        return room

    def heard(self, stream: int, until: float) -> tuple[protocol.Reply, float] | None:
        """Return what comes next of a stream, and when; None if that is nothing until then.

        Both times are of `time.monotonic()`. Raises Refused where the runner gave the stream up.
        """
        try:
            line = self._line(until)
        except TimeoutError:
            return None
        at = time.monotonic()
        reply = self._decode(line)
        if (got := getattr(reply, "id", None)) != stream:
            raise RunnerFailed("wrong-answer", f"it answered request {got}, asked was {stream}")
        if isinstance(reply, protocol.Progress):
            self._launch.on_progress(reply)
        if not isinstance(reply, protocol.Partial | protocol.Progress):
            reply = self._expect(reply, protocol.Transcript)
        return reply, at

    def silent(self, phase: str, allowed: float) -> RunnerFailed:
        """Return the error of a runner that let a deadline pass; its stack goes into the log."""
        dump_stacks(self._process.pid)
        return RunnerFailed(
            "hung",
            f"no answer to `{phase}` within {allowed:g} s",
            f"its stack is at the end of the log: {self._launch.log}",
        )

    def hang_up(self) -> None:
        """Close the runner's stdin, as the system does when the orchestrator dies."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def ended(self, allowed: float) -> None:
        """Wait for the runner to end in whatever way; RunnerFailed where it does not."""
        try:
            self._process.wait(allowed)
        except subprocess.TimeoutExpired:
            raise self.silent("exit", allowed) from None

    def finished(self, allowed: float) -> None:
        """Wait for exit code 0; anything else is a failure even after every answer came."""
        self.ended(allowed)
        if self._process.returncode != 0:
            raise failure(self._process, self._kills_before, b"", self._launch.log)

    def _expect(self, reply: protocol.Reply, answer: type[_Reply]) -> _Reply:
        if isinstance(reply, protocol.Failed):
            raise Refused(reply.kind, reply.message, detail=reply.traceback)
        if not isinstance(reply, answer):
            got, due = _name(type(reply)), _name(answer)
            raise RunnerFailed("wrong-answer", f"it answered `{got}` where `{due}` was due")
        return reply

    def _decode(self, line: bytes) -> protocol.Reply:
        try:
            return protocol.decode_reply(line)
        except protocol.ProtocolError as error:
            raise self._broken(error) from error

    def _read(self, deadline: float, allowed: float, phase: str) -> bytes:
        try:
            return self._line(deadline)
        except TimeoutError:
            raise self.silent(phase, allowed) from None

    def _line(self, deadline: float) -> bytes:
        try:
            return self._pipe.read(deadline)
        except Ended as end:
            raise self._ended(end.partial) from None
        except protocol.ProtocolError as error:
            raise self._broken(error) from error

    def _ended(self, partial: bytes) -> RunnerFailed:
        """Name the end of the replies; a runner that lives on has closed its stdout."""
        try:
            self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            return RunnerFailed("no-answer", "it closed its stdout and went on running")
        return failure(self._process, self._kills_before, partial, self._launch.log)

    def _broken(self, error: protocol.ProtocolError) -> RunnerFailed:
        """Blame the line, unless the process died writing it: then the death is the cause."""
        try:
            code = self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        if code != 0:
            return failure(self._process, self._kills_before, b"", self._launch.log)
        return RunnerFailed(error.kind, str(error), f"the log: {self._launch.log}")

    def _note(self, noise: bytes) -> int:
        with self._launch.log.open("ab") as log:
            return log.write(b"(stdout, before ready) " + noise[:_NOISE_BYTES] + b"\n")


def _name(message: type) -> str:
    return message.__name__.lower()
