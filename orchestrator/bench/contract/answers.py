"""Checks of what a runner makes of audio: odd clips, times, and the same clip again."""

from collections.abc import Sequence

import numpy as np

from orchestrator.bench.contract.rig import Audio, Broken, Inapplicable, Rig
from orchestrator.clips.audio.samples import RATE
from orchestrator.errors import Refused
from orchestrator.units import count
from runners.protocol import Segment

_ROUNDING_SECONDS = 0.5
_SHOWN = 60
_SILENT_SECONDS = 2


def answers_odd_clips(rig: Rig) -> str:
    """Hand it no samples, 0.2 s and silence, between two sentences as usual."""
    silence = rig.audio("silence", np.zeros(_SILENT_SECONDS * RATE, np.float32))
    with rig.loaded() as (worker, _):
        worker.transcribe(rig.speech.pcm, rig.speech.samples)  # deadlines go by the first answer
        try:
            worker.transcribe(rig.audio("nothing", np.zeros(0, np.float32)).pcm, 0)
        except Refused as error:
            if error.kind != "bad-audio":
                raise Broken(
                    f"no samples are refused as `{error.kind}`: {error}", "answer `bad-audio`"
                ) from error
        else:
            raise Broken("no samples are answered as if there were some", "answer `bad-audio`")
        odd = {"0.2 s of speech": rig.scrap, f"{_SILENT_SECONDS} s of silence": silence}
        for what, audio in odd.items():
            try:
                worker.transcribe(audio.pcm, audio.samples)
            except Refused as error:
                raise Broken(
                    f"{what}: it answers `{error.kind}`: {error}",
                    "return an empty text where the library finds nothing, and pad clips that are"
                    " too short for it: measured is whatever has 0.1 s or more",
                ) from error
        worker.transcribe(rig.speech.pcm, rig.speech.samples)
    return ""


def times_segments(rig: Rig) -> str:
    """Look at the times of segments in a minute of speech, and in a sentence."""
    found = 0
    with rig.loaded() as (worker, _):
        for audio in (rig.minute, rig.speech):
            answer, _ = worker.transcribe(audio.pcm, audio.samples)
            require_order("segment", answer.segments, audio)
            found += len(answer.segments)
    return count(found, "segment")


def times_words(rig: Rig) -> str:
    """Ask for the time of each word."""
    with rig.runner() as worker:
        try:
            worker.load(rig.model, rig.with_options(words=True))
        except Refused as error:
            if error.kind == "unsupported":
                raise Inapplicable(f"it says so: {error}") from error
            raise
        answer, _ = worker.transcribe(rig.minute.pcm, rig.minute.samples)
    if answer.words is None:
        raise Broken(
            "asked for words, it gives none and does not say why",
            'fill `Result.words`, or `raise Unsupported("...")` in `load` for `options.words`',
        )
    require_order("word", answer.words, rig.minute)
    return count(len(answer.words), "word")


def repeats_itself(rig: Rig) -> str:
    """Have one sentence transcribed twice, and once more in another process."""
    texts = []
    for times in (2, 1):
        with rig.loaded() as (worker, _):
            for _ in range(times):
                answer, _ = worker.transcribe(rig.speech.pcm, rig.speech.samples)
                texts.append(answer.text)
    first, again, anew = texts
    fix = "fix the seed, and carry no context from one clip to the next"
    if again != first:
        raise Broken(f"the second text is another: {short(first)}, then {short(again)}", fix)
    if anew != first:
        raise Broken(f"a new process gives another text: {short(first)}, then {short(anew)}", fix)
    return short(first)


def require_order(what: str, pieces: Sequence[Segment], audio: Audio) -> None:
    """Raise Broken for times that run backwards, or are outside of the audio."""
    begun = 0.0
    for number, piece in enumerate(pieces, 1):
        start, end = piece.start, piece.end
        named = f"{what} {number} ({start} to {end} s: {short(piece.text)})"
        if start is not None and start < begun:
            wrong = "begins before the one before it" if begun else "begins before the audio"
            raise Broken(f"{named} {wrong}", "give pieces in order, in seconds from the start")
        begun = begun if start is None else start
        if end is not None and end < begun:
            raise Broken(f"{named} ends before it begins", "give None for a time that is unknown")
        last = max(begun, end or 0.0)
        if last > audio.seconds + _ROUNDING_SECONDS:
            raise Broken(
                f"{named} is past the end of {audio.seconds:.1f} s of audio",
                "give times in seconds, cut at the length of what `transcribe` is given",
            )


def short(text: str) -> str:
    """Return a text, or its beginning, in quotes."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
