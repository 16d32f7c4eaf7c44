"""The voice, run by the python of envs/speech: `python -m orchestrator.clips.speech.voice`.

Each line on stdin is a JSON object with `text`, `speed`, `seed` and `apart`; the answer on stdout
is a line of JSON with the number of `samples` and the `spoken` pieces of the text, each as its
start and end in seconds and its words; then so many float32 in the machine's order: mono at 16 kHz.
"""

import json
import sys
from collections.abc import Iterator

import av
import numpy as np
from hibari import SAMPLE_RATE, Hibari  # type: ignore[import-not-found]

from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.speech.edges import cut_out, edges

Piece = tuple[float, float, str]
_MARKS = ".,;:!?\"'()-\u2013\u2014\u2018\u2019\u201c\u201d\u2026"  # around words: not read aloud


def speak(voice: Hibari, text: str, speed: float = 1.0, seed: int = 0) -> Samples:
    """Return `text` read aloud, mono at 16 kHz; empty where the voice finds nothing to read."""
    return resampled(voice(text, speed=speed, seed=seed))


def sentences(voice: Hibari, text: str, speed: float, seed: int) -> Iterator[tuple[str, Samples]]:
    """Yield each sentence as the voice reads the text: together they are what `speak` returns."""
    random = np.random.default_rng(seed)
    for sentence in voice.split_sentences(text):
        read = [voice.from_ids(voice.ids(p), speed, random) for p in voice.phonemize(sentence)]
        if read:
            yield sentence, np.concatenate(read)


def read_aloud(voice: Hibari, text: str, speed: float, seed: int) -> tuple[Samples, list[Piece]]:
    """Return a text read aloud, and where in it each sentence begins and ends.

    In between nobody knows to a few milliseconds when a word ends and the next begins.
    """
    parts, pieces, done = [], [], 0
    for sentence, samples in sentences(voice, text, speed, seed):
        if found := edges(samples, SAMPLE_RATE):
            begin, end = ((done + at) / SAMPLE_RATE for at in found)
            pieces.append((begin, end, sentence))
        parts.append(samples)
        done += len(samples)
    return resampled(np.concatenate(parts) if parts else np.zeros(0, np.float32)), pieces


def read_apart(
    voice: Hibari, text: str, speed: float, seed: int, apart: float
) -> tuple[Samples, list[Piece]]:
    """Return a text read word by word, with so many seconds of silence between, and each word.

    Every word is read by itself: it begins and ends where it was put.
    """
    random = np.random.default_rng(seed)
    gap = np.zeros(round(apart * SAMPLE_RATE), np.float32)
    parts, pieces, done = [gap], [], len(gap)
    for word in text.split():
        bare = word.strip(_MARKS)
        read = [
            voice.from_ids(voice.ids(p), speed, random) for p in voice.phonemize(f"{bare}.") if bare
        ]
        samples = cut_out(np.concatenate(read), SAMPLE_RATE) if read else gap[:0]
        if len(samples):
            pieces.append((done / SAMPLE_RATE, (done + len(samples)) / SAMPLE_RATE, bare))
            parts += [samples, gap]
            done += len(samples) + len(gap)
    return resampled(np.concatenate(parts) if pieces else gap[:0]), pieces


def resampled(speech: Samples) -> Samples:
    """Return the voice's samples at 16 kHz."""
    if not len(speech):
        return np.zeros(0, np.float32)
    frame = av.AudioFrame.from_ndarray(speech[None], "flt", "mono")
    frame.sample_rate = SAMPLE_RATE
    resampler = av.AudioResampler("flt", "mono", RATE)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    samples: Samples = np.concatenate([each.to_ndarray()[0] for each in frames])
    return samples


def main() -> None:
    """Answer until stdin ends."""
    voice = Hibari()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        apart = asked.pop("apart")
        speech, pieces = (
            read_apart(voice, **asked, apart=apart) if apart else read_aloud(voice, **asked)
        )
        head = json.dumps({"samples": len(speech), "spoken": pieces})
        sys.stdout.buffer.write(head.encode() + b"\n")
        sys.stdout.buffer.write(speech.tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
