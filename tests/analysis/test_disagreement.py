"""Without a reference: who is nearest to all, and which places are worth listening to."""

from collections.abc import Sequence

import pytest
import stored_runs
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.analysis.disagreement import Disagreements, Disputes
from orchestrator.runs.schema import Disputed, Passes, SegmentText

WORDS = st.lists(st.sampled_from(["clean", "room", "cleanroom", "lake", "moss"]), max_size=8)


def part(start: float | None, end: float | None, text: str) -> SegmentText:
    """Return a segment of a transcript."""
    return SegmentText(start=start, end=end, text=text)


def whole(text: str, segments: Sequence[SegmentText] = ()) -> Passes:
    """Return a transcript."""
    return stored_runs.passes("talk", text, segments=tuple(segments))


def heard(*parts: str) -> Passes:
    """Return a transcript whose parts last two seconds each."""
    timed = [part(2.0 * place, 2.0 * place + 2, text) for place, text in enumerate(parts)]
    return whole(" ".join(parts), timed)


def dispute(
    clip: str, place: tuple[float, float] | None, share: float, texts: dict[str, str]
) -> Disputed:
    """Return a place that is disputed; None is the whole clip."""
    start, end = place or (None, None)
    return Disputed(clip=clip, start=start, end=end, share=share, heard=texts)


def test_rates_are_as_by_hand() -> None:
    """Over two clips: an edit in 4 + 2 words, all 6 words against silence, none of the silent."""
    found = Disagreements(["A", "B", "C", "D"])
    found.add({"A": "One fine, clean room", "B": "one fine cleanroom here", "C": None, "D": ""})
    found.add({"A": "thank you", "B": "Thank you!", "C": "", "D": None})
    assert found.rate("A", "B") == found.rate("B", "A") == 1 / 6
    assert found.rate("A", "C") == found.rate("B", "D") == 1
    assert found.rate("C", "D") is None
    means = found.means()
    assert means["A"] == pytest.approx((1 / 6 + 1 + 1) / 3)
    assert means["C"] == 1
    assert found.medoid() == "A"


def test_a_pair_counts_the_clips_both_have() -> None:
    """C took part in the second clip only, in which it agreed with both."""
    found = Disagreements(["A", "B", "C"])
    found.add({"A": "red bird", "B": "red lake"})
    found.add({"A": "moss", "B": "moss", "C": "moss"})
    assert found.rate("A", "B") == 1 / 3
    assert found.rate("A", "C") == 0
    assert Disagreements(["A"]).medoid() is None


def test_the_medoid_is_nearest_to_all() -> None:
    """B differs from A in one word and from C in another, which differ in both."""
    found = Disagreements(["A", "B", "C"])
    found.add({"A": "a red bird sang", "B": "a red bird rang", "C": "a dead bird rang"})
    assert found.medoid() == "B"


@settings(max_examples=40)
@given(WORDS, WORDS)
def test_disagreement_is_mutual_and_bounded(one: list[str], other: list[str]) -> None:
    """The rate is the same both ways, from 0 to 1, and 0 for one text."""
    texts = {"A": " ".join(one), "B": " ".join(other)}
    found, turned = Disagreements(["A", "B"]), Disagreements(["B", "A"])
    found.add(texts)
    turned.add(texts)
    rate = found.rate("A", "B")
    assert rate == turned.rate("A", "B")
    assert rate is None or 0 <= rate <= 1
    assert rate is not None or not (one or other)
    assert rate == 0 or one != other or not one


def test_a_dispute_is_a_place_with_what_each_has_there() -> None:
    """The middle of three segments is disputed: by B in two words of four, by C not at all."""
    found = Disputes("A")
    texts = {
        "A": heard("Good morning, all.", "The ship has sailed.", "Good night!"),
        "B": heard("good morning all. The sheep has failed.", "good night"),
        "C": heard("Good morning all the ship has sailed, good night."),
    }
    found.add("talk", texts)
    assert list(found.found()) == [
        dispute(
            "talk",
            (2, 4),
            0.25,
            {
                "A": "The ship has sailed.",
                "B": "The sheep has failed.",
                "C": "the ship has sailed,",
            },
        )
    ]


def test_words_between_segments_belong_to_what_they_follow() -> None:
    """What B alone heard after the first segment stands beside it; what it missed is empty."""
    found = Disputes("A")
    ours = heard("a red bird", "sang loud", "here")
    found.add("insertion", {"A": ours, "B": heard("a red bird by chance sang loud here")})
    found.add("deletion", {"A": ours, "B": heard("a red bird here")})
    deletion, insertion = found.found()
    assert (insertion.start, insertion.share) == (0, 0.4)
    assert insertion.heard["B"] == "a red bird by chance"
    assert (deletion.start, deletion.share, deletion.heard["B"]) == (2, 1, "")


@pytest.mark.parametrize(
    "segments", [(), (part(None, None, "red bird"),), (part(0, 1, "red"), part(None, None, "bird"))]
)
def test_without_times_the_clip_is_the_place(segments: tuple[SegmentText, ...]) -> None:
    """None, none timed, or not all of them: the whole texts stand beside each other."""
    found = Disputes("A")
    found.add(
        "talk",
        {
            "A": whole("red bird", segments),
            "B": whole("red  lake"),
        },
    )
    assert list(found.found()) == [dispute("talk", None, 0.5, {"A": "red bird", "B": "red  lake"})]


def test_compounds_and_format_are_no_dispute() -> None:
    """Split or joined, in digits or words, with marks or without: all heard the same."""
    found = Disputes("A")
    found.add("talk", {"A": heard("A clean room", "for $20."), "B": heard("a cleanroom for $20")})
    found.add("more", {"A": heard("", ""), "B": heard("")})
    assert list(found.found()) == []


def test_only_the_most_disputed_are_kept() -> None:
    """Of 30 clips three stay: long ones before short ones, of equals the first."""
    found = Disputes("A", most=3)
    for clip in range(30):
        text = "a red bird sang by the lake" if clip in {7, 11} else "oh"
        found.add(f"{clip}", {"A": heard(text), "B": whole("")})
    assert [one.clip for one in found.found()] == ["7", "11", "0"]


def test_who_took_no_part_disputes_nothing() -> None:
    """A clip the medoid does not have, or has alone, is passed over; a failure is silence."""
    found = Disputes("A")
    found.add("missing", {"B": heard("one"), "C": heard("two")})
    found.add("alone", {"A": heard("one")})
    found.add("failed", {"A": whole(""), "B": heard("one")})
    assert list(found.found()) == [dispute("failed", None, 1, {"A": "", "B": "one"})]


def test_scripts_without_spaces_are_cut_between_characters() -> None:
    """The second of two Japanese sentences differs in one character of five."""
    found = Disputes("A")
    texts = {
        "A": heard("今日は晴れ。", "猫が好きだ。"),
        "B": whole("今日は晴れ。犬が好きだ。"),
    }
    found.add("talk", texts, "ja")
    expected = {"A": "猫が好きだ。", "B": "犬が好きだ。"}
    assert list(found.found()) == [dispute("talk", (2, 4), 0.2, expected)]


@settings(max_examples=30)
@given(
    st.lists(st.text(max_size=6), max_size=4),
    st.text(max_size=12),
    st.sampled_from(["en", "ja"]),
)
def test_any_text_can_be_disputed(parts: list[str], other: str, language: str) -> None:
    """Nothing that engines write breaks the cutting, and no part of the other's text is lost."""
    found = Disputes("A")
    found.add("talk", {"A": heard(*parts), "B": whole(other)}, language)
    assert all(0 < one.share <= 1 for one in found.found())
    assert all(one.heard["B"] in other for one in found.found())
