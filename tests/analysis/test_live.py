"""Live figures are exact: partials at known times, words spoken at known times, no clock at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.analysis.live.screen import Screen
from orchestrator.analysis.live.stream import Spoken, figures
from orchestrator.analysis.live.word_times import spoken
from orchestrator.analysis.scoring.matching import keys
from orchestrator.runs.schema import LivePass, SegmentText, Shown, TimedWord

SAID = [Spoken("one", 0.5, 1.0), Spoken("two", 1.5, 2.0), Spoken("three", 2.5, 3.0)]


def shown(at: float, stands: str, may_change: str, heard: float) -> Shown:
    """Return a partial."""
    return Shown(at=at, stands=stands, may_change=may_change, heard=heard)


def test_a_scripted_stream_has_exactly_these_figures() -> None:
    """Four seconds of audio; the second word is first misheard, the last comes with the end."""
    live = LivePass(
        clip="clip",
        partials=(
            shown(0.8, "", "", 0.5),
            shown(1.5, "", " One too", 1.25),
            shown(2.5, " one", " two", 2.0),
        ),
        ended=4.0,
        final=4.75,
        text="One two three",
    )
    found = figures(live, SAID, seconds=4.0, pace=1.0, language="en")
    assert found is not None
    assert found.first_word == 1.0  # shown at 1.5, spoken from 0.5
    assert found.shown == (0.5, 0.5, 1.75)
    assert found.settled == (0.5, 0.5, 1.75)
    assert (found.added, found.removed, found.revoked) == (4, 1, 0)
    assert found.final == 0.75
    assert found.behind == 2.0  # nothing after 2.0 s was heard when all 4 had been spoken
    assert found.unheard == 2.0


def test_a_word_that_goes_and_comes_back_was_shown_before_it_settled() -> None:
    """What is right first, then wrong, then right again, is taken back twice."""
    texts = [(1.25, "one"), (1.5, "won"), (2.0, "one"), (2.5, ""), (3.0, "one")]
    partials = tuple(shown(at, "", text, at) for at, text in texts)
    live = LivePass(clip="clip", partials=partials, ended=4.0, final=4.0, text="one")
    found = figures(live, SAID[:1], seconds=4.0, pace=1.0, language="en")
    assert found is not None
    assert (found.shown, found.settled) == ((0.25,), (2.0,))
    assert (found.added, found.removed) == (4, 3)


def test_faster_than_speech_times_are_divided() -> None:
    """At twice the speed a word has ended in half the time; what is behind stays in audio."""
    partial = shown(1.25, "one", "", 1.5)
    live = LivePass(clip="clip", partials=(partial,), ended=2.0, final=2.25, text="one")
    found = figures(live, SAID, seconds=4.0, pace=2.0, language="en")
    assert found is not None
    assert (found.first_word, found.shown) == (1.0, (0.75,))
    assert (found.behind, found.unheard) == (2.5, 2.5)


def test_what_stood_and_was_taken_back_is_counted() -> None:
    """A promise that is broken by the next partial, or by the end, is no stable word."""
    live = LivePass(
        clip="clip",
        partials=(shown(1.0, "one too", "", 1.0),),
        ended=2.0,
        final=2.0,
        text="one two",
    )
    found = figures(live, [], seconds=2.0, pace=1.0, language="en")
    assert found is not None
    assert found.revoked == 1
    assert (found.shown, found.first_word) == ((), 1.0)


def test_a_silent_engine_and_a_failed_clip() -> None:
    """Without partials all words come with the end; a clip that failed has no figures."""
    silent = LivePass(clip="clip", ended=4.0, final=5.0, text="one")
    found = figures(silent, SAID, seconds=4.0, pace=1.0, language="en")
    assert found is not None
    assert (found.first_word, found.shown, found.behind) == (4.5, (4.0,), 4.0)
    nothing = LivePass(clip="clip", ended=4.0, final=5.0, text="")
    mute = figures(nothing, SAID, seconds=4.0, pace=1.0, language="en")
    assert mute is not None
    assert (mute.first_word, mute.shown, mute.added) == (None, (), 0)
    assert figures(LivePass(clip="clip", failed="error: no"), SAID, 4.0, 1.0, "en") is None


def test_times_of_words_are_the_median_of_the_engines_that_hear_them() -> None:
    """A word that one mishears has the times of the others; one that nobody hears has none."""

    def heard(*words: tuple[str, float, float]) -> LivePass:
        timed = tuple(SegmentText(start=s, end=e, text=text) for text, s, e in words)
        return LivePass(clip="clip", words=timed)

    engines = [
        heard(("One,", 0.0, 1.0), ("too", 1.0, 2.0)),
        heard(("one", 0.2, 1.4), ("two", 1.5, 2.5)),
        LivePass(clip="clip"),
        heard(("one", 0.3, 1.2)),
    ]
    assert spoken((), "One, two. Four!", engines, "en") == [
        Spoken("one", 0.2, 1.2),
        Spoken("two", 1.5, 2.5),
    ]
    assert [word.key for word in spoken((), None, engines, "en")] == ["one", "too"]
    assert spoken((), "One", [LivePass(clip="clip")], "en") == []


def test_known_ends_go_before_those_that_engines_agree_on() -> None:
    """Of a piece of three words the first start is known and the last end, else nothing."""
    known = [TimedWord(start=0.5, end=2.0, text="One, two, four!")]
    timed = (("one", 0.6, 1.0), ("two", 1.0, 1.5), ("for", 1.5, 3.0))
    words = tuple(SegmentText(start=s, end=e, text=text) for text, s, e in timed)
    engines = [LivePass(clip="clip", words=words)]
    assert spoken(known, "One, two, four!", engines, "en") == [
        Spoken("one", 0.5, 1.0),
        Spoken("two", 1.0, 1.5),
        Spoken("four", 2.0, 2.0, known=True),
    ]
    assert spoken(known, None, [], "en") == [Spoken("four", 2.0, 2.0, known=True)]


words = st.lists(st.sampled_from(["a", "b", "c", "The", "the."]), max_size=7).map(" ".join)


@given(st.lists(words, max_size=8))
def test_the_screen_shows_the_last_text_and_counts_every_change(texts: list[str]) -> None:
    """What was added less what was removed is there, in order, each shown no later than settled."""
    screen = Screen("en")
    for at, text in enumerate(texts):
        screen.show(text, at)
    last = keys(texts[-1], "en") if texts else []
    assert [word.key for word in screen.words] == last
    assert screen.added - screen.removed == len(last)
    assert all(word.shown <= word.since <= len(texts) for word in screen.words)


@given(words)
def test_a_text_that_only_grows_takes_nothing_back(text: str) -> None:
    """Word by word, each settles when it comes."""
    screen, pieces = Screen("en"), text.split()
    for at in range(len(pieces) + 1):
        screen.show(" ".join(pieces[:at]), at)
    assert screen.removed == 0
    assert [word.since for word in screen.words] == list(range(1, len(pieces) + 1))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [("Hello, World - it's", "en", ["hello", "world", "its"]), ("你好。", "zh", ["你", "好"])],
)
def test_words_are_told_apart_by_letters(text: str, language: str, expected: list[str]) -> None:
    """Case and punctuation are no change; where there are no spaces each character is a word."""
    assert keys(text, language) == expected
