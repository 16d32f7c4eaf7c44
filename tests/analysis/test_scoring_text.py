"""Scoring: golden cases worked by hand, and agreement with jiwer where both must agree."""

import random

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.text import (
    Normalizer,
    Score,
    edits,
    normalise,
    score,
    tokens,
    total,
)

# Words of one length: no two joined make a third, so merging compounds changes nothing.
PLAIN = st.lists(st.sampled_from(["tree", "bird", "lake", "moss"]), max_size=12)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "words", "counts"),
    [
        ("the cat sat on the mat", "the cat sat on the mat", 6, (0, 0, 0)),
        ("the cat sat on the mat", "the cat sat on a mat", 6, (1, 0, 0)),
        ("the cat sat on the mat", "the cat sat the mat", 6, (0, 0, 1)),
        ("the cat sat on the mat", "the black cat sat on the mat", 6, (0, 1, 0)),
        ("the cat sat on the mat", "", 6, (0, 0, 6)),
        ("hello", "goodbye old friend", 1, (1, 2, 0)),
        ("The cat; SAT!", "the  cat sat.", 3, (0, 0, 0)),
        ("a clean room here", "a cleanroom here", 4, (0, 0, 0)),
        ("a cleanroom here", "a clean room here", 3, (0, 0, 0)),
        ("I don\N{RIGHT SINGLE QUOTATION MARK}t know", "i don't know", 4, (0, 0, 0)),
        ("Dr. Smith paid twenty dollars", "doctor smith paid $20", 4, (0, 0, 0)),
        ("the colour is grey", "the color is gray", 4, (0, 0, 0)),
        ("and so", "And so...", 2, (0, 0, 0)),
        ("well, um, yes", "well yes", 2, (0, 0, 0)),
    ],
)
def test_words_are_counted_as_by_hand(
    reference: str, hypothesis: str, words: int, counts: tuple[int, int, int]
) -> None:
    """Each case's substitutions, insertions and deletions are those one counts on paper."""
    counted = score(reference, hypothesis)
    assert counted.words == words
    assert (counted.substitutions, counted.insertions, counted.deletions) == counts
    assert counted.errors == sum(counts)
    assert counted.wer == sum(counts) / words


def test_characters_are_counted_as_by_hand() -> None:
    """One wrong letter and one missing of eleven characters, the space being one of them."""
    counted = score("green table", "greed tabl")
    assert (counted.characters, counted.character_errors) == (11, 2)
    assert counted.cer == 2 / 11
    assert counted.wer == 1


@pytest.mark.parametrize("reference", ["", "  ", "...", "[music]"])
def test_without_a_reference_there_is_no_rate(reference: str) -> None:
    """What is empty once normalised gives None, not 0 or infinity; inventions are counted."""
    counted = score(reference, "thank you")
    assert counted.wer is None
    assert counted.cer is None
    assert (counted.words, counted.insertions, counted.character_errors) == (0, 2, 9)
    assert score(reference, "").errors == 0


def test_rates_may_exceed_one() -> None:
    """Three invented words against one are 300 %, not cut to 100 %."""
    assert score("yes", "yes a b c").wer == 3


@pytest.mark.parametrize(
    ("language", "reference", "hypothesis", "errors", "words"),
    [
        ("fr", "Ça va, l\N{RIGHT SINGLE QUOTATION MARK}été ?", "ça va l'été", 0, 4),
        ("fr", "ça va", "ca va", 1, 2),
        ("de", "zwanzig Euro", "20 Euro", 1, 2),
        ("hi", "कि", "का", 1, 1),
        ("zh", "我喜歡你。", "我喜歡他", 1, 4),
        ("ja", "今日は 晴れ", "今日は晴れ", 0, 5),
        ("en-US", "twenty", "20", 0, 1),
        ("pt_BR", "Olá!", "olá", 0, 1),
    ],
)
def test_each_language_has_its_rules(
    language: str, reference: str, hypothesis: str, errors: int, words: int
) -> None:
    """Accents and vowel signs count, numbers are English, unspaced scripts go by character."""
    counted = score(reference, hypothesis, language)
    assert (counted.errors, counted.words) == (errors, words)


def test_characters_of_unspaced_languages_have_no_spaces() -> None:
    """Spaces put between characters to compare them are not characters themselves."""
    counted = score("我喜歡你", "我喜歡他", "zh")
    assert (counted.characters, counted.character_errors) == (4, 1)


def test_a_corpus_is_errors_over_words() -> None:
    """One error in one word and none in nine make 10 %, not the 50 % of a mean of rates."""
    both = total([score("yes", "no"), score("a b c d e f g h i", "a b c d e f g h i")])
    assert (both.errors, both.words, both.wer) == (1, 10, 0.1)
    assert total([]) == Score()
    assert total([]).wer is None


@given(PLAIN.filter(bool), PLAIN)
def test_plain_texts_are_scored_as_jiwer_does(reference: list[str], hypothesis: list[str]) -> None:
    """Where no compound is possible, both rates are jiwer's own."""
    said, heard = " ".join(reference), " ".join(hypothesis)
    counted = score(said, heard)
    assert counted.wer == pytest.approx(jiwer.wer(said, heard))
    assert counted.cer == pytest.approx(jiwer.cer(said, heard))


@given(st.text(), st.text(), st.sampled_from(["en", "fr", "th"]))
def test_any_text_can_be_scored(reference: str, hypothesis: str, language: str) -> None:
    """Nothing an engine writes makes scoring fail, and a text is never wrong against itself."""
    assert score(reference, hypothesis, language).errors >= 0
    assert score(reference, reference, language).errors == 0


@pytest.mark.parametrize(
    ("normalizer", "language", "errors", "words"),
    [
        ("auto", "en", 0, 5),
        ("english", "fr", 0, 5),
        ("basic", "en", 3, 5),
        ("auto", "fr", 3, 5),
        ("none", "en", 4, 4),
    ],
)
def test_a_normalizer_can_be_chosen(
    normalizer: Normalizer, language: str, errors: int, words: int
) -> None:
    """By rules that know English, by none in particular, and as written."""
    counted = score("Dr. Smith's colour twenty", "doctor smith's Color 20", language, normalizer)
    assert (counted.errors, counted.words) == (errors, words)


def test_as_written_compounds_and_apostrophes_count() -> None:
    """Without normalising nothing is forgiven, and characters are compared as they are."""
    counted = score("a clean room", "a cleanroom", normalizer="none")
    assert (counted.substitutions, counted.deletions, counted.character_errors) == (1, 1, 1)
    assert score("It's", "It\N{RIGHT SINGLE QUOTATION MARK}s", normalizer="none").errors == 1
    assert score("我 喜歡。", "我喜歡", "zh", "none").words == 4
    assert score("我 喜歡。", "我喜歡", "zh", "none").errors == 1


@given(st.text("aB,' ").filter(str.strip), st.text("aB,' "))
def test_as_written_is_what_jiwer_says(reference: str, hypothesis: str) -> None:
    """Any text, compared as it is, has jiwer's own word error rate."""
    counted = score(reference, hypothesis, normalizer="none")
    assert counted.wer == pytest.approx(jiwer.wer(reference, hypothesis))


def test_spelling_leaves_numbers_as_written() -> None:
    """English rules but the one for numbers; in other languages the usual ones."""
    said = "Dr. Grey's twenty colours"
    assert normalise(said, "en", "spelling") == "doctor gray is twenty colors"
    assert normalise(said, "fr", "spelling") == normalise(said, "fr")


def test_compounds_are_forgiven_on_request() -> None:
    """Substituted, inserted and deleted words, with and without merging."""
    assert edits(["clean", "room"], ["cleanroom", "here"]) == (0, 1, 0)
    assert edits(["clean", "room"], ["cleanroom", "here"], merge=False) == (2, 0, 0)


def test_tokens_are_found_where_they_stand() -> None:
    """Words by their spaces, characters with their marks where there are none."""
    assert tokens("  two words ") == [(2, 5), (6, 11)]
    assert tokens("กำ ดี", "th") == [(0, 2), (3, 5)]


def _long_pair(words: int, seed: int) -> tuple[str, str]:
    """Return random words and what a mishearing engine makes of them, compounds included."""
    draw = random.Random(seed)  # noqa: S311 - a repeatable text, no secret
    said = [f"{draw.choice('bcdfg')}{draw.randrange(2_000)}x" for _ in range(words)]
    heard: list[str] = []
    for word in said:
        match draw.randrange(40):
            case 0:
                heard.append("wrong")
            case 1:
                heard += [word, "more"]
            case 2:
                pass
            case 3:
                heard += [word[:2], word[2:]]
            case _:
                heard.append(word)
    return " ".join(said), " ".join(heard)


@pytest.mark.parametrize("seed", range(5))
def test_cutting_a_long_text_changes_no_count(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Scored in pieces, a text has the errors it has in one piece, and pieces there are."""
    said, heard = _long_pair(600, seed)
    whole = score(said, heard, "fr")
    monkeypatch.setattr(text, "_MOST_PAIRS", 0)
    pieces = list(text.pieces(said.split(), heard.split()))
    assert len(pieces) > 10
    assert score(said, heard, "fr") == whole
    assert whole.errors > 20


def test_an_hour_of_speech_is_cut_into_small_pieces() -> None:
    """No table of word pairs comes near the 80 million that an hour's text would take whole."""
    said, heard = (one.split() for one in _long_pair(9_000, 0))
    pieces = list(text.pieces(said, heard))
    assert [word for piece, _ in pieces for word in piece] == said
    assert [word for _, piece in pieces for word in piece] == heard
    assert max(len(one) * len(other) for one, other in pieces) < 1_000_000


def test_an_hour_that_shares_nothing_is_still_counted() -> None:
    """Where a loop leaves nothing to cut at, every word is wrong, one by one."""
    said, _ = _long_pair(4_000, 0)
    assert edits(said.split(), ["you"] * 3_990) == (3_990, 0, 10)


def test_normalised_text_is_shown_without_spaces_around_it() -> None:
    """A transcript starts with a space in Whisper's own output; compared text does not."""
    assert normalise(" Hello, there. ") == "hello there"
