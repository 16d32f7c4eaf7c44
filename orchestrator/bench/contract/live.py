"""The check of a runner's live mode: what it shows of a sentence while that is spoken."""

import time

from orchestrator.backends.worker import Arrival, Stream, Worker
from orchestrator.bench.contract.answers import require_order, short
from orchestrator.bench.contract.rig import Audio, Broken, Inapplicable, Rig
from orchestrator.clips.audio.samples import RATE
from orchestrator.errors import Refused
from orchestrator.units import count
from runners.protocol import Partial, Transcript

_STEP_SECONDS = 1.0  # of speech
_PATIENCE_SECONDS = 10.0  # for the first partial, beside what a few whole clips take
_PATIENCE_CLIPS = 5
_POLICIES = ("native", "local-agreement")


def listens(rig: Rig) -> str:
    """Speak a sentence to it, between times that it transcribes it whole."""
    speech = rig.speech
    with rig.loaded() as (worker, _):
        if worker.ready.live is None:
            raise Inapplicable("it has no live mode")
        before, seconds = worker.transcribe(speech.pcm, speech.samples)
        stream = _opened(worker, speech)
        patience = _PATIENCE_SECONDS + _PATIENCE_CLIPS * seconds
        partials = _while_spoken(stream, speech, patience)
        final = _finished(worker, stream, speech)
        after, _ = worker.transcribe(speech.pcm, speech.samples)
        again, _ = worker.transcribe(speech.pcm, speech.samples)
    _require_promises(partials, final)
    require_order("segment", final.segments, speech)
    require_order("word", final.words or (), speech)
    if before.text and not final.text:
        raise Broken(
            f"live it has no text; the whole clip was {short(before.text)}",
            "return the text of the whole stream from `finish`",
        )
    if after.text != before.text and again.text == after.text:  # else the next check finds it
        raise Broken(
            f"a stream changes what comes after it: {short(before.text)}, then {short(after.text)}",
            "put back in `finish` what `listen` changes in the library",
        )
    return f"{stream.resolved['policy']}, {count(len(partials), 'partial')}: {short(final.text)}"


def _opened(worker: Worker, audio: Audio) -> Stream:
    """Return a stream, which says by which policy it is heard."""
    try:
        stream = worker.listen(audio.pcm, audio.samples)
    except Refused as error:
        raise Broken(
            f"it says that it listens, and answers `{error.kind}`: {error}",
            "set `live = None` in a runner that cannot",
        ) from error
    policy = stream.resolved.get("policy")
    if policy not in _POLICIES:
        raise Broken(
            f"its policy is {policy!r}",
            f'name it in `resolved` of the listener: {" or ".join(_POLICIES)}; "native" is for a'
            " library that streams by itself",
        )
    return stream


def _while_spoken(stream: Stream, audio: Audio, patience: float) -> list[Partial]:
    """Return what it shows before the end, a step of speech after the other."""
    partials: list[Partial] = []
    step = round(_STEP_SECONDS * RATE)
    for samples in range(step, audio.samples, step):
        stream.feed(samples)
        partials += _arriving(stream, _STEP_SECONDS)
    partials += [] if partials else _arriving(stream, patience)
    if not partials:
        raise Broken(
            f"of {audio.seconds:.0f} s of speech it shows nothing before the end",
            "return a `Shown` from `hear` whenever there is more to show",
        )
    heard = [partial.heard for partial in partials]
    if heard != sorted(heard):
        raise Broken(
            f"a partial is of {min(heard):,} samples after one of {max(heard):,}",
            "give as `heard` how many samples the text is of, counted from the stream's begin",
        )
    return partials


def _arriving(stream: Stream, seconds: float) -> list[Partial]:
    """Return the next partial, and what came with it; nothing where none comes in time."""
    for arrival in stream.until(time.monotonic() + seconds):
        return [arrival.partial, *(a.partial for a in stream.until(time.monotonic()))]
    return []


def _finished(worker: Worker, stream: Stream, audio: Audio) -> Transcript:
    """Return the transcript; what it still shows before that is passed over."""
    answers = stream.finish(audio.samples, worker.to_finish(audio.samples))
    return next(answer[0] for answer in answers if not isinstance(answer, Arrival))


def _require_promises(partials: list[Partial], final: Transcript) -> None:
    """Raise Broken where the final text does not begin with what stood."""
    stood = " ".join("".join(partial.stands for partial in partials).split())
    if not " ".join(final.text.split()).startswith(stood):
        raise Broken(
            f"what stands is taken back: {short(stood)} stood, in the end it is"
            f" {short(final.text)}",
            "give as `stands` what no later audio changes, once, and the rest as `may_change`",
        )
