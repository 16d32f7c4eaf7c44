"""Languages: one code for each, whatever a corpus, a person or an engine calls it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.clips import languages
from orchestrator.errors import UsageError


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("en", "en eng EN_us en-GB English en-US-x-twain"),
        ("de", "de deu ger de_DE.UTF-8 German"),
        ("no", "no nor nb nob nb-NO Norwegian bokmal"),
        ("nn", "nn nno nn-NO nynorsk"),
        ("zh", "zh zho chi cmn cmn_hans_cn zh-Hant-TW zh_CN zh-cmn wuu nan Mandarin"),
        ("yue", "yue yue-HK zh-yue Cantonese"),
        ("jv", "jv jw jav Javanese"),
        ("tl", "tl fil tgl fil_ph Filipino Tagalog"),
        ("he", "he iw heb he-IL Hebrew"),
        ("id", "id in ind"),
        ("yi", "yi ji ydd"),
        ("ro", "ro mo mol ron rum"),
        ("ja", "ja jpn"),
        ("th", "th tha"),
        ("ar", "ar ara arb arz ar-EG"),
        ("fa", "fa fas per pes prs Farsi"),
        ("ms", "ms msa zsm"),
        ("et", "et est ekk"),
        ("sr", "sr srp sr-Latn sr_RS@latin sh"),
        ("qu", "qu que Quechua"),
        ("tli", "tli Tlingit"),
    ],
)
def test_a_language_has_one_code(code: str, names: str) -> None:
    """Codes of all parts of ISO 639, withdrawn ones, names; regions and scripts are dropped."""
    assert {languages.known(name) for name in names.split()} == {code}


@pytest.mark.parametrize("name", ["xx", "qaa", "", "e", "englsh", "no such language", "\x00", "12"])
def test_what_is_no_language_is_known_for_none(name: str) -> None:
    """Neither a code nor a name: its first part stands for itself."""
    assert languages.known(name) is None


@given(st.text())
def test_any_text_can_be_asked_for(text: str) -> None:
    """Whatever a table has in its column, it gets a code, and the code is its own."""
    code = languages.code(text)
    assert languages.code(code) == code or languages.known(text) is None


def test_engines_are_asked_by_their_own_names() -> None:
    """Whisper calls Javanese jw; Apple knows the Norwegian it has as nb."""
    assert languages.called("jav", "whisper") == "jw"
    assert languages.called("nb-NO", "whisper") == "no"
    assert languages.called("no", "apple") == "nb"
    assert languages.called("jv", "another") == "jv"


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("englsh", "en (english)"),
        ("germn", "de (german)"),
        ("zhh", "zh (chinese)"),
        ("Quechuaa", "Quechua"),
        ("mul", "Give a code"),
        ("xx", "Give a code"),
    ],
)
def test_a_wrong_language_is_refused_with_the_nearest(wrong: str, nearest: str) -> None:
    """By its English name or code; several languages at once are none to ask for."""
    with pytest.raises(UsageError) as refused:
        languages.chosen(wrong)
    assert repr(wrong) in str(refused.value)
    assert nearest in refused.value.fix


def test_what_is_spoken_is_what_is_asked_for_or_what_clips_say() -> None:
    """`auto` asks for none."""
    known = ("en", "de", languages.MULTIPLE)
    assert languages.spoken("fr", known) == ("fr",)
    assert languages.spoken("auto", known) == languages.spoken(None, known) == known


def test_who_knows_one_language_knows_not_several_at_once() -> None:
    """Where none is recorded nobody can tell; any name of a language is as good as its code."""
    spoken = ("en", "de", languages.MULTIPLE)
    assert languages.lack("a", ("en",), spoken) == "a knows en, and not de, several at once"
    assert languages.lack("a", ("en", "fr"), spoken) == "a knows en, fr, and not de"
    assert languages.lack("a", ("en", "deu"), spoken) == languages.lack("a", (), spoken) == ""
    assert languages.knows((), "en") is None


def test_a_right_language_is_asked_for_by_its_code() -> None:
    """And `auto` stays what it is."""
    assert [languages.chosen(one) for one in ("eng", "nb-NO", "auto")] == ["en", "no", "auto"]
