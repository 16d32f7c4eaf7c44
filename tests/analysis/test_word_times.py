"""Errors of times of words, by hand: what is compared, what is counted, and what is left out."""

import pytest
from stored_runs import clip, passes

from orchestrator.analysis.scoring.matching import Place, places
from orchestrator.analysis.word_times import Offsets, Timing, backwards
from orchestrator.runs.schema import ClipWords, Passes, SegmentText, TimedWord


def piece(start: float | None, end: float | None, text: str) -> SegmentText:
    """Return a word or a segment."""
    return SegmentText(start=start, end=end, text=text)


def said(*words: tuple[float, float, str]) -> ClipWords:
    """Return words with known times."""
    timed = tuple(TimedWord(start=start, end=end, text=text) for start, end, text in words)
    return ClipWords(clip="talk", source="talk.ctm", words=timed)


SAID = said((1.0, 1.5, "The"), (1.5, 2.0, "cat"), (2.25, 2.75, "sat."), (3.0, 3.5, "Down"))


def heard(*words: SegmentText, segments: tuple[SegmentText, ...] = ()) -> Passes:
    """Return what an engine heard, word by word."""
    known = passes("talk", "", 1.0)
    return known.model_copy(update={"words": words, "segments": segments})


def test_words_heard_right_are_compared_and_no_others() -> None:
    """Four were said; one was heard as another word, one more was invented."""
    timing = Timing("attention")
    told = heard(
        piece(1.25, 1.5, " the"),
        piece(1.5, 2.25, " hat"),
        piece(2.0, 2.5, " Sat"),
        piece(2.5, 2.75, " right"),
        piece(3.0, 3.625, " down."),
    )
    timing.add(clip(), SAID, told, "en")
    found = timing.summary()
    assert found is not None
    assert (found.kind, found.clips, found.words, found.heard) == ("attention", 1, 4, 3)
    errors = found.of_words
    assert errors is not None
    # starts are off by +0.25, -0.25, 0; ends by 0, -0.25, +0.125
    assert (errors.starts, errors.start_p50_seconds, errors.start_bias_seconds) == (3, 0.25, 0.0)
    assert (errors.ends, errors.end_p50_seconds, errors.end_bias_seconds) == (3, 0.125, 0.0)
    shares = (errors.within_50_ms, errors.within_100_ms, errors.within_200_ms)
    assert [share.value for share in shares] == pytest.approx([2 / 6, 2 / 6, 3 / 6])
    assert (errors.drift_seconds_an_hour, errors.worst_minute_seconds) == (None, None)


def test_of_a_segment_its_first_start_and_its_last_end_are_compared() -> None:
    """What lies between has no time, and gets none by guessing."""
    timing = Timing(None)
    segments = (piece(0.875, 2.0, " The cat"), piece(2.0, 4.0, " sat down."))
    only = passes("talk", "", 1.0).model_copy(update={"segments": segments})
    timing.add(clip(), SAID, only, "en")
    found = timing.summary()
    assert found is not None
    assert (found.kind, found.of_words, found.heard) == ("segments", None, 4)
    errors = found.of_segments
    assert errors is not None
    # starts: -0.125 of "The", -0.25 of "sat"; ends: 0 of "cat", +0.5 of "down"
    assert (errors.starts, errors.ends) == (2, 2)
    assert errors.start_bias_seconds == -0.1875
    assert errors.end_bias_seconds == 0.25
    assert errors.within_200_ms.value == 0.5


def test_a_word_of_two_keys_has_its_start_at_the_first_and_its_end_at_the_last() -> None:
    """Engines join words, corpora too: "ice cream" may be one of theirs."""
    assert places([piece(1.0, 2.0, " Ice cream"), piece(2.0, 2.5, " -")], "en") == [
        Place("ice", 1.0, None),
        Place("cream", None, 2.0),
    ]
    assert places([piece(1.0, 2.0, "你好")], "zh") == [
        Place("你", 1.0, None),
        Place("好", None, 2.0),
    ]


@pytest.mark.parametrize(
    ("times", "count"),
    [
        (((0, 1), (1, 2)), 0),
        (((0, 1), (0, 2), (0, 1)), 0),  # at once is not before
        (((0, 1), (2, 3), (1.5, 4)), 1),
        (((0, 1), (2, 1.5)), 1),  # ends before it begins
        (((5, 6), (4, 3), (None, None), (3, 4)), 3),
    ],
)
def test_times_that_run_backwards_are_counted(
    times: tuple[tuple[float | None, float | None], ...], count: int
) -> None:
    """A piece that begins before the last one did, or ends before it begins."""
    assert backwards([piece(start, end, "x") for start, end in times]) == count


def test_exactly_50_ms_is_within_50_ms() -> None:
    """0.35 - 0.3 is more than 0.05 to a computer."""
    offsets = Offsets()
    pair = Place("x", 0.35, 0.95), Place("x", 0.3, 1.0)
    offsets.add("talk", [pair], 5.0)
    errors = offsets.errors()
    assert errors is not None
    assert errors.within_50_ms.value == 1.0


def test_times_that_drift_do_so_by_the_hour() -> None:
    """Ten minutes with a word a second, each minute 0.1 s later than the last: 6 s an hour."""
    offsets = Offsets()
    pairs = [
        (Place("x", second + second // 60 / 10, None), Place("x", float(second), None))
        for second in range(600)
    ]
    offsets.add("talk", [*pairs, (Place("y", None, 600.5), Place("y", None, 600.0))], 600.0)
    errors = offsets.errors()
    assert errors is not None
    assert errors.drift_seconds_an_hour == pytest.approx(6.0)
    assert errors.worst_minute_seconds == pytest.approx(0.9)
    assert errors.start_p50_seconds == pytest.approx(0.45)


def test_a_jump_is_in_the_worst_minute_and_hardly_in_the_drift() -> None:
    """One minute of eleven is off by 2 s: the median of slopes does not see it."""
    offsets = Offsets()
    pairs = [
        (Place("x", t + (2.0 if 300 <= t < 360 else 0.0), None), Place("x", float(t), None))
        for t in range(660)
    ]
    offsets.add("talk", [*pairs, (Place("y", None, 1.0), Place("y", None, 1.0))], 660.0)
    errors = offsets.errors()
    assert errors is not None
    assert errors.drift_seconds_an_hour == 0.0
    assert errors.worst_minute_seconds == 2.0


def test_shares_have_intervals_over_clips() -> None:
    """Ten recordings and more; half of each is right."""
    offsets = Offsets()
    for number in range(12):
        good = Place("x", 1.0, 2.0), Place("x", 1.0, 2.0)
        bad = Place("y", 3.0, 4.0), Place("y", 5.0 + number / 10, 9.0)
        offsets.add(f"clip {number}", [good, bad] if number % 3 else [good], 10.0)
    errors = offsets.errors()
    assert errors is not None
    share = errors.within_50_ms
    assert share.value == pytest.approx(24 / 40)
    assert share.clusters == 12
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low < share.value < share.high <= 1


def test_a_clip_that_failed_counts_and_one_that_has_no_time_is_no_error() -> None:
    """An engine that fails at all of them has nothing to say."""
    timing = Timing("native")
    failed = passes("talk", "", 1.0).model_copy(update={"failed": "error: no", "words": None})
    timing.add(clip(), SAID, failed, "en")
    assert timing.summary() is None
    timing.add(clip(), SAID, heard(piece(None, None, " the")), "en")
    found = timing.summary()
    assert found is not None
    assert (found.clips, found.failed, found.heard, found.of_words) == (2, 1, 1, None)
