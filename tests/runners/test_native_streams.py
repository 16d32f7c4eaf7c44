"""Runners whose library streams by itself, here one that follows a script: what they show."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from runners import moonshine, parakeet_mlx, pocketsphinx
from runners.alignatt import AlignAtt
from runners.replies import Result
from runners.stream import Listener

RATE = 16000


def shown(listener: Listener, *seconds: float) -> list[tuple[str, str, float] | None]:
    """Return what is shown when so many seconds exist, one after the other."""
    found = [listener.hear(round(s * RATE)) for s in seconds]
    return [one and (one.stands, one.may_change, one.heard / RATE) for one in found]


class Decoder:
    """Hears a word in each second of speech; at the end of an utterance they are said louder."""

    def __init__(self) -> None:
        self.heard, self.ended = 0, False

    def start_utt(self) -> None:
        """Begin to count anew."""
        self.heard, self.ended = 0, False

    def process_raw(self, speech: bytes) -> None:
        """Count samples of 16 bits."""
        assert speech
        self.heard += len(speech) // 2

    def end_utt(self) -> None:
        """Say it louder from here on."""
        self.ended = True

    def words(self) -> list[str]:
        """Return what was said."""
        words = [f"word{number}" for number in range(self.heard // RATE)]
        return [word.upper() for word in words] if self.ended else words

    def hyp(self) -> Any:  # noqa: ANN401 - as the library has it
        """Return the words, or nothing where there are none."""
        return SimpleNamespace(hypstr=" ".join(self.words())) if self.words() else None

    def seg(self) -> Iterator[Any]:
        """Yield the words with their frames of 10 ms, between two silences."""
        words = ["<s>", *self.words(), "</s>"]
        for number, word in enumerate(words):
            start = 100 * (number - 1)
            yield SimpleNamespace(word=word, start_frame=start, end_frame=start + 49)


class Endpointer:
    """Takes everything but zeros for speech; a frame is half a second."""

    frame_bytes, frame_length = RATE, 0.5

    def __init__(self) -> None:
        self.in_speech, self.speech_start, self.taken = False, 0.0, 0.0

    def process(self, frame: bytes) -> bytes | None:
        """Return the frame while there is speech, the silent one that ends it included."""
        was, self.in_speech = self.in_speech, any(frame)
        if self.in_speech and not was:
            self.speech_start = self.taken
        self.taken += self.frame_length
        return frame if self.in_speech or was else None

    def end_stream(self, frame: bytes) -> bytes:
        """Return the rest, as the library does where speech goes on; it wants a sample at least."""
        assert frame
        self.in_speech = False
        return frame if any(frame) else b""


def loud(*seconds: tuple[float, float]) -> np.ndarray:
    """Return audio of 8 s that is silent but in these stretches."""
    audio = np.zeros(8 * RATE, "f4")
    for start, end in seconds:
        audio[round(start * RATE) : round(end * RATE)] = 0.5
    return audio


def test_pocketsphinx_ends_utterances_at_pauses() -> None:
    """Words may change until the pause; the last utterance ends with the stream."""
    audio = loud((1, 3), (4, 6))

    def result(text: str, phrases: Sequence[Any]) -> Result:
        return Result(text, segments=[word for words in phrases for word in words])

    listener = pocketsphinx._Utterances(audio, Decoder(), Endpointer(), result)  # noqa: SLF001
    assert listener.resolved["policy"] == "native"
    assert shown(listener, 0.7, 2.2, 3, 3.6, 6) == [
        ("", "", 0.5),
        ("", " word0", 2.0),
        ("", " word0 word1", 3.0),
        (" WORD0 WORD1", "", 3.5),
        ("", " word0 word1", 6.0),
    ]
    final = listener.finish(6 * RATE)
    assert final.text == "WORD0 WORD1 WORD0 WORD1"
    assert [s.start for s in final.segments] == [1, 2, 4, 5]


class Transcriber:
    """A line for every two seconds; the last is incomplete until silence has come."""

    def __init__(self) -> None:
        self.samples, self.closed, self.silent = 0, False, False

    def start(self) -> None:
        """Begin."""

    def add_audio(self, audio: Sequence[float], rate: int) -> None:
        """Take what came."""
        assert rate == RATE
        self.silent = not any(audio)
        self.samples += 0 if self.silent else len(audio)

    def update_transcription(self, flags: int) -> Any:  # noqa: ANN401 - as the library has it
        """Return all lines; asked not to wait for more audio."""
        assert flags == 1
        begun = -(-self.samples // (2 * RATE))
        whole = begun if self.silent else self.samples // (2 * RATE)
        lines = [SimpleNamespace(text=f"line{n}", is_complete=n < whole) for n in range(begun)]
        return SimpleNamespace(lines=lines)

    def stop(self) -> None:
        """End."""

    def close(self) -> None:
        """Give back."""
        self.closed = True


def test_moonshine_lines_stand_when_they_are_complete() -> None:
    """It is asked every half second; silence at the end completes the last line."""
    stream = Transcriber()
    listener = moonshine._Lines(  # noqa: SLF001
        stream,
        loud((0, 8)),
        0.5,
        [0.0] * RATE,
        lambda lines: Result(moonshine._text(lines)),  # noqa: SLF001
    )
    assert shown(listener, 0.4, 0.6, 1.0, 2.0, 3.0) == [
        None,
        ("", " line0", 0.6),
        None,
        (" line0", "", 2.0),
        ("", " line1", 3.0),
    ]
    assert listener.finish(round(3.2 * RATE)).text == "line0 line1"
    assert stream.closed


class Stream:
    """A token a second, of which all but the last two are final; it breaks where it is told."""

    context_size, depth, keep_original_attention = (256, 256), 1, True

    def __init__(self, *, breaks_at: float = 99) -> None:
        self.seconds, self.breaks_at, self.open = 0.0, breaks_at, False
        self.finalized_tokens: list[Any] = []
        self.draft_tokens: list[Any] = []

    @contextmanager
    def opened(self) -> Iterator["Stream"]:
        """Change the model for as long as the stream is open."""
        self.open = True
        yield self
        self.open = False

    def add_audio(self, audio: np.ndarray) -> None:
        """Decode what came."""
        self.seconds += len(audio) / RATE
        if self.seconds >= self.breaks_at:
            raise RuntimeError("out of memory")
        tokens = [
            SimpleNamespace(text=f" {n}", start=n, end=n + 1) for n in range(int(self.seconds))
        ]
        self.finalized_tokens, self.draft_tokens = tokens[:-2], tokens[-2:]

    @property
    def result(self) -> Any:  # noqa: ANN401 - as the library has it
        """Return all of it."""
        tokens = self.finalized_tokens + self.draft_tokens
        return SimpleNamespace(
            text="".join(t.text for t in tokens).strip(), tokens=tokens, sentences=tokens[:1]
        )


def test_parakeet_tokens_stand_when_they_are_final() -> None:
    """A second at a time; what is under a tenth of one at the end is left out."""
    stream, audio = Stream(), loud((0, 8))
    listener = parakeet_mlx._Stream(stream.opened(), lambda a, b: audio[a:b], words=True)  # noqa: SLF001
    assert listener.resolved["attention"] == "original"
    assert shown(listener, 0.9, 1, 3, 4) == [
        None,
        ("", " 0", 1),
        (" 0", " 1 2", 3),
        (" 1", " 2 3", 4),
    ]
    assert stream.open
    final = listener.finish(round(4.05 * RATE))
    assert (final.text, stream.seconds, stream.open) == ("0 1 2 3", 4, False)
    assert [word.text for word in final.words or ()] == [" 0", " 1", " 2", " 3"]


def test_parakeet_puts_the_model_back_when_a_stream_breaks() -> None:
    """Its attention is the model's own again, whatever ended the stream."""
    stream, audio = Stream(breaks_at=2), loud((0, 8))
    listener = parakeet_mlx._Stream(stream.opened(), lambda a, b: audio[a:b], words=False)  # noqa: SLF001
    with pytest.raises(RuntimeError):
        listener.hear(2 * RATE)
    assert not stream.open


def test_alignatt_gives_what_comes_beyond() -> None:
    """A second at a time; the language is found in the first, a last scrap has no features."""
    asked: list[tuple[int, bool]] = []

    def decode(features: int, *, is_last: bool) -> Any:  # noqa: ANN401 - as the library has it
        asked.append((features, is_last))
        return SimpleNamespace(text=f" {len(asked)}")

    listener = AlignAtt(
        loud((0, 8)), len, lambda features: f"e{features // RATE}", lambda _: decoder
    )
    decoder = SimpleNamespace(decode_chunk=decode)
    assert shown(listener, 0.9, 1, 3) == [None, (" 1", "", 1), (" 2", "", 3)]
    final = listener.finish(round(3.5 * RATE))
    assert (final.text, final.language) == (" 1 2 3", "e1")
    assert asked == [(RATE, False), (2 * RATE, False), (RATE // 2, True)]
    assert listener.finish(round(3.55 * RATE)).text == " 1 2 3"
