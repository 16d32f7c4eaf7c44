"""Marks in transcripts: what differs, word by word, as it was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.analysis.scoring import text
from orchestrator.reports.html.marks import Marker, Piece


def marked(said: str | None, heard: str, language: str = "en") -> list[Piece]:
    """Return the pieces of a transcript."""
    return list(Marker(language).marked(said, heard))


def differing(said: str, heard: str, language: str = "en") -> list[tuple[str, str, str]]:
    """Return what is marked in a transcript: its kind, what was said, what was heard."""
    pieces = marked(said, heard, language)
    return [(p.kind, p.said, p.heard) for p in pieces if p.kind != "same"]


@pytest.mark.parametrize(
    ("said", "heard", "found"),
    [
        ("Bring a lamp.", "bring a LAMP", []),
        ("Bring twenty dollars, please.", "Bring $20 please.", []),
        ("The clean room is open.", "The cleanroom is open.", []),
        ("Go home now.", "Go now.", [("missed", "home", "")]),
        ("Go now.", "Go right now.", [("invented", "", "right")]),
        ("Press the pound key.", "Press the town key.", [("wrong", "pound", "town")]),
        ("Go - now.", "Go — home!", [("wrong", "now.", "home!")]),
        ("Go.", "", [("missed", "Go.", "")]),
        ("", "Go.", [("invented", "", "Go.")]),
    ],
)
def test_errors_are_marked_as_they_are_written(
    said: str, heard: str, found: list[tuple[str, str, str]]
) -> None:
    """What differs in writing alone is no error; what does is shown with its punctuation."""
    assert differing(said, heard) == found


def test_in_a_language_without_spaces_each_character_is_marked() -> None:
    """Japanese is aligned by character, as it is scored."""
    assert differing("今日は雨です", "今日は雪です", "ja") == [("wrong", "雨", "雪")]


def test_without_a_reference_nothing_is_marked() -> None:
    """A transcript that nobody can check is one piece of what was heard."""
    assert marked(None, "Go now.") == [Piece("same", heard="Go now.")]


def test_segments_begin_where_their_first_word_stands() -> None:
    """Pieces are cut where a segment begins, and one that is an error carries its time too."""
    pieces = list(
        Marker("en").marked("One two three four.", "One two tree four.", {0: 0.0, 2: 1.5})
    )
    assert [(p.heard, p.at) for p in pieces] == [("One two", 0.0), ("tree", 1.5), ("four.", None)]


_WORDS = st.lists(st.sampled_from(["go", "Home", "um", "-", "$20", "twenty", "dollars", "?"]))


@settings(max_examples=40)
@given(_WORDS, _WORDS)
def test_every_word_that_was_written_stands_once(said: list[str], heard: list[str]) -> None:
    """Whatever is marked, the pieces together are the transcript."""
    pieces = marked(" ".join(said), " ".join(heard))
    assert " ".join(p.heard for p in pieces if p.heard) == " ".join(heard)


@settings(max_examples=40)
@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(["en", "pt", "ja"]))
def test_no_text_is_too_strange(said: str, heard: str, language: str) -> None:
    """Any characters can be said and heard; nothing that was heard is lost or said twice."""
    pieces = marked(said, heard, language)
    written = "".join(heard[a:b] for a, b in text.tokens(heard, language))
    assert "".join("".join(p.heard.split()) for p in pieces) == "".join(written.split())
