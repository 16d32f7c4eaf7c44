"""Names composed or not (NFC, NFD), and texts that tables write for none."""

import unicodedata
from itertools import product
from pathlib import Path

import pytest
from corpus_files import parted, place

from orchestrator.clips.audio import clips
from orchestrator.clips.corpora import open_corpus

NAME = "Übung é 한국어"
FORMS = list(product(("NFC", "NFD"), repeat=2))
LISTS = {
    "t.tsv": "path\tsentence\n{}.wav\tja\n",
    "t.csv": "file;text\n{}.wav;ja\n",
    "t.jsonl": '{{"audio_filepath": "{}.wav", "text": "ja"}}\n',
}


def written(form: str) -> str:
    """Return the name as one system or another writes it."""
    return unicodedata.normalize(form, NAME)


@pytest.mark.parametrize(("there", "listed"), FORMS)
@pytest.mark.parametrize("list_name", LISTS)
def test_a_list_finds_recordings_whoever_wrote_their_names(
    tmp_path: Path, list_name: str, there: str, listed: str
) -> None:
    """In a folder below too, its name as well; the clip's name is composed."""
    below = written(there)
    place(tmp_path, {f"{below}/{below}.wav": 0.2})
    path = f"{written(listed)}/{written(listed)}"
    place(tmp_path, {list_name: LISTS[list_name].format(path)})
    found, faults = parted(open_corpus(str(tmp_path / list_name)).utterances())
    assert list(found) == [f"{written('NFC')}/{written('NFC')}"]
    assert not faults


@pytest.mark.parametrize(("there", "beside"), FORMS)
def test_a_text_belongs_to_the_recording_of_its_name(
    tmp_path: Path, there: str, beside: str
) -> None:
    """In a folder, in a chapter of LibriSpeech's, and beside a clip of its own."""
    recording, text = written(there), written(beside)
    folder = place(tmp_path / "folder", {f"{recording}.wav": 0.2, f"{text}.txt": "ja"})
    chapter = {f"{recording}.wav": 0.2, "c.trans.txt": f"{text.replace(' ', '')} JA\n"}
    chapter[f"{recording.replace(' ', '')}.wav"] = chapter.pop(f"{recording}.wav")
    place(tmp_path / "libri", chapter)
    for root in (folder, tmp_path / "libri"):
        found, faults = parted(open_corpus(str(root)).utterances())
        assert [u.reference.lower() for u in found.values() if u.reference] == ["ja"]
        assert not faults
    assert clips.texts_beside(folder / f"{recording}.wav") == (False, [folder / f"{text}.txt"])


def test_a_column_is_found_by_its_name(tmp_path: Path) -> None:
    """A header with its accents apart is the column that a person types composed."""
    place(
        tmp_path, {"a.wav": 0.2, "t.tsv": unicodedata.normalize("NFD", "datei\tsätze\na.wav\tja")}
    )
    found, faults = parted(open_corpus(f"{tmp_path}/t.tsv:audio=datei,text=sätze").utterances())
    assert [one.reference for one in found.values()] == ["ja"]
    assert not faults


def test_what_a_table_writes_for_no_text_is_named(tmp_path: Path) -> None:
    """`nan` and NULL are listed with their line; words that people say are texts."""
    texts = ["nan", "NaN", "NULL", "<NA>", "Null", "None", "Nan", "null"]
    files = {f"{number}.wav": 0.2 for number in range(len(texts))}
    rows = "".join(f"{number}.wav\t{text}\n" for number, text in enumerate(texts))
    place(tmp_path, {**files, "t.tsv": f"path\tsentence\n{rows}"})
    found, faults = parted(open_corpus(str(tmp_path / "t.tsv")).utterances())
    assert [one.reference for one in found.values()] == ["Null", "None", "Nan", "null"]
    assert faults["t.tsv, line 2"] == "its reference text is 'nan', as tables have it for none"
    assert len(faults) == 4
    found, faults = parted(open_corpus(str(tmp_path / "t.tsv"), references=False).utterances())
    assert len(found) == len(texts)
