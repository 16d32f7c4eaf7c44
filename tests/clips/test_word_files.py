"""Files that say when words are spoken: CTM and TextGrid, read as people and their tools write."""

import contextlib
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_runs import clip

from orchestrator.clips import words
from orchestrator.clips.words import ctm, textgrid
from orchestrator.runs.schema import ClipRecord, ClipWords, Fault, TimedWord

CTM = """\
;; what made it
  ;; and when
talk 1 0.50 0.25 Hello, 0.93
talk 1 1.000 0.5 <eps>
other A 7 1 elsewhere
talk 1 0.75 0.20 world
"""
LONG = """\
File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 2.5
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.5
            text = "AH0"
    item [2]:
        class = "TextTier"
        name = "words spoken at"
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 1
            mark = "hey"
    item [3]:
        class = "IntervalTier"
        name = "speaker - words"
        xmin = 0
        xmax = 2.5
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 1.25e0
            text = "say ""no"" now"  ! as it was said
        intervals [3]:
            xmin = 1.25
            xmax = 2.5
            text = "sil"
"""
SHORT = """\
File type = "ooTextFile short"
"TextGrid"

0
1
<exists>
1
"IntervalTier"
"Mary"
0
1
2
0
0.5
"one"
0.5
1
"two"
"""


def timed(*spoken: tuple[float, float, str]) -> list[TimedWord]:
    """Return words of so many starts and ends."""
    return [TimedWord(start=start, end=end, text=text) for start, end, text in spoken]


def recorded(folder: Path, name: str = "talk", offset: float = 0.0) -> ClipRecord:
    """Return a clip whose recording is in this folder."""
    return clip(name, path=folder / f"{name}.wav", offset=offset)


def test_a_ctm_file_has_words_of_recordings_by_start_and_duration() -> None:
    """Comments, confidences and channels are passed over; what is no word is none."""
    assert ctm.words(CTM, "talk") == timed((0.5, 0.75, "Hello,"), (0.75, 0.95, "world"))
    assert ctm.by_recording(CTM)["other"] == timed((7, 8, "elsewhere"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("talk 1 0.5 0.25\n", "line 1 has 4 fields: a word takes 5"),
        ("\ntalk 1 * * <ALT_BEGIN>\n", r"line 2: \* is no number of seconds"),
        ("talk 1 0.5 nan word\n", "line 1: nan is no number of seconds"),
        ("talk 1 -1 2 word\n", "line 1: -1 is no number of seconds"),
        ("a 1 0 1 x\nb 1 0 1 x\n", "it has no line for talk, but for a, b"),
        (";; nothing\n", "it is empty"),
    ],
)
def test_what_is_no_ctm_names_the_line(text: str, what: str) -> None:
    """No word is guessed from a line that lacks something."""
    with pytest.raises(ValueError, match=what):
        ctm.words(text, "talk")


def test_a_file_of_one_recording_is_of_this_one_whatever_it_is_called() -> None:
    """Tools name the file they heard, which may be another format of it."""
    assert ctm.words("TALK_16k 1 0 1 hello\n", "talk") == timed((0, 1, "hello"))


_WORD = st.text(st.characters(categories=("L", "N")), min_size=1).filter(ctm.is_word)
_SPOKEN = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**4), _WORD), max_size=8)


@given(_SPOKEN)
def test_a_ctm_of_any_words_reads_as_it_is(spoken: list[tuple[int, int, str]]) -> None:
    """Start, end and letters of every word come back."""
    lines = (f"talk 1 {at / 1000} {long / 1000} {text}\n" for at, long, text in spoken)
    found = ctm.by_recording("".join(lines)).get("talk", [])
    assert found == timed(*((at / 1000, at / 1000 + n / 1000, text) for at, n, text in spoken))


def test_a_textgrid_has_its_words_in_the_tier_of_that_name() -> None:
    """Quotes are doubled, a comment and the words around numbers mean nothing, silence is none."""
    assert textgrid.words(LONG) == timed((0.5, 1.25, 'say "no" now'))


def test_the_short_form_and_a_single_tier_of_any_name_are_read_too() -> None:
    """Praat saves both; people name a tier after whom it is of."""
    assert textgrid.words(SHORT) == timed((0, 0.5, "one"), (0.5, 1, "two"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no TextGrid in Praat's text format, or is cut off"),
        ('"ooTextFile" "PitchTier"', "it is no TextGrid"),
        (SHORT[:-12], "cut off"),
        (LONG.replace("speaker - words", "syllables"), "no tier called words; there are: phones"),
        (SHORT.replace('"one"', "1"), "it has 1 where a text is due"),
        (SHORT.replace("0.5\n1\n", "0.5\n0.25\n"), "'two' ends before it begins, at 0.5 s"),
        (SHORT.replace("<exists>\n1\n", "<exists>\n1.5\n"), "it has 1.5 where a number of tiers"),
        (SHORT.replace("\n1\n<exists>", "\n1e999\n<exists>"), "it has a number that is not finite"),
        (SHORT.replace("<exists>", "<absent>"), "no tier called words; there are: none"),
    ],
)
def test_what_is_wrong_with_a_textgrid_is_said(text: str, what: str) -> None:
    """No word is guessed from a file that is not whole."""
    with pytest.raises(ValueError, match=what):
        textgrid.words(text)


_LABEL = st.text(st.characters(categories=("L", "N", "P", "Z", "S")), max_size=6)


def grid(labels: list[str], *, long: bool) -> str:
    """Return a TextGrid with an interval of half a second a label."""
    names = ("xmin = ", "xmax = ", "text = ", "intervals: size = ") if long else ("", "", "", "")
    start, end, text, size = names
    tier = "".join(
        f"{start}{n / 2}\n{end}{(n + 1) / 2}\n{text}" + '"' + label.replace('"', '""') + '"\n'
        for n, label in enumerate(labels)
    )
    return (
        f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n{start}0\n{end}9\n'
        f'tiers? <exists>\n1\n"IntervalTier"\n"words"\n{start}0\n{end}9\n'
        f"{size}{len(labels)}\n{tier}"
    )


@given(st.lists(_LABEL, max_size=6))
def test_both_forms_of_a_textgrid_read_the_same(labels: list[str]) -> None:
    """Whatever people write in a label, marks of Praat's format among it."""
    found = textgrid.words(grid(labels, long=True))
    assert found == textgrid.words(grid(labels, long=False))
    assert [word.text for word in found] == [t for each in labels if ctm.is_word(t := each.strip())]


def test_what_is_written_reads_the_same() -> None:
    """Also quotes and words that touch; silence between them is none of the words."""
    said = timed((0.25, 0.5, 'a "b"'), (0.5, 1.0, "c"), (1.25, 2.0, "d e"))
    assert textgrid.words(textgrid.written(said, 2.0)) == said
    assert textgrid.words(textgrid.written([], 2.0)) == []


@given(st.text(), st.integers(0, 400), st.integers(0, 40))
def test_a_damaged_file_is_a_sentence_and_never_a_crash(junk: str, at: int, cut: int) -> None:
    """Anything at all, or a good file with a piece of it replaced."""
    for text in (junk, LONG[:at] + junk + LONG[at + cut :]):
        for read in (textgrid.words, ctm.words):
            with contextlib.suppress(ValueError):
                assert all(math.isfinite(word.end) for word in read(text, "talk"))


def test_the_file_beside_a_recording_is_found_whatever_its_case(tmp_path: Path) -> None:
    """A CTM goes before a TextGrid; words stand in order, by the clock of the clip."""
    (tmp_path / "Talk.TextGrid").write_text(SHORT, "utf-16")
    found = words.of(recorded(tmp_path))
    assert isinstance(found, ClipWords)
    assert (found.source, [word.text for word in found.words]) == ("Talk.TextGrid", ["one", "two"])
    (tmp_path / "talk.ctm").write_text("talk 1 2 1 late\ntalk 1 1 1 early\n", "utf-8")
    found = words.of(recorded(tmp_path, offset=0.25))
    assert isinstance(found, ClipWords)
    assert found.words == tuple(timed((0.75, 1.75, "early"), (1.75, 2.75, "late")))


def test_a_ctm_of_a_whole_folder_has_lines_for_each(tmp_path: Path) -> None:
    """As corpora come; a recording that it does not name has no times, and that is no fault."""
    (tmp_path / "all.ctm").write_text(CTM, "utf-8")
    found = words.of(recorded(tmp_path, "other"))
    assert isinstance(found, ClipWords)
    assert (found.source, len(found.words)) == ("all.ctm", 1)
    assert words.of(recorded(tmp_path, "third")) == ClipWords(clip="third")


def test_what_is_wrong_with_a_file_names_it(tmp_path: Path) -> None:
    """Also where it might be the one that has the words, and for bytes that are no text."""
    (tmp_path / "all.ctm").write_text("talk 1\n", "utf-8")
    assert words.of(recorded(tmp_path)) == Fault("all.ctm", "line 1 has 2 fields: a word takes 5")
    (tmp_path / "talk.ctm").write_bytes(b"talk 1 0 1 \xff\n")
    assert words.of(recorded(tmp_path)) == Fault("talk.ctm", "it is neither UTF-8 nor UTF-16 text")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A corpus from elsewhere must not make anyone's files part of a result."""
    outside = tmp_path / "private.ctm"
    outside.write_text(CTM, "utf-8")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "talk.ctm").symlink_to(outside)
    assert words.of(recorded(tmp_path / "corpus")) == ClipWords(clip="talk")


def test_a_recording_that_is_gone_has_no_times(tmp_path: Path) -> None:
    """A run may be read again where its audio is not."""
    assert words.of(recorded(tmp_path / "gone")) == ClipWords(clip="talk")
