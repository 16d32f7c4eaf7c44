"""Local agreement: what stands is never taken back, and a scripted engine gives exact texts."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.local_agreement import LocalAgreement, timed_words
from runners.protocol import Segment
from runners.serve import Result

RATE = 16000


class Engine:
    """Answers one hypothesis after the other; notes which stretch of audio each was of."""

    def __init__(self, *hypotheses: Sequence[tuple[str, float, float]]) -> None:
        self.hypotheses = iter(hypotheses)
        self.asked: list[tuple[float, float]] = []

    def __call__(self, audio: np.ndarray) -> Result:
        """Return the next one: words with their times within this stretch."""
        begin = float(audio[0])
        self.asked.append((begin, begin + len(audio) / RATE))
        said = next(self.hypotheses)
        words = [Segment(start, end, f"{_gap(text)}{text}") for text, start, end in said]
        return Result("", language="en", words=words)


def _gap(text: str) -> str:
    return "" if text.startswith("-") else " "


def clock(seconds: int) -> np.ndarray:
    """Return audio whose every sample says at which second it is."""
    return (np.arange(seconds * RATE) / RATE).astype("f4")


def heard(listener: LocalAgreement, *seconds: float) -> list[tuple[str, str] | None]:
    """Return what is shown when so many seconds have been heard, one after the other."""
    shown = [listener.hear(int(s * RATE)) for s in seconds]
    return [None if one is None else (one.stands, one.may_change) for one in shown]


def test_what_two_hypotheses_agree_on_stands() -> None:
    """A word stands when two in a row begin alike, however it is written; the rest may change."""
    engine = Engine(
        [("Hello", 0, 0.4), ("word", 0.5, 0.9)],
        [("hello,", 0, 0.4), ("world", 0.5, 1.0), ("and", 1.2, 1.5)],
        [("hello", 0, 0.4), ("World", 0.5, 1.0), ("hand", 1.2, 1.6)],
        [("world", 0.6, 1.1), ("hand", 1.2, 1.6), ("it", 3.0, 3.2)],
    )
    listener = LocalAgreement(clock(5), engine)
    assert heard(listener, 0.5, 1, 1.9, 2, 3) == [
        None,
        ("", " Hello word"),
        None,
        (" hello,", " world and"),
        (" World", " hand"),
    ]
    result = listener.finish(4 * RATE)
    assert result.text == " hello, World hand it"
    assert result.language == "en"
    assert engine.asked == [(0, 1), (0, 2), (0, 3), (0, 4)]


def test_half_a_word_does_not_stand() -> None:
    """What an engine splits at a hyphen stands as a whole: "voice" is not revoked by "-mail"."""
    said = [("my", 0, 0.3), ("voice", 0.4, 0.8), ("-mail", 0.8, 1.2)]
    more = [("my", 0, 0.3), ("voice", 0.4, 0.8), ("-mails", 0.8, 1.3), ("are", 1.5, 1.7)]
    listener = LocalAgreement(clock(5), Engine(said, more, more))
    assert heard(listener, 1, 2, 3) == [
        ("", " my voice-mail"),
        (" my", " voice-mails are"),
        (" voice-mails are", ""),
    ]


def test_nothing_is_transcribed_twice_at_the_end() -> None:
    """Where all of it has been heard, the last hypothesis is the rest."""
    engine = Engine([("yes", 0, 0.5)])
    listener = LocalAgreement(clock(1), engine)
    heard(listener, 1)
    assert listener.finish(RATE).text == " yes"
    assert len(engine.asked) == 1


@pytest.mark.parametrize(
    ("level", "text"), [(0.0, " yes"), (0.01, " yes"), (0.1, " yes sir")], ids=str
)
def test_silence_at_the_end_is_not_transcribed(level: float, text: str) -> None:
    """What came after the last hypothesis is decoded only where it is louder than a quiet room."""
    engine = Engine([("yes", 0, 0.5)], [("yes", 0, 0.5), ("sir", 1.2, 1.5)])
    audio = np.full(2 * RATE, 0.5, "f4")
    audio[RATE:] *= level
    listener = LocalAgreement(audio, engine)
    heard(listener, 1)
    assert listener.finish(2 * RATE).text == text
    assert len(engine.asked) == text.count(" ")


def test_a_long_buffer_is_cut_behind_a_sentence() -> None:
    """Beyond 15 s it begins where the last standing sentence ended; no word is heard twice."""
    said = [("One.", 0, 2), ("Two", 4, 6), ("three", 14, 16)]
    engine = Engine(said, said, [("one", -0.5, 0.2), ("two", 2, 4), ("three", 12, 14)])
    listener = LocalAgreement(clock(20), engine)
    assert heard(listener, 16, 17) == [("", " One. Two three"), (" One. Two three", "")]
    assert listener.finish(19 * RATE).text == " One. Two three"
    assert engine.asked == [(0, 16), (0, 17), (2, 19)]


def test_what_is_heard_again_behind_a_cut_is_left_out() -> None:
    """Words that an engine places after the cut, though they stand before it, are not doubled."""
    said = [("and", 13, 14), ("so", 14, 15)]
    engine = Engine(said, said, [("So,", 0.1, 0.4), ("on", 0.5, 0.9)])
    listener = LocalAgreement(clock(20), engine)
    heard(listener, 16, 17)
    assert listener.finish(18 * RATE).text == " and so on"
    assert engine.asked[-1] == (15, 18)


def test_silence_is_dropped() -> None:
    """Where nothing is said the buffer keeps its last second."""
    engine = Engine([], [], [("hello", 0.2, 0.8)])
    listener = LocalAgreement(clock(20), engine)
    assert heard(listener, 16, 17, 18) == [("", ""), ("", ""), ("", " hello")]
    assert engine.asked == [(0, 16), (15, 17), (15, 18)]


def test_an_engine_that_never_agrees_is_bounded() -> None:
    """Beyond 30 s the older half stands, and is cut: the work for a step stays the same."""
    engine = Engine(*[[(f"w{n}", 1, 2), (f"v{n}", 25, 26)] for n in range(4)])
    listener = LocalAgreement(clock(40), engine)
    assert heard(listener, 20, 31) == [("", " w0 v0"), (" w1", " v1")]
    heard(listener, 33)
    assert engine.asked == [(0, 20), (0, 31), (2, 33)]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Result("a bcd", segments=[Segment(1, 3, " a bcd")]), [(1, 1.5), (1.5, 3)]),
        (Result("a bcd"), [(0, 1), (1, 4)]),
        (Result("a", segments=[Segment(None, None, "a")]), [(0, 4)]),
        (Result("a b", words=[Segment(3, 2, "a"), Segment(None, 9, "b")]), [(3, 3), (3, 4)]),
        (Result(""), []),
    ],
)
def test_words_always_have_times(result: Result, words: list[tuple[float, float]]) -> None:
    """Segments are spread over their words by length; times that lack or run back are mended."""
    assert [(w.start, w.end) for w in timed_words(result, 4)] == words


texts = st.sampled_from(["a", "b.", "c"])
word = st.tuples(texts, st.floats(0, 9), st.floats(0, 3)).map(lambda w: (w[0], w[1], w[1] + w[2]))


@pytest.mark.slow
@given(st.lists(st.lists(word, max_size=6), min_size=21, max_size=21), st.lists(st.integers(1, 9)))
def test_what_stands_is_never_taken_back(
    hypotheses: list[list[tuple[str, float, float]]], steps: list[int]
) -> None:
    """Whatever an engine says, the final text begins with all that stood, in its order."""
    listener = LocalAgreement(clock(90), Engine(*hypotheses))
    stood, at = "", 0
    for step in steps[:9]:
        at += step
        shown = listener.hear(at * RATE)
        assert shown is not None
        assert shown.heard == at * RATE
        stood += shown.stands
    assert listener.finish(at * RATE + RATE).text.startswith(stood)
