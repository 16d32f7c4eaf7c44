"""Tables and manifests as corpora: their columns, their broken rows, their paths."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from audio_files import write_audio
from corpus_files import parted, place
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.clips.audio.clips import Utterance, load_clip
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.corpora import open_corpus
from orchestrator.clips.corpora.rows import Row, manifest, table
from orchestrator.errors import ConfigError, UsageError


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("c.csv", 'audio,text,speaker\na.wav,one,\nb.wav,"two, ""three""",x\n', ""),
        ("c.csv", '\ufeffFile;Text ;client_id\r\na.wav;one;\r\nb.wav;"two, ""three""";x\r\n', ""),
        (
            "c.csv",
            'clip,words,path\na.wav,one,q\nb.wav,"two, ""three""",x\n',
            ":audio=clip,text=words,speaker=PATH",
        ),
        ("c.tsv", 'path\tsentence\tclient_id\na.wav\tone\t\nb.wav\ttwo, "three"\tx\n', ""),
        (
            "c.jsonl",
            """\
{"audio_filepath":"a.wav","text":"one","duration":null}

{"audio_filepath":"./b.wav","text":"two, \\"three\\"","speaker":"x","offset":0.0}""",
            "",
        ),
    ],
    ids=["comma", "semicolon", "named", "tab", "manifest"],
)
def test_every_form_is_read(tmp_path: Path, name: str, text: str, columns: str) -> None:
    """Separators, quotes, byte-order marks and the names that publishers give columns."""
    place(tmp_path, {"a.wav": 0.2, "b.wav": 0.2, name: text})
    corpus = open_corpus(f"{tmp_path / name}{columns}")
    found, faults = parted(corpus.utterances())
    first = ("a", "one", "q" if columns else None)
    expected = [first, ("b", 'two, "three"', "x")]
    assert [(u.name, u.reference, u.speaker) for u in found.values()] == expected
    assert (corpus.name, faults) == (name, {})


def test_common_voice_is_read_as_it_is_published(tmp_path: Path) -> None:
    """Clips lie in a folder beside the table; a row says its language and who speaks."""
    rows = 'client_id\tpath\tsentence\tlocale\n9f\ta.wav\t"Olá", disse\tpt-BR\n'
    place(tmp_path / "pt", {"test.tsv": rows, "other.tsv": rows, "clips/a.wav": 0.2})
    (found,) = open_corpus(str(tmp_path / "pt" / "test.tsv"), language="fr").utterances()
    path = tmp_path / "pt/clips/a.wav"
    assert found == Utterance("a", path, '"Olá", disse', "pt", "9f")
    with pytest.raises(UsageError, match="several tables") as told:
        open_corpus(str(tmp_path / "pt"))
    assert told.value.fix == f"name one: --corpus {tmp_path / 'pt' / 'test.tsv'}"


def test_the_columns_there_are_are_named(tmp_path: Path) -> None:
    """A wrong column ends in a list of the right ones; without references no text is needed."""
    place(tmp_path, {"c.csv": "clip,words\na.wav,one\n", "a.wav": 0.2})
    with pytest.raises(ConfigError, match=r"for the audio; it has: clip, words$") as told:
        open_corpus(str(tmp_path / "c.csv"))
    assert told.value.fix.endswith("c.csv:audio=COLUMN,text=COLUMN")
    with pytest.raises(ConfigError, match=r"no column word for the text; it has: clip, words$"):
        open_corpus(f"{tmp_path / 'c.csv'}:audio=clip,text=word")
    (found,) = open_corpus(f"{tmp_path / 'c.csv'}:audio=clip", references=False).utterances()
    assert isinstance(found, Utterance)
    assert found.reference is None
    with pytest.raises(UsageError, match="a column is named for words"):
        open_corpus(f"{tmp_path / 'c.csv'}:words=clip")


def test_a_broken_row_of_a_table_is_named_by_its_line(tmp_path: Path) -> None:
    """The rows around it still run."""
    rows = [
        *("audio,text", "a.wav,one", "b.wav", "c.wav,", "gone.wav,two", "../out.wav,three"),
        *(",four", 'a.wav,"five"x', "A.wav,six", "/etc/hostname,seven", "", "d.wav,last"),
    ]
    text = "\n".join(rows).encode() + b"\nd.wav,caf\xe9\n\0.wav,x\n"
    files = {"a.wav": 0.2, "A.wav": 0.2, "b.wav": 0.2, "c.wav": 0.2, "d.wav": 0.2, "c.csv": text}
    place(tmp_path / "corpus", files)
    place(tmp_path, {"out.wav": 0.2})
    found, faults = parted(open_corpus(str(tmp_path / "corpus" / "c.csv")).utterances())
    assert [one.reference for one in found.values()] == ["one", "last"]
    outside = "lies outside the corpus; put c.csv into the folder its audio is in"
    assert {where.removeprefix("c.csv, line "): what for where, what in faults.items()} == {
        "3": "it has 1 columns, the header 2",
        "4": "its reference text is empty",
        "5": "its audio gone.wav does not exist",
        "6": f"its audio ../out.wav {outside}",
        "7": "it names no audio",
        "8": "it is broken, up to line 8: ',' expected after '\"'",
        "9": "a clip named A came before it",
        "10": f"its audio /etc/hostname {outside}",
        "13": "its text is not UTF-8",
        "14": "its audio \0.wav is no path",
    }


def test_bytes_that_are_not_utf_8_are_found_in_every_text(tmp_path: Path) -> None:
    """Second references and terms would be stored as well; a column that nobody reads is not."""
    rows = b"audio,text,text_2,terms,note\na.wav,a,\xe9,,\nb.wav,b,,\xe9,\nc.wav,c,,,\xe9\n"
    place(tmp_path, {"a.wav": 0.2, "b.wav": 0.2, "c.wav": 0.2, "t.csv": rows})
    found, faults = parted(open_corpus(str(tmp_path / "t.csv")).utterances())
    assert list(found) == ["c"]
    assert faults == {
        "t.csv, line 2": "its text is not UTF-8",
        "t.csv, line 3": "its terms are not UTF-8: save it as UTF-8",
    }


def test_a_broken_row_of_a_manifest_is_named_by_its_line(tmp_path: Path) -> None:
    """The rows around it still run, parts of recordings too."""
    own = tmp_path / "corpus" / "b.wav"
    rows = [
        '{"audio_filepath":"a.wav","text":"one"}',
        *("[1]", '{"audio_filepath":"a.wav"', "[" * 9_999),
        '{"audio_filepath":"b.wav","text":"x","offset":1.5,"duration":1}',
        '{"audio_filepath":"b.wav","text":"x","offset":0,"duration":1}',
        '{"audio_filepath":"c.wav","text":"\\ud800","lang":"en"}',
        '{"text":"x"}',
        json.dumps({"audio_filepath": str(own), "text": 42, "lang": "DE", "duration": 3.0}),
        '{"audio_filepath":"c.wav"}',
    ]
    text = "\n".join(rows).encode() + b'\n{"text":"\xe9"}'
    place(tmp_path / "corpus", {"a.wav": 0.2, "b.wav": 3.0, "c.wav": 0.2, "m.jsonl": text})
    corpus = open_corpus(str(tmp_path / "corpus" / "m.jsonl"))
    found, faults = parted(corpus.utterances())
    assert [(u.name, u.reference, u.language) for u in found.values()] == [
        ("a", "one", None),
        ("b-1.5-2.5", "x", None),
        ("b-0-1", "x", None),
        ("b", "42", "de"),
    ]
    assert list(corpus.lengths().values()) == [0.2, 1.0, 1.0, 3.0]
    said = {where.removeprefix("m.jsonl, line "): what for where, what in faults.items()}
    for line in ("2", "3", "4", "7"):
        assert said.pop(line).startswith("it is no JSON object: ")
    assert said == {
        "8": "it names no audio",
        "10": "it has no reference text (--no-reference runs without)",
        "11": "it is not UTF-8",
    }


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("c.csv", b"", "no row that can be read"),
        ("c.csv", b"audio,text\n", "no row that can be read"),
        ("c.csv", "äudio,text\na,b\n".encode("latin-1"), "line 1 is not UTF-8"),
        ("c.csv", b'"audio"s,text\na,b\n', "line 1 is not a header"),
        ("c.csv", b"audio,text\na\n", "no row that can be read: c.csv, line 2: it has 1 columns"),
        ("c.jsonl", b"[1]\n", "no row that can be read: m?c.jsonl, line 1: it is no JSON object"),
        ("c.jsonl", b'{"a":1,"b":"c"}\n', "for the audio; it has: a, b"),
    ],
)
def test_a_file_that_is_no_corpus_is_refused(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    """Before anything runs, with the reason."""
    place(tmp_path, {name: content})
    with pytest.raises(ConfigError, match=says):
        open_corpus(str(tmp_path / name))


def test_odd_fields_are_only_text(tmp_path: Path) -> None:
    """A spreadsheet's formula, NULs and a field of a million characters are what was said."""
    texts = ["=1+1", "a\0b", "x" * 1_000_000]
    rows = "".join(f"{n}.wav,{text}\n" for n, text in enumerate(texts))
    place(tmp_path, {f"{n}.wav": 0.2 for n in range(3)} | {"c.csv": f"audio,text\n{rows}"})
    found, faults = parted(open_corpus(str(tmp_path / "c.csv")).utterances())
    assert ([one.reference for one in found.values()], faults) == (texts, {})


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5))
def test_what_a_writer_of_tables_writes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    """Whatever characters, quotes and line ends a field has."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("audio", "text"), *pairs])
    with TemporaryDirectory() as folder:
        path = place(Path(folder), {"c.csv": file.getvalue()}) / "c.csv"
        rows = list(table(path))
    assert [tuple(row.fields.values()) for row in rows if isinstance(row, Row)] == pairs


@settings(max_examples=40)
@given(
    st.binary(max_size=60), st.sampled_from([table, manifest]), st.sampled_from([".csv", ".tsv"])
)
def test_no_bytes_make_a_reader_fail(data: bytes, read: type, suffix: str) -> None:
    """Every line is a row or a fault, or the file is refused in words."""
    with TemporaryDirectory() as folder:
        path = place(Path(folder), {f"c{suffix}": b'audio,text\n{"a":1}\n' + data}) / f"c{suffix}"
        rows = list(read(path))
    assert all(row.where.startswith(f"c{suffix}, line ") for row in rows)


@pytest.mark.parametrize(
    ("columns", "row", "part"),
    [
        ("start,end", "0.5,1.5", (0.5, 1.5)),
        ("start_time,duration", "0.5,1.0", (0.5, 1.5)),
        ("offset,duration", "1.0,1.0", (1.0, 2.0)),
        ("begin_time,end_time", "2,", (2.0, 3.0)),
        ("duration", "1.0", (0.0, 1.0)),
        ("start,end", "0,3", None),
        ("duration", "2.9", None),
        ("duration", "3000", None),
        ("duration", "nobody knows", None),
        ("start,end", ",", None),
    ],
)
def test_a_row_that_is_a_part_of_a_recording_is_cut_out(
    tmp_path: Path, columns: str, row: str, part: tuple[float, float] | None
) -> None:
    """The clip has the samples of the part and no others, and belongs to its recording."""
    steps = np.repeat([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 8_000)
    write_audio(tmp_path / "a.wav", [steps * np.cos(np.arange(48_000) * 0.3)], 16_000)
    place(tmp_path, {"c.csv": f"audio,text,{columns}\na.wav,one,{row}\n"})
    corpus = open_corpus(str(tmp_path / "c.csv"))
    (found,) = corpus.utterances()
    assert isinstance(found, Utterance)
    samples = np.fromfile(decode(found.path, tmp_path / "cache").pcm, "<f4")
    begin, end = part or (0, 3)
    loud = [np.abs(half).max() for half in samples.reshape(-1, 8_000)]
    assert loud == pytest.approx(steps[round(begin * 16_000) : round(end * 16_000) : 8_000], 0.02)
    assert found.speaker == ("a" if part else None)
    assert (found.path == tmp_path / "a.wav") == (part is None)
    assert list(corpus.lengths().values()) == [end - begin]
    assert list(corpus.utterances()) == [found]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2,1", "it is no part of a.wav: from 2 s to 1 s"),
        ("2,9", "it is from 2 s to 9 s of a.wav, of 3.0 s"),
        ("x,2", "its start is no number of seconds: x"),
        ("-1,2", "its start is no number of seconds: -1"),
    ],
)
def test_a_part_that_cannot_be_is_listed(tmp_path: Path, row: str, says: str) -> None:
    """With what is wrong about it."""
    rows = f"audio,text,start,end\na.wav,one,{row}\nb.wav,two,,\n"
    place(tmp_path, {"a.wav": 3.0, "b.wav": 0.2, "c.csv": rows})
    found, faults = parted(open_corpus(str(tmp_path / "c.csv")).utterances())
    assert (list(found), faults) == (["b"], {"c.csv, line 2": says})


@pytest.mark.parametrize(
    ("text", "found", "faults"),
    [
        ('a.wav\t"one,\ntwo"\nb.wav\tlast\n', {"a": "one,\ntwo", "b": "last"}, []),
        ('a.wav\t"one\n\n""two"""\nb.wav\tlast', {"a": 'one\n\n"two"', "b": "last"}, []),
        ('a.wav\t"one\nb.wav\tlast\n', {"a": '"one', "b": "last"}, []),
        ('a.wav\t"one" two\nb.wav\tlast\n', {"a": '"one" two', "b": "last"}, []),
        ('a.wav\t"one\ntwo\nb.wav\tlast\n', {"b": "last"}, ["c.tsv, line 2", "c.tsv, line 3"]),
        ('b.wav\tlast\na.wav\t"one\n', {"b": "last", "a": '"one'}, []),
    ],
    ids=["joined", "over a blank line", "a lone mark", "closed", "never closed", "at the end"],
)
def test_a_quoted_line_break_is_joined_or_listed(
    tmp_path: Path, text: str, found: dict[str, str], faults: list[str]
) -> None:
    """A reference is never cut where its line ends."""
    place(tmp_path, {"a.wav": 0.2, "b.wav": 0.2, "c.tsv": f"path\tsentence\n{text}"})
    clips, said = parted(open_corpus(str(tmp_path / "c.tsv")).utterances())
    assert {name: clip.reference for name, clip in clips.items()} == found
    assert list(said) == faults


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("c.csv", b"sep=;\r\naudio;text\r\na.wav;one\r\n"),
        ("c.csv", b"\xef\xbb\xbfsep=,\naudio,text\na.wav,one\n"),
        ("c.csv", "audio,text\na.wav,one\n".encode("utf-16")),
        ("c.tsv", "audio\ttext\na.wav\tone\n".encode("utf-16")),
        ("c.json", b' [\n {"audio": "a.wav",\n  "text": "one"}]'),
        ("c.json", '[{"audio": "a.wav", "text": "one"}]'.encode("utf-16")),
        ("c.jsonl", '{"audio": "a.wav", "text": "one"}\n'.encode("utf-16")),
        ("metadata.csv", b"a|won|one\n"),
        ("metadata.csv", b"wavs/b.wav|one|somebody\n"),
        ("metadata.csv", b"file|text\na.wav|one\n"),
    ],
)
def test_layouts_that_people_have(tmp_path: Path, name: str, data: bytes) -> None:
    """Excel's first line, UTF-16, an array of objects, LJSpeech's bars with and without header."""
    place(tmp_path, {"a.wav": 0.2, "wavs/b.wav": 0.2, name: data})
    (found,) = open_corpus(str(tmp_path / name)).utterances()
    assert isinstance(found, Utterance)
    assert found.reference == "one"


def test_a_manifest_that_ends_in_its_midst_is_refused(tmp_path: Path) -> None:
    """An array that is cut has no rows that could be told apart."""
    place(tmp_path, {"a.wav": 0.2, "c.json": '[{"audio": "a.wav", "text": "one"}, {'})
    with pytest.raises(ConfigError, match="is no array of JSON objects"):
        open_corpus(str(tmp_path / "c.json"))


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("a.wav,one\n,two\n", "its first line is a row: write the names of the columns above"),
        ("one\ntwo\n", "give each row its audio and its text, under names for both (audio,text)"),
        ("clip,words\na.wav,one\n", "c.csv:audio=COLUMN,text=COLUMN"),
    ],
)
def test_advice_can_help(tmp_path: Path, text: str, fix: str) -> None:
    """A table without a header or with one column has no column to be named."""
    place(tmp_path, {"a.wav": 0.2, "c.csv": text})
    with pytest.raises(ConfigError) as error:
        open_corpus(str(tmp_path / "c.csv"))
    assert fix in error.value.fix


def test_clips_carry_terms(tmp_path: Path) -> None:
    """Between semicolons in a table, a list in a manifest; a broken one costs its row alone."""
    rows = "audio,text,terms\na.wav,one,Ada | A; Bob\nb.wav,two,\nc.wav,three,Ada |\n"
    lines = '{"audio": "a.wav", "text": "one", "terms": ["Ada | A", "Bob"]}\n'
    place(tmp_path, {"a.wav": 0.2, "b.wav": 0.2, "c.wav": 0.2, "c.csv": rows, "c.jsonl": lines})
    found, faults = parted(open_corpus(str(tmp_path / "c.csv")).utterances())
    assert {name: [str(term) for term in u.terms] for name, u in found.items()} == {
        "a": ["Ada | A", "Bob"],
        "b": [],
    }
    assert "nothing stands beside a bar" in faults["c.csv, line 4"]
    (listed,) = open_corpus(str(tmp_path / "c.jsonl")).utterances()
    assert isinstance(listed, Utterance)
    assert [str(term) for term in listed.terms] == ["Ada | A", "Bob"]


def test_terms_lie_beside_recordings_too(tmp_path: Path) -> None:
    """In a folder, one a line; and beside a clip that is named by itself."""
    place(tmp_path, {"a.wav": 0.5, "a.txt": "Ada", "b.wav": 0.5, "b.txt": "Bob"})
    (tmp_path / "a.terms").write_text("Ada | A\n", encoding="utf-8")
    (tmp_path / "b.terms").write_text("|\n", encoding="utf-8")
    found, faults = parted(open_corpus(str(tmp_path)).utterances())
    assert [str(term) for term in found["a"].terms] == ["Ada | A"]
    assert faults.keys() == {"b.terms"}
    clip = load_clip(tmp_path / "a.wav", tmp_path / "cache")
    assert [str(term) for term in clip.terms] == ["Ada | A"]
    assert "terms" not in clip.model_dump()


def test_other_columns_are_groups(tmp_path: Path) -> None:
    """What they say in a word or a few; no texts, no paths, nothing for nothing."""
    long = "x" * 100
    rows = f"path,sentence,Accents,age,notes,was\na.wav,one,Scots ,nan,{long},/home/joe/a.wav\n"
    place(tmp_path, {"a.wav": 0.2, "c.csv": rows})
    (found,) = open_corpus(str(tmp_path / "c.csv")).utterances()
    assert isinstance(found, Utterance)
    assert found.groups == {"accents": "Scots"}
