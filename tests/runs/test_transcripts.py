"""Transcripts as files: whatever an engine answers and a clip is called, they can be opened."""

import html
import json
import math
import tempfile
from pathlib import Path

import pysubs2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.errors import UsageError
from orchestrator.runs.transcripts import (
    FileNames,
    Spoken,
    document,
    expect_writable,
    rendered,
    safe,
    write,
)
from orchestrator.runs.transcripts.spoken import cues, one_line
from runners.protocol import Segment
from runners.words import joined

any_text = st.text(st.characters(), max_size=12)  # controls, lone surrogates, emoji, any script
any_time = st.none() | st.floats() | st.floats(-1, 12)
any_pieces = st.lists(st.builds(Segment, start=any_time, end=any_time, text=any_text), max_size=4)

TALK = Spoken(
    text="First. Second.",
    language="en",
    seconds=10.0,
    segments=[Segment(0.0, 2.5, "First."), Segment(2.5, 3600.0, "Second.")],
    words=[Segment(0.5, 2.5, "First."), Segment(3.0, None, "Second.")],
)


def spoken(*segments: Segment, text: str = "", seconds: float = 10.0) -> Spoken:
    """Return what an engine heard in a clip of ten seconds."""
    return Spoken(text, None, seconds, segments)


def shown(what: Spoken) -> list[tuple[int, int, str]]:
    """Return the cues as plain values, in milliseconds."""
    return [(cue.start, cue.end, cue.text) for cue in cues(what)]


def test_each_format_as_it_is_written(tmp_path: Path) -> None:
    """Text a line a segment, two kinds of subtitles within the clip, JSON with every time."""
    paths = write(tmp_path / "new", "talk", TALK)
    assert [path.name for path in paths] == ["talk.txt", "talk.srt", "talk.vtt", "talk.json"]
    text, subrip, webvtt, as_json = [path.read_text("utf-8") for path in paths]
    assert text == "First.\nSecond.\n"
    assert subrip == (
        "1\n00:00:00,000 --> 00:00:02,500\nFirst.\n\n2\n00:00:02,500 --> 00:00:10,000\nSecond.\n\n"
    )
    assert webvtt == "WEBVTT\n\n" + subrip.replace(",", ".")
    assert json.loads(as_json) == {
        "text": "First. Second.",
        "language": "en",
        "seconds": 10.0,
        "segments": [
            {"start": 0.0, "end": 2.5, "text": "First."},
            {"start": 2.5, "end": 10.0, "text": "Second."},
        ],
        "words": [
            {"start": 0.5, "end": 2.5, "text": "First."},
            {"start": 3.0, "end": None, "text": "Second."},
        ],
    }


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([], [(0, 10_000, "all of it")]),
        (
            [Segment(None, math.nan, "all"), Segment(None, None, "of it")],
            [(0, 10_000, "all of it")],
        ),
        ([Segment(4, 6, "b"), Segment(1, 2, "a")], [(1000, 2000, "a"), (4000, 6000, "b")]),
        ([Segment(1, 5, "a"), Segment(2, 3, "b")], [(1000, 5000, "a"), (2000, 3000, "b")]),
        ([Segment(1, None, "a"), Segment(4, None, "b")], [(1000, 4000, "a"), (4000, 10_000, "b")]),
        (
            [Segment(1, 2, "a"), Segment(None, None, "b"), Segment(4, 5, "c")],
            [(1000, 2000, "a"), (2000, 4000, "b"), (4000, 5000, "c")],
        ),
        ([Segment(3, 3, "a"), Segment(-2, -1, "b")], [(0, 3000, "b"), (3000, 6000, "a")]),
        (
            [Segment(2, 2, "a"), Segment(2, 2, "b"), Segment(4, 5, "c")],
            [(2000, 4000, "a"), (2000, 4000, "b"), (4000, 5000, "c")],
        ),
        ([Segment(11, 12, "late")], [(9999, 10_000, "late")]),
        ([Segment(1, 2, " \n\0"), Segment(2, 3, "a\n\nb")], [(2000, 3000, "a b")]),
    ],
    ids=[
        "no segments",
        "no times",
        "unordered",
        "overlapping",
        "no ends",
        "one without times",
        "no length",
        "no length at one time",
        "past the end",
        "no text",
    ],
)
def test_times_that_cannot_be_are_filled_in(
    segments: list[Segment], expected: list[tuple[int, int, str]]
) -> None:
    """Subtitles come in order, within the clip, each for a while; JSON has the same times."""
    what = spoken(*segments, text="all of it")
    assert shown(what) == expected
    times = {min(max(s.start, 0), 9.999) for s in segments if s.start is not None}
    told = {piece["start"] for piece in document(what)["segments"]}  # type: ignore[attr-defined]
    assert told - {None} == times


def test_times_are_those_of_the_recording() -> None:
    """Sound that begins late, after a day and four hours here, has its times in every format."""
    what = Spoken("Hm.", None, 10.0, [Segment(1, 2.5, "Hm.")], [Segment(1, None, "Hm.")], 360_000.5)
    assert "100:00:01,500 --> 100:00:03,000" in rendered(what, "srt")
    assert "100:00:01.500 --> 100:00:03.000" in rendered(what, "vtt")
    written = document(what)
    assert written["segments"] == [{"start": 360_001.5, "end": 360_003.0, "text": "Hm."}]
    assert written["words"] == [{"start": 360_001.5, "end": None, "text": "Hm."}]
    assert (written["seconds"], written["offset"]) == (10.0, 360_000.5)


def test_times_past_the_end_are_said() -> None:
    """A time far past the end is a sentence, one that is rounding is none."""
    assert not list(spoken(Segment(0, 10.4, "a")).excess)
    (sentence,) = spoken(Segment(0, 3, "a"), Segment(3, 300, "b")).excess
    assert sentence == "a time of 300.0 s, 290.0 s past its end: written as its end"


@pytest.mark.parametrize(
    "text",
    ["1 --> 2", "<b>bold</b>", "a & b < c", "{x} C:\\N", "שלום", "😀", "WEBVTT", "1984", "NOTE x"],
)
def test_markup_stays_text(text: str) -> None:
    """What a format would take for its own signs comes back as text when the file is read."""
    what = spoken(Segment(0, 1, text), Segment(1, 2, "next"))
    for form, original in (("vtt", html.unescape), ("srt", lambda read: read)):
        first, second = pysubs2.SSAFile.from_string(rendered(what, form), form).events
        look_alike = text.translate(str.maketrans("<>", "\u2039\u203a")) if form == "srt" else text
        assert original(first.text).replace("\u2060", "") == look_alike
        assert second.text == "next"


@settings(max_examples=60)
@given(any_pieces, any_text, st.floats(0.1, 10**5))
def test_files_of_anything_can_be_read(pieces: list[Segment], text: str, seconds: float) -> None:
    """Whatever an engine answers, each file is valid and holds as many cues as there are texts."""
    what = Spoken(text, None, seconds, pieces, pieces)
    expected = shown(what)
    length = max(round(seconds * 1000), 1)
    assert all(0 <= start < end <= length for start, end, _ in expected)
    assert [start for start, *_ in expected] == sorted(start for start, *_ in expected)
    for form in ("srt", "vtt"):
        events = pysubs2.SSAFile.from_string(rendered(what, form), form).events if expected else []
        assert [(e.start, e.end) for e in events] == [(start, end) for start, end, _ in expected]
    told = json.loads(json.dumps(document(what), allow_nan=False))
    assert len(told["segments"]) == len(told["words"]) == len(pieces)
    lines = rendered(what, "txt")
    assert lines.replace("\n", "").replace(" ", "") == one_line(text).replace(" ", "")
    assert not {line for line in lines.split("\n") if one_line(line) != line}


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/etc/passwd", "../up", "a/b", "a\0b", "x" * 300, "語" * 300, "CON", "nul.x"],
)
def test_files_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    """No clip's name leads out of the folder, hides a file or is too long for one."""
    folder = tmp_path / "folder"
    (path,) = write(folder, name, TALK, ("srt",))
    assert [*tmp_path.rglob("*.srt")] == [path]
    assert path.parent == folder
    assert not path.name.startswith(".")
    assert path.stem != name


@settings(max_examples=60)
@given(any_text)
@example("Talk of Monday, 10:30 - part 1?")
def test_a_safe_name_stays(name: str) -> None:
    """A name that was made safe is safe; one that is, is not changed."""
    made = safe(name)
    assert safe(made) == made
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / made).touch()
        assert len(list(Path(folder).iterdir())) == 1


def test_each_clip_has_names_of_its_own() -> None:
    """Names that some file system takes for one are told apart, the same way each time."""
    names = ["talk", "Talk", "a/b", "a_b", "a\\b", "caf\u00e9", "cafe\u0301", "talk-2"]
    first, again = FileNames(), FileNames()
    given = [first(name) for name in names]
    assert given[:2] == ["talk", "Talk-2"]
    assert given[3] == "a_b"
    assert len({name.casefold() for name in given}) == len(names)
    assert [again(name) for name in names] == given


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    """A second run replaces its own files and no others; links are replaced, not followed."""
    (tmp_path / "other.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "talk.txt").symlink_to(tmp_path / "other.txt")
    for _ in range(2):
        write(tmp_path, "talk", TALK, ("txt",))
    assert (tmp_path / "other.txt").read_text(encoding="utf-8") == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"other.txt", "talk.txt"}


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder that is a file, a file that is a folder, a format there is not: UsageError."""
    (tmp_path / "file").touch()
    (tmp_path / "talk.txt").mkdir()
    for folder in (tmp_path / "file", tmp_path):
        with pytest.raises(UsageError, match="cannot be written"):
            write(folder, "talk", TALK, ("txt",))
    with pytest.raises(UsageError, match="cannot be written"):
        expect_writable(tmp_path / "file")
    with pytest.raises(UsageError, match="no format 'doc'"):
        write(tmp_path, "talk", TALK, ("doc",))
    assert {path.name for path in tmp_path.iterdir()} == {"file", "talk.txt"}


def test_the_engines_own_text_stands_where_its_segments_hold_another() -> None:
    """Segments that lack a word, or come in another order, do not become the text."""
    assert rendered(spoken(Segment(0, 1, "one"), text="one two"), "txt") == "one two\n"
    assert rendered(spoken(Segment(1, 2, "b"), Segment(0, 1, "a"), text="b a"), "txt") == "b a\n"
    assert rendered(spoken(text=" \n "), "txt") == ""
    assert rendered(spoken(), "vtt") == "WEBVTT\n\n"


def test_pieces_of_words_are_joined() -> None:
    """A piece that begins with a space begins a word, as long as its last piece."""
    pieces = [Segment(0, 1, " hel"), Segment(1, 2, "lo"), Segment(2, 3, ","), Segment(4, 5, " you")]
    assert joined(pieces) == [Segment(0, 3, " hello,"), Segment(4, 5, " you")]
    assert joined([]) == []
