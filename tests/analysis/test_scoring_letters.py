# ruff: noqa: RUF001 - characters that look alike are what this is about
"""What is the same in writing: invisible characters, apostrophes, optional marks, casing, tags."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.analysis.scoring.text import normalise, score, tokens

APOSTROPHES = "\u02bc\u02b9\u02bb\ua78c\u00b4\u2018\u2019\u201b\u0060\uff07\u2032"
INVISIBLE = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) == "Cf" or 0xFE00 <= code <= 0xFE0F
]


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
@pytest.mark.parametrize(
    ("language", "reference"), [("en", "I don't know"), ("uk", "м'ята"), ("uz", "o'zbek tili")]
)
def test_every_apostrophe_is_one(apostrophe: str, language: str, reference: str) -> None:
    """Typographic, modifier letters, accents standing alone, primes: no error, no other count."""
    counted = score(reference, reference.replace("'", apostrophe), language)
    assert counted.errors == counted.character_errors == 0


@pytest.mark.parametrize("language", ["en", "fa", "hi", "th"])
def test_what_nobody_sees_is_no_error(language: str) -> None:
    """Every format character of Unicode and every variation selector, within a word and beside."""
    word = {"en": "cleanroom", "fa": "میروم", "hi": "क्षत्रिय", "th": "ภาษาไทย"}[language]
    for invisible in INVISIBLE:
        hidden = f"{invisible}{word[:2]}{invisible}{word[2:]} {invisible}"
        assert score(word, hidden, language).errors == 0, hex(ord(invisible))
        assert score(word, hidden, language, "none").errors == 0, hex(ord(invisible))


def test_a_persian_word_is_one_however_it_is_joined() -> None:
    """With U+200C, without, or with a space in its place, which compounds forgive."""
    joined, apart = "می\u200cروم", "می روم"
    assert score(joined, "میروم", "fa").errors == 0
    assert score(joined, apart, "fa").errors == 0
    assert score(joined, joined, "fa").words == 1


@pytest.mark.parametrize(
    ("language", "reference", "hypothesis", "errors"),
    [
        ("tr", "ISPARTA İzmir", "ısparta izmir", 0),
        ("tr", "ısparta", "isparta", 1),
        ("az", "BAKI", "bakı", 0),
        ("de", "İstanbul", "istanbul", 0),
        ("en", "ISTANBUL", "istanbul", 0),
    ],
)
def test_the_turkish_i_has_its_own_cases(
    language: str, reference: str, hypothesis: str, errors: int
) -> None:
    """A dot on it or none is another letter in Turkish and Azeri, and only there."""
    assert score(reference, hypothesis, language).errors == errors
    decomposed = unicodedata.normalize("NFD", reference)
    assert score(decomposed, hypothesis, language).errors == errors


@given(st.text(), st.sampled_from(["en", "fr", "ko", "vi", "hi", "ar", "tr"]))
def test_composed_and_decomposed_are_one_text(text: str, language: str) -> None:
    """NFC and NFD of anything are equal, as written too."""
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert normalise(composed, language) == normalise(decomposed, language)
    assert normalise(composed, language, "none") == normalise(decomposed, language, "none")


@pytest.mark.parametrize(
    ("language", "reference", "hypothesis"),
    [
        ("ar", "السَّلَامُ عَلَيْكُمْ", "السلام عليكم"),
        ("ar", "الســـلام", "السلام"),
        ("ar", "كتاب", "\u06a9تاب"),
        ("ar", "في", "ف\u06cc"),
        ("fa", "كتاب علي", "کتاب علی"),
        ("fa", "کتابى", "کتابی"),
        ("ur", "ہے", "هے"),
        ("he", "שָׁלוֹם", "שלום"),
        ("ru", "за\u0301мок", "замок"),
        ("uk", "доро\u0301га", "дорога"),
        ("ru", "решётка", "решетка"),
        ("ar", "٢٠٢٦", "2026"),
        ("fa", "۲۰۲۶", "2026"),
        ("hi", "२०२६", "2026"),
        ("th", "๒๐", "20"),
        ("ja", "２０", "20"),
        ("my", "၂၀", "20"),
    ],
)
def test_optional_marks_and_variants_are_no_errors(
    language: str, reference: str, hypothesis: str
) -> None:
    """Harakat, tatweel, yeh, kaf, niqqud, stress, dots over e, digits of any script."""
    for said, heard in ((reference, hypothesis), (hypothesis, reference)):
        counted = score(said, heard, language)
        assert counted.words
        assert counted.errors == counted.character_errors == 0


@pytest.mark.parametrize(
    ("language", "reference", "hypothesis"),
    [
        ("hi", "कि", "का"),
        ("ta", "கை", "க"),
        ("ru", "мой", "мои"),
        ("uk", "їжа", "іжа"),
        ("be", "ёсць", "есць"),
        ("mk", "ќе", "ке"),
        ("ar", "على", "علي"),
        ("ps", "ي", "ی"),
        ("yi", "אַ", "א"),
        ("vi", "má", "ma"),
        ("fr", "été", "ete"),
    ],
)
def test_marks_stay_where_they_make_letters(language: str, reference: str, hypothesis: str) -> None:
    """Vowel signs, breves, and letters that only some languages tell apart."""
    assert score(reference, hypothesis, language).errors == 1


def test_khmer_is_scored_by_characters() -> None:
    """It has no spaces between words, but invisible ones where lines may be broken."""
    counted = score("ខ្ញុំ\u200bស្រលាញ់", "ខ្ញុំស្រលាញ", "khm")
    assert counted.words == len(tokens("ខ្ញុំស្រលាញ់", "km")) == 4
    assert counted.errors == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<unk> yes", "yes"),
        ("<i>yes</i>", "yes"),
        ("<|en|><|0.00|> yes", "yes"),
        ('<font color="#fff" size=2>yes</font>', "yes"),
        ("<00:00:01.500><c>yes</c>", "yes"),
        ("<background noise> yes", "yes"),
        (">> yes", "yes"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("x<y and z>w", "x < y and z > w"),
        ("（笑）yes［音楽］【拍手】", "yes"),
        ("(laughs) yes [music]", "yes"),
        ("(555) 1234", "555 1234"),
    ],
)
def test_only_tags_and_notes_are_dropped(text: str, left: str) -> None:
    """Brackets of any width, what stands between < and > where it is a tag; numbers are said."""
    assert normalise(text, "de") == left


@pytest.mark.parametrize(("language", "errors"), [("zh", 5), ("yue", 5), ("ja", 5)])
def test_traditional_characters_are_others_unless_asked(language: str, errors: int) -> None:
    """By default they count; `simplified` makes both alike, in Chinese."""
    reference, hypothesis = "我喜歡你後來頭髮", "我喜欢你后来头发"
    assert score(reference, hypothesis, language).errors == errors
    simplified = score(reference, hypothesis, language, "simplified")
    assert simplified.errors == (errors if language == "ja" else 0)
    assert score("twenty", "20", "en", "simplified").errors == 0
