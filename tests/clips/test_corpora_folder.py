"""Folders as corpora: a .txt beside each recording, LibriSpeech's tree, and their faults."""

import math
import os
from pathlib import Path

import pytest
from corpus_files import parted, place

from orchestrator.clips.audio.clips import Utterance
from orchestrator.clips.audio.container import ENDINGS
from orchestrator.clips.corpora import open_corpus


def test_a_folder_is_read_in_order_as_often_as_wanted(tmp_path: Path) -> None:
    """Names are paths below it without the ending; what is hidden is no part of it."""
    files = {"b.wav": 0.2, "b.txt": "\ufeff two \n", "a/c.WAV": 0.2, "a/c.TXT": "three"}
    place(tmp_path / "talks", files | {"notes.json": "{}", "._b.wav": "", ".git/x.wav": ""})
    corpus = open_corpus(str(tmp_path / "talks"), language="pt-BR")
    assert (corpus.name, corpus.kind, corpus.revision) == ("talks", "folder", None)
    expected = [
        Utterance("b", tmp_path / "talks/b.wav", "two", "pt"),
        Utterance("a/c", tmp_path / "talks/a/c.WAV", "three", "pt"),
    ]
    assert list(corpus.utterances()) == list(corpus.utterances()) == expected


def test_a_librispeech_tree_has_speakers(tmp_path: Path) -> None:
    """The texts are its chapters', the first part of an id is who speaks."""
    lines = "84-121-0001 HE SAID\n84-121-0000 GO ON  \n"
    files = {"84-121.trans.txt": lines, "84-121-0000.flac": "", "84-121-0001.flac": ""}
    place(tmp_path / "dev" / "84" / "121", files)
    corpus = open_corpus(str(tmp_path / "dev"))
    assert corpus.kind == "librispeech"
    first, second = corpus.utterances()
    path = tmp_path / "dev/84/121/84-121-0000.flac"
    assert first == Utterance("84-121-0000", path, "GO ON", "en", "84")
    assert isinstance(second, Utterance)
    assert second.reference == "HE SAID"


def test_what_is_wrong_costs_only_itself(tmp_path: Path) -> None:
    """Every fault of a folder is named by its file, and the good recording is still there."""
    place(tmp_path / "elsewhere", {"secret.wav": 0.2, "secret.txt": "secret"})
    folder = place(
        tmp_path / "talks",
        {
            "good.wav": 0.2,
            "good.txt": "good",
            "Good.flac": 0.2,
            "Good.txt": "the same where case is ignored",
            "mute.wav": 0.2,
            "empty.wav": 0.2,
            "empty.txt": " \n",
            "latin.wav": 0.2,
            "latin.txt": b"one\ntwo\ncaf\xe9",
            "leak.wav": 0.2,
            "linked.txt": "linked",
            "lonely.txt": "lonely",
        },
    )
    (folder / "linked.wav").symlink_to(tmp_path / "elsewhere" / "secret.wav")
    (folder / "leak.txt").symlink_to(tmp_path / "elsewhere" / "secret.txt")
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    (folder / os.fsdecode(b"\xe9.wav")).write_bytes(b"")
    (folder / os.fsdecode(b"\xe9.txt")).write_text("a name of another time", encoding="utf-8")
    good, faults = parted(open_corpus(str(folder)).utterances())
    assert list(good) == ["Good"]
    assert faults == {
        "empty.wav": "its reference text is empty",
        "good.wav": "a clip named good came before it",
        "latin.txt, line 3": "it is not UTF-8",
        "leak.txt": "it lies outside the corpus",
        "linked.wav": "it lies outside the corpus",
        "lonely.txt": "a reference without audio",
        "more": "a link to a folder is not followed; name that folder itself",
        "mute.wav": "it has no reference text (--no-reference runs without)",
        "\\udce9.wav": "its name is not UTF-8",
    }


def test_without_references_no_text_is_missed(tmp_path: Path) -> None:
    """A recording is enough; a text beside it, of whatever kind, is left alone."""
    files = {"a.wav": 0.2, "b.wav": 0.2, "b.txt": b"\xff", "lonely.txt": "", "x.trans.txt": "b B"}
    place(tmp_path, files)
    found, faults = parted(open_corpus(str(tmp_path), references=False).utterances())
    assert {name: one.reference for name, one in found.items()} == {"a": None, "b": None}
    assert not faults


def test_a_broken_chapter_costs_its_lines(tmp_path: Path) -> None:
    """Lines without audio, twice, empty or in another encoding are named by their number."""
    lines = b"1-1-0 ONE\n\n1-1-1\n1-1-2 NONE\n1-1-0 AGAIN\n\xe9 X\n"
    names = ("1-1-0.flac", "1-1-1.flac", "1-1-3.flac")
    place(tmp_path, {"1-1.trans.txt": lines} | dict.fromkeys(names, ""))
    found, faults = parted(open_corpus(str(tmp_path)).utterances())
    assert list(found) == ["1-1-0"]
    assert faults == {
        "1-1.trans.txt, line 4": "a reference without audio",
        "1-1.trans.txt, line 5": "a second text for 1-1-0",
        "1-1.trans.txt, line 6": "it is not UTF-8",
        "1-1-1.flac": "its reference text is empty",
        "1-1-3.flac": "it has no reference text (--no-reference runs without)",
    }


def test_lengths_are_read_off_headers(tmp_path: Path) -> None:
    """Nothing is decoded; what has no header has no length, and a pipe is not waited for."""
    place(tmp_path, {"a.wav": 1.5, "b.wav": 0.25, "c.wav": "no audio"})
    os.mkfifo(tmp_path / "d.wav")
    lengths = list(open_corpus(str(tmp_path), references=False).lengths().values())
    assert lengths[:2] == [1.5, 0.25]
    assert [math.isnan(length) for length in lengths] == [False, False, True, True]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"talk.wav": 0.2, "talk.TXT": "one"}, {"talk": ("one", None)}),
        ({"talk.wav": 0.2, "talk.txt": "one".encode("utf-16")}, {"talk": ("one", None)}),
        (
            {"1-2.trans.txt": "1-2-3\tone two\n", "1-2-3.wav": 0.2},
            {"1-2-3": ("one two", "1")},
        ),
        (
            {
                "84_1_0_1.wav": 0.2,
                "84_1_0_1.normalized.txt": "one",
                "84_1_0_1.original.txt": "One.",
            },
            {"84_1_0_1": ("one", "84")},
        ),
        (
            {"transcripts.txt": "7_8_9\tone\n7_8_10\ttwo\n", "audio/7/8/7_8_9.wav": 0.2},
            {"7_8_9": ("one", "7")},
        ),
        (
            {"DR1/FCJF0/SA1.WAV": 2.0, "DR1/FCJF0/SA1.TXT": "0 32000 She had your suit.\n"},
            {"DR1/FCJF0/SA1": ("She had your suit.", "FCJF0")},
        ),
        ({"a.wav": 0.2, "a.txt": "0 32000 are numbers"}, {"a": ("0 32000 are numbers", None)}),
        (
            {"train/a.wav": 0.2, "metadata.csv": "file_name,transcription\ntrain/a.wav,one\n"},
            {"train/a": ("one", None)},
        ),
        (
            {"a.wav": 0.2, "metadata.jsonl": '{"file_name":"a.wav","text":"one"}'},
            {"a": ("one", None)},
        ),
        ({"wavs/LJ1.wav": 0.2, "metadata.csv": "LJ1|1|one\n"}, {"LJ1": ("one", None)}),
        ({"a.wav": 0.2, "a.txt": "one", "metadata.csv": "x,y\n1,2\n"}, {"a": ("one", None)}),
    ],
    ids=[
        *("capitals", "UTF-16", "tab", "LibriTTS", "MLS", "TIMIT", "numbers", "Hugging Face"),
        *("Hugging Face's lines", "LJSpeech", "a list of something else"),
    ],
)
def test_layouts_that_people_have(
    tmp_path: Path,
    files: dict[str, str | bytes | float],
    found: dict[str, tuple[str, str | None]],
) -> None:
    """Corpora as their publishers lay them out, with texts and speakers."""
    corpus = open_corpus(str(place(tmp_path / "corpus", files)))
    clips, faults = parted(corpus.utterances())
    assert {name: (clip.reference, clip.speaker) for name, clip in clips.items()} == found
    alone = {"transcripts.txt, line 2": "a reference without audio"}
    assert faults == (alone if "transcripts.txt" in files else {})
    assert corpus.name == "corpus"


def test_a_folder_takes_every_ending_that_is_decoded(tmp_path: Path) -> None:
    """From one list: also the rare ones."""
    place(tmp_path, {f"{ending[1:]}{ending}": "" for ending in ENDINGS})
    found, _ = parted(open_corpus(str(tmp_path), references=False).utterances())
    assert set(found) == {ending[1:] for ending in ENDINGS}


def test_the_links_of_a_hubs_cache_are_followed(tmp_path: Path) -> None:
    """A snapshot is made of links to blobs beside it; those of others are still none of it."""
    place(tmp_path / "datasets--a--b" / "blobs", {"0123": 0.2, "4567": "one"})
    place(tmp_path / "datasets--c--d" / "blobs", {"89": 0.2})
    snapshot = tmp_path / "datasets--a--b" / "snapshots" / "f00" / "data"
    snapshot.mkdir(parents=True)
    (snapshot / "a.wav").symlink_to("../../../blobs/0123")
    (snapshot / "a.txt").symlink_to("../../../blobs/4567")
    (snapshot / "b.wav").symlink_to(tmp_path / "datasets--c--d" / "blobs" / "89")
    found, faults = parted(open_corpus(str(snapshot)).utterances())
    assert {name: clip.reference for name, clip in found.items()} == {"a": "one"}
    assert faults == {"b.wav": "it lies outside the corpus"}
