"""Numbers, currencies, percents, versions, ordinals and times: none of it is ever deleted."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator.analysis.scoring.text import normalise, score

WORDS_OF_VALUE = """
one two three four five six seven eight nine ten eleven twelve thirteen nineteen
twenty thirty fifty ninety first second third fifth twelfth twentieth tens twenties
hundred thousand million billion trillion hundreds thousandth
zero oh o double triple point minus plus negative positive percent per cent
dollar dollars cents euros pounds
0 1 3 10 20 100 1999 007 0800 1.5 3.0 0.5 1.2.3 5% 7th 1st 21st 1960s
the a at version costs half clock hours
"""
SIGNED = """
$1 $5 $20 $5.50 $1,000 \u20ac3 \u00a37 5\u20ac 1% 5 % -5 +5 \u00a55 5\u20bd 20\u00b0
#5 @ & = 3\u00d74 2\u00bd 10\u00b2 1,5 3.5 10:30 was und
"""
AROUND_ONE = "$1 \u20ac1 1\u20ac 1% -1 \u22121 +1 \u00a51 1\u20bd 1\u00b0 #1"
MULTIPLIERS = {"hundred", "thousand", "million", "billion", "trillion", "hundreds", "thousandth"}
WORDS = st.lists(
    st.sampled_from(WORDS_OF_VALUE.split()),
    min_size=1,
    max_size=8,
)
LANGUAGES = st.sampled_from(["en", "fr", "zh", "th", "hi"])


@given(WORDS, st.data())
def test_removing_a_word_with_a_value_is_always_an_error(
    words: list[str], data: st.DataObject
) -> None:
    """In any order of number words, each makes a difference: from 0 errors to at least one.

    "One hundred" is "hundred" and 3.0 million are 3 million: there a word has no value.
    """
    at = data.draw(st.integers(0, len(words) - 1))
    after = words[at + 1] if at + 1 < len(words) else ""
    assume(not (words[at] in {"one", "1"} and after in MULTIPLIERS))
    decimal = at and words[at - 1] == "point" and words[at] in {"zero", "oh", "o", "0"}
    assume(not (decimal and after in MULTIPLIERS))
    left = words[:at] + words[at + 1 :]
    said = " ".join(words)
    assert score(said, said).errors == 0
    assert score(said, " ".join(left)).errors > 0
    assert score(" ".join(left), said).errors > 0


@given(
    st.lists(st.sampled_from(SIGNED.split()), min_size=1, max_size=6),
    LANGUAGES,
    st.data(),
)
def test_removing_what_has_a_sign_is_an_error_in_any_language(
    words: list[str], language: str, data: st.DataObject
) -> None:
    """Amounts, shares, signs, fractions: all of it, and the sign of it alone."""
    at = data.draw(st.integers(0, len(words) - 1))
    left = words[:at] + words[at + 1 :]
    assert score(" ".join(words), " ".join(left), language).errors > 0


@pytest.mark.parametrize("language", ["en", "fr", "zh"])
@pytest.mark.parametrize(
    ("with_sign", "without"),
    [
        *((signed, "1") for signed in AROUND_ONE.split()),
        *(("1 %", "1"), ("A&B", "A B"), ("A@B", "A B"), ("1=1", "1 1"), ("1\u00d72", "1 2")),
        *(("press *", "press"), ("3.1", "3"), ("v1.2.3", "v1.2"), ("1,5", "15"), ("2.5", "25")),
    ],
)  # fmt: skip
def test_a_sign_is_part_of_what_was_said(language: str, with_sign: str, without: str) -> None:
    """Without it, it is something else."""
    assert score(with_sign, without, language).errors > 0
    assert score(with_sign, with_sign, language).errors == 0


@pytest.mark.parametrize(
    "same",
    [
        ("one dollar", "$1", "1 dollar", "$ 1", "1$", "$1.00"),
        ("one percent", "1%", "1 %", "one per cent", "1 percent"),
        ("one euro", "\u20ac1", "1 \u20ac", "1\u20ac"),
        ("a hundred and one pounds", "a \u00a3101", "a 101 pounds"),
        ("three point one", "3.1", "3 point 1"),
        ("three point one percent", "3.1%", "3.1 %"),
        ("version one point two point three", "version 1.2.3"),
        ("version three point zero", "version 3.0"),
        ("three point zero million", "3.0 million", "3 million", "3,000,000", "30,00,000"),
        ("zero point five", "0.5", "0 point 5"),
        ("minus five", "negative five", "-5", "\u22125", "minus 5"),
        ("minus five dollars", "-5 dollars", "-$5"),
        ("plus one", "+1"),
        ("double oh seven", "007"),
        ("oh eight hundred hours", "0800 hours"),
        ("one hundred", "hundred", "100"),
        ("twenty first", "21st"),
        ("five dollars and seven cents", "$5.07", "$5 and 7 cents"),
        ("seven cents", "$0.07", "7\u00a2"),
        ("five million dollars", "$5 million", "5 million dollars"),
        ("five yen", "\u00a55", "5 yen"),
        ("twenty degrees", "20\u00b0", "20 degrees"),
        ("ten o'clock", "10 o\u2019clock"),
        ("ten thirty", "10:30", "1030"),
        ("R and B", "R&B"),
        ("number five", "#5"),
        ("two and a half hours", "2\u00bd hours", "2.5 hours"),
        ("1,000 people", "one thousand people", "1000 people"),
    ],
)  # fmt: skip
def test_what_is_said_alike_is_scored_alike(same: tuple[str, ...]) -> None:
    """Numbers in words, in digits and with signs are no errors against each other."""
    for reference in same:
        for hypothesis in same:
            assert score(reference, hypothesis).errors == 0, (reference, hypothesis)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("at that point and then", "at that point and then"),
        ("plus minus five", "plus minus 5"),
        ("a thousand million", "a 1000 million"),
        ("zero dollars fifteen", "$0 15"),
        ("the one and only", "the one and only"),
        ("1.000,50", "1.000 50"),
        ("1, 2, 3 and 1,2,3", "one 2 3 and one 2 3"),
    ],
)
def test_numbers_are_read_only_as_far_as_they_go(text: str, normalised: str) -> None:
    """What the package's rules would drop stays beside the number."""
    assert normalise(text) == normalised


@pytest.mark.parametrize("language", ["en", "fr"])
def test_small_digits_are_no_part_of_others(language: str) -> None:
    """Ten squared is not 102, two and a half not 21 over 2."""
    assert normalise("10\u00b2", language) != normalise("102", language)
    assert normalise("2\u00bd", language).split()[0].startswith("2")
    assert "21" not in normalise("2\u00bd", language)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "errors"),
    [
        ("1,5", "1.5", 0),
        ("10:30", "10.30", 0),
        ("1.000,5", "1,000.5", 0),
        ("1 000", "1.000", 0),
        ("3,5", "35", 1),
    ],
)
def test_numbers_are_parted_alike_in_all_languages(
    reference: str, hypothesis: str, errors: int
) -> None:
    """Whichever stop a language has: decimals, thousands, times; but not without one."""
    assert score(reference, hypothesis, "de").errors == errors


def test_a_long_count_is_read_in_pieces() -> None:
    """A loop of thousands of number words takes no more time for each than a few."""
    assert len(normalise("seventy million and " * 5_000).split()) > 100
    assert score("nine " * 3_000, "nine " * 3_000).errors == 0
