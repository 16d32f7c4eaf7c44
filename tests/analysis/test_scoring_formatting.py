"""Format apart from words: each part worked by hand, and all of them the written rate."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.analysis.scoring.formatting import Peeled
from orchestrator.analysis.scoring.text import score
from orchestrator.runs.schema import Formatting

REFERENCE = "Yes, she paid twenty euros. It was a grey day."  # ten words
PROSE = st.lists(
    st.sampled_from(["Hello,", "hello", "It's", "its", "20.", "twenty", "Colour", "clean-room"]),
    max_size=8,
).map(" ".join)


def parts_of(written: float, *parts: float | None) -> Formatting:
    """Return what is expected of a clip, its parts in the order in which texts are peeled."""
    names = ("punctuation", "casing", "spelling", "numbers", "lexical")
    return Formatting.model_validate({"written": written, **dict(zip(names, parts, strict=True))})


def split(reference: str, hypothesis: str | None, language: str = "en") -> Formatting | None:
    """Return the parts of a single clip."""
    peeled = Peeled()
    peeled.add(reference, hypothesis, language)
    return peeled.formatting()


@pytest.mark.parametrize(
    ("hypothesis", "parts"),
    [
        (REFERENCE, (0, 0, 0, 0, 0)),
        ("Yes she paid twenty euros. It was a grey day", (20, 0, 0, 0, 0)),
        ("Yes, she paid twenty Euros. it was a grey day.", (0, 20, 0, 0, 0)),
        ("yes she paid twenty euros. It was a grey day.", (0, 10, 0, 0, 0)),
        ("Yes, she paid twenty euros. It was a gray day.", (0, 0, 10, 0, 0)),
        ("Yes, she paid twenty euros. It was, um, a grey day.", (10, 0, 10, 0, 0)),
        ("Yes, she paid €20. It was a grey day.", (0, 0, 0, 20, 0)),
        ("Yes, he paid twenty euros. It was a grey day.", (0, 0, 0, 0, 10)),
    ],
)
def test_each_part_is_as_by_hand(hypothesis: str, parts: tuple[float, ...]) -> None:
    """Marks, capitals, a word wrong in both, a spelling, a filler, an amount, a word.

    A filler between commas is one word that was invented and another that got a comma.
    """
    found = split(REFERENCE, hypothesis)
    written = score(REFERENCE, hypothesis, normalizer="none")
    assert written.wer is not None
    assert written.wer == pytest.approx(sum(parts) / 100)
    assert found == parts_of(sum(parts), *parts)


def test_apostrophes_and_contractions() -> None:
    """Curly for straight is punctuation; "it is" for "it's" two words wrong in four as written."""
    curly = split("It's a fine day.", "It\N{RIGHT SINGLE QUOTATION MARK}s a fine day.")
    whole = split("It's a fine day.", "It is a fine day.")
    assert curly == parts_of(25, 25, 0, 0, 0, 0)
    assert whole == parts_of(50, 0, 0, 50, 0, 0)


def test_compounds_are_spelling() -> None:
    """One word written as two is two errors in five words, forgiven as spelling."""
    found = split("Well, Ann has a notebook.", "Well, Ann has a note book.")
    assert found == parts_of(40, 0, 0, 40, 0, 0)


def test_a_failure_lacks_every_word() -> None:
    """All words are missing at each step: no format could have helped."""
    assert split("He went, and so did she.", None) == parts_of(100, 0, 0, 0, 0, 100)


def test_other_languages_have_no_numbers() -> None:
    """Nobody makes French numbers alike: they stay among the words, and the part is unknown."""
    found = split("Oui, c'est vingt. Merci !", "Oui, c'est 20. Merci !", "fr")
    assert found == parts_of(20, 0, 0, 0, None, 20)


@pytest.mark.parametrize(
    ("reference", "language"),
    [
        ("HE SAID IT'S A LONG WAY TO THE TOWN", "en"),
        ("he said it is a long way, and went.", "en"),
        ("He said it is a long way and Mary went", "en"),
        ("我喜歡你。他也是。", "zh"),
        ("", "en"),
    ],
)
def test_a_reference_without_format_tells_nothing(reference: str, language: str) -> None:
    """Capitals only, small letters only, no marks, a script without case, nothing: None."""
    assert split(reference, "He said, anything.", language) is None


def test_a_lone_mark_in_a_corpus_is_no_format() -> None:
    """One comma and one capital in 200 words were slips, and would make all else an error."""
    peeled = Peeled()
    peeled.add("Well, it is so", "Well, it is so.")
    for _ in range(50):
        peeled.add("and so on it goes", "And so on, it goes.")
    assert peeled.formatting() is None


@settings(max_examples=40)
@given(PROSE, PROSE)
def test_the_parts_are_the_whole(reference: str, hypothesis: str) -> None:
    """Whatever was written, the parts sum to what `none` counts; the rest are the usual errors."""
    found = split(reference, hypothesis)
    if found is None:
        return
    parts = (found.punctuation, found.casing, found.spelling, found.numbers or 0, found.lexical)
    raw, lexical = score(reference, hypothesis, normalizer="none"), score(reference, hypothesis)
    assert sum(parts) == pytest.approx(found.written)
    assert found.written == pytest.approx(100 * raw.errors / raw.words)
    assert found.lexical == pytest.approx(100 * lexical.errors / raw.words)
