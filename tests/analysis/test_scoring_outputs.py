"""Outputs wrong as a whole, and languages told: what is a loop and what people do say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.analysis.scoring import outputs
from orchestrator.analysis.scoring.outputs import fault
from orchestrator.analysis.totals import Detections
from orchestrator.clips.languages import agree, code

SENTENCE = "I think we should go home now."


@pytest.mark.parametrize(
    "hypothesis",
    [
        "you " * 12,
        "Thank you. " * 6,
        f"{SENTENCE} " * 4,
        f"It was late. {'Thanks for watching! ' * 40}And so on.",
        "five hundred people " + "0 " * 60,
        "ha" * 60,
    ],
)
def test_a_loop_is_told(hypothesis: str) -> None:
    """A word, a phrase, a sentence, within other text, of digits, within one word."""
    assert fault(hypothesis, SENTENCE) == "looping"
    assert fault(hypothesis) == "looping"


@pytest.mark.parametrize(
    "hypothesis",
    [
        "No, no, no, no!",
        "That was very very very very good.",
        "Call 0800 555 5555, that is oh eight hundred five five five, five five five five.",
        "five five five five five five five",
        "Ha ha ha ha ha ha ha ha!",
        f"{SENTENCE} {SENTENCE} {SENTENCE}",
        "one two three four, one two three four, one two three four",
        " ".join(f"This is sentence number {n} of a long and even speech." for n in range(300)),
    ],
)
def test_what_people_repeat_is_no_loop(hypothesis: str) -> None:
    """Insisting, telephone numbers, a refrain, counting in, a monotonous hour."""
    assert fault(hypothesis, "something else") is None


def test_a_loop_in_the_reference_is_none_of_the_backends() -> None:
    """Who sings "na" 14 times is heard so; 30 times where it was 14 is a loop again."""
    assert fault("na " * 15, "na " * 14) is None
    assert fault("na " * 30, "na " * 14) == "looping"


@pytest.mark.parametrize("hypothesis", ["", " ", "...", "[BLANK_AUDIO]", "(silence)"])
def test_no_words_are_empty_where_there_were_some(hypothesis: str) -> None:
    """What is left without marks decides, and silence heard as silence is no fault."""
    assert fault(hypothesis, SENTENCE) == "empty"
    assert fault(hypothesis, "") is None
    assert fault(hypothesis) is None


def test_a_failure_is_no_empty_output() -> None:
    """None, where the backend gave no text at all, has its own word."""
    assert fault(None, SENTENCE) == "failed"
    assert fault(None, "") == "failed"


def test_characters_loop_where_they_are_words() -> None:
    """A Japanese sentence four times on end is a loop, once it is none."""
    assert fault("ご視聴ありがとうございました" * 4, "終わり", "ja") == "looping"
    assert fault("ご視聴ありがとうございました", "終わり", "ja") is None


@pytest.mark.parametrize(
    ("language", "once"),
    [
        (
            "ja",
            "最後までご視聴いただき本当にありがとうございましたまた次の動画でお会いしましょうさようなら",
        ),
        ("zh", "请不吝点赞订阅转发打赏支持明镜与点点栏目"),
        ("th", "ขอบคุณที่รับชม"),
        ("khm", "សូមអរគុណសម្រាប់ការទស្សនា"),
    ],
)
def test_loops_are_measured_in_characters_where_they_are_words(language: str, once: str) -> None:
    """A sentence of over 40 characters four times is one; a word said six times is none."""
    assert fault(once * 4, "終", language) == "looping"
    assert fault(once * 3, "終", language) is None
    assert fault(once[:2] * 6, "終", language) is None
    assert fault(once[:2] * 40, "終", language) == "looping"


@given(st.lists(st.sampled_from("ab"), max_size=60), st.integers(1, 12))
def test_the_longest_repetition_is_found(words: list[str], longest_phrase: int) -> None:
    """As by trying every stretch: one of so many words whose phrase fits four times or more."""
    stretches = [
        end - start
        for start in range(len(words))
        for end in range(start + 4, len(words) + 1)
        for length in range(1, min(longest_phrase, (end - start) // 4) + 1)
        if words[start : end - length] == words[start + length : end]
    ]
    assert outputs._repeated(words, longest_phrase) == max(stretches, default=0)  # noqa: SLF001 - its every case


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("en", "English", True),
        ("en-US", "en_GB", True),
        ("jw", "javanese", True),
        ("iw", "he", True),
        ("pt_BR", "pt", True),
        ("Haitian Creole", "ht", True),
        ("yue", "zh", True),
        ("mandarin", "zh", True),
        ("yue", "cmn", False),
        ("no", "nn", True),
        ("nb", "nn", False),
        ("en", "de", False),
        ("xx", "xx", True),
    ],
)
def test_a_language_has_many_names(one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a case
    """Names, regions, withdrawn codes, and Chinese that is Cantonese."""
    assert agree(one, other) is same
    assert agree(other, one) is same


def test_codes_are_primary() -> None:
    """Case, region and separator go; what is not known stays."""
    assert [code(one) for one in (" EN_us", "zh-Hant", "Klingonese")] == ["en", "zh", "klingonese"]


def test_detections_are_counted() -> None:
    """Two right, one that did not say, and Portuguese twice taken for Spanish."""
    found = Detections()
    for spoken, told in [
        ("en", "english"),
        ("pt", "es"),
        ("pt", "Spanish"),
        ("fr", None),
        ("de", "de"),
    ]:
        found.add(spoken, told)
    assert (found.right, found.wrong, found.silent) == (2, 2, 1)
    assert found.confusions == {("pt", "es"): 2}
