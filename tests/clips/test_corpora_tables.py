"""Tables and manifests as corpora: their columns, their broken rows, their paths."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from corpus_files import parted, place
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.clips.audio.clips import Utterance
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


def test_a_broken_row_of_a_manifest_is_named_by_its_line(tmp_path: Path) -> None:
    """Also parts of recordings: their references would be held against all of it."""
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
        ("b", "42", "de"),
    ]
    assert corpus.lengths().tolist() == [0.2, 3.0]
    said = {where.removeprefix("m.jsonl, line "): what for where, what in faults.items()}
    for line in ("2", "3", "4", "7"):
        assert said.pop(line).startswith("it is no JSON object: ")
    assert said == {
        "5": "it is a part of b.wav, from 1.5 s on; cut the parts into files",
        "6": "it is a part of b.wav, from 0 s on; cut the parts into files",
        "8": "it names no audio",
        "10": "it has no reference text (--no-reference runs without)",
        "11": "it is not UTF-8",
    }


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("c.csv", b"", "no row that can be read"),
        ("c.csv", b"audio,text\n", "no row that can be read"),
        ("c.csv", "audio,text\na,b\n".encode("utf-16"), "line 1 is not UTF-8"),
        ("c.csv", b'"audio"s,text\na,b\n', "line 1 is no header"),
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
