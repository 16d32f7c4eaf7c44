"""References as people have them: what nobody says goes, what somebody says stays, all is told."""

from pathlib import Path

import pytest
from corpus_files import parted, place

from orchestrator.bench.clip_list import Source, write
from orchestrator.clips.audio.clips import load_clip
from orchestrator.clips.corpora import open_corpus
from orchestrator.clips.references import cleaned, of_subtitles

NOTES, LABELS, CODES = "notes in brackets", "speaker labels", "time codes"
ROLLED = "repeated lines of subtitles"


@pytest.mark.parametrize(
    ("raw", "text", "left_out"),
    [
        ("Speaker 1: hello\nSPEAKER_02: hi", "hello\nhi", {LABELS: 2}),
        ("Mary: So?\n\nDr. John Smith: At 10:30.", "So?\nAt 10:30.", {LABELS: 2}),
        (">> ANNA: so what\n>> nothing", "so what\nnothing", {LABELS: 2}),
        ("0:00 hello there\n0:05 and bye", "hello there\nand bye", {CODES: 2}),
        ("00:01:02 JANE: hi\n00:01:05 BOB (by phone): yes", "hi\nyes", {CODES: 2, LABELS: 2}),
        ("[00:01.000 --> 00:04.000]  And so", "And so", {CODES: 1}),
        (
            "one [00:12] two (laughs) {noise} three",
            "one   two (laughs)   three",
            {CODES: 1, NOTES: 2},
        ),
    ],
    ids=["numbers", "names", "chevrons", "minutes", "both", "whisper", "within"],
)
def test_what_nobody_says_is_left_out(raw: str, text: str, left_out: dict[str, int]) -> None:
    """Labels and time codes before lines, notes and time codes within; notes go when scored."""
    found = cleaned(raw)
    assert (found.text, dict(found.left_out)) == (text, left_out)


@pytest.mark.parametrize(
    "raw",
    [
        "10:30 is when we meet",
        "NASA: the early years",
        "Note: this is said\nand so is this",
        "call (555) 1234",
        "the ratio is 3:1 here",
        "we meet at 10:30\n11:15 is too late for us\nand 12:00 is lunch",
    ],
)
def test_what_may_be_said_stays(raw: str) -> None:
    """A time, a title, a single name before a colon are words, unless more lines begin so."""
    found = cleaned(raw)
    assert (found.text, dict(found.left_out)) == (raw, {})


def test_nothing_but_notes_stays() -> None:
    """A reference is never made empty: what is in it is scored as ever."""
    assert cleaned("{noise}").text == "{noise}"
    assert cleaned("Speaker 1:\nSpeaker 2:").text == "Speaker 1:\nSpeaker 2:"


def test_subtitles_are_what_is_said() -> None:
    """WebVTT with a header, a comment, settings, a voice, markup, and lines that roll on."""
    found = of_subtitles(
        "WEBVTT\nKind: captions\n\nNOTE by us\n\n1\n00:00.000 --> 00:01.000 align:start\n"
        "<v Fred>Hi, <i>you</i> &amp; me\n\n00:01.000 --> 00:02.000\n"
        "Hi, you &amp; me\nrolling on\n\n"
        "00:02.000 --> 00:03.000\nrolling on\n<00:02.500><c>to</c> the end [music]\n"
    )
    assert found.text == "Hi, you & me\nrolling on\nto the end [music]"
    assert dict(found.left_out) == {LABELS: 1, ROLLED: 2, NOTES: 1}


def test_subrip_with_a_blank_line_loses_nothing() -> None:
    """What has no time of its own belongs to the cue before it."""
    text = "1\r\n00:00:00,000 --> 00:00:01,000\r\n{\\an8}One\r\n\r\ntwo\r\n\r\n2\r\n"
    found = of_subtitles(f"{text}00:00:01,000 --> 00:00:02,000\r\nthree 3\r\n")
    assert (found.text, dict(found.left_out)) == ("One\ntwo\nthree 3", {})


def test_a_folder_has_subtitles_and_several_references(tmp_path: Path) -> None:
    """Without a text a recording has its subtitles, also of a language; talk.2.txt is as good."""
    cue = "WEBVTT\n\n00:00.000 --> 00:01.000\nSpeaker 1: hello\n"
    place(
        tmp_path,
        {
            **{f"{name}.wav": 0.5 for name in ("a", "b", "c", "d", "d.2")},
            "a.en.vtt": cue,
            "b.SRT": "1\n00:00:00,000 --> 00:00:01,000\nyes\n",
            "c.txt": "colour",
            "c.2.txt": "color",
            "c.3.txt": "hue",
            "c.srt": "other",
            "d.txt": "one",
            "d.2.txt": "another recording's",
            "film.srt": "of no recording",
        },
    )
    found, faults = parted(open_corpus(str(tmp_path)).utterances())
    assert not faults
    assert {name: (u.reference, u.alternatives) for name, u in found.items()} == {
        "a": ("hello", ()),
        "b": ("yes", ()),
        "c": ("colour", ("color", "hue")),
        "d": ("one", ()),
        "d.2": ("another recording's", ()),
    }
    assert dict(found["a"].left_out) == {LABELS: 1}
    for name in ("a", "c", "d"):  # "a.en.vtt" is a corpus's only
        clip = load_clip(tmp_path / f"{name}.wav", tmp_path / "cache")
        expected = (None, ()) if name == "a" else (found[name].reference, found[name].alternatives)
        assert (clip.reference, clip.alternatives) == expected


def test_rows_have_several_references(tmp_path: Path) -> None:
    """A list in a manifest; columns text_2 and so on in a table."""
    rows = "audio,text,text_2,text_3\na.wav,one,1,\n"
    lines = '{"audio": "a.wav", "text": ["one", "1"]}\n'
    place(tmp_path, {"a.wav": 0.2, "c.csv": rows, "c.jsonl": lines})
    for name in ("c.csv", "c.jsonl"):
        found, _ = parted(open_corpus(str(tmp_path / name)).utterances())
        assert (found["a"].reference, found["a"].alternatives, found["a"].groups) == (
            "one",
            ("1",),
            {},
        )


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    """The record of a corpus has it by kind; the clips do not."""
    place(tmp_path, {"a.wav": 0.5, "a.txt": "Speaker 1: hello (laughs)\n[noise]"})
    clip = load_clip(tmp_path / "a.wav", tmp_path / "cache")
    listed = write(tmp_path / "clips.jsonl", tmp_path / "cache", Source("files", "files"), [clip])
    assert listed.corpus.left_out == {LABELS: 1, NOTES: 2}
    assert '"left_out"' not in (tmp_path / "clips.jsonl").read_text("utf-8")
