"""What --corpus can be given: the catalogue's names, and what is said of all else."""

import re
from pathlib import Path

import pytest
from corpus_files import place

from orchestrator.cache.sources import HubSource
from orchestrator.clips.audio.clips import RECORDINGS, Utterance
from orchestrator.clips.corpora import catalogue, listed, open_corpus
from orchestrator.errors import ConfigError, UsageError


def test_every_corpus_of_the_catalogue_can_be_asked_for() -> None:
    """Names are unique, patterns filled in, and a publisher's files are named by a revision."""
    names = catalogue.names()
    assert len(set(names)) == len(names) > 100
    for name in names:
        named = catalogue.find(name, None)
        assert named is not None
        source = named.offer.source
        if isinstance(source, HubSource):
            assert re.fullmatch("[0-9a-f]{40}", source.revision or "")
            assert source.wanted
            assert "{" not in "".join(source.wanted)
            assert all(source.wants(file.name) for file in source.files)
    french = catalogue.find("fleurs", "fr")
    assert french == catalogue.find("fleurs-fr", "de")
    assert french is not None
    assert (french.name, french.language) == ("fleurs-fr", "fr")


def test_the_catalogue_is_listed_for_a_person() -> None:
    """Each with its languages and licence; what cannot be fetched says how to come by it."""
    lines = {line.name: line for line in listed()}
    assert {"sample", "jfk", "test-clean", "test-other", "earnings22"} < lines.keys()
    assert lines["sample"].here == ("sample",)
    offers = {name: line.offer for name, line in lines.items()}
    assert offers["test-clean"].languages == ("en",)
    assert len(offers["fleurs-LANGUAGE"].languages) == 102
    assert "mozilladatacollective.com" in offers["common-voice"].elsewhere
    assert all(offer.about and offer.licence and offer.place for offer in offers.values())


def test_the_sample_needs_no_network() -> None:
    """It is what a run without clips measures; what warms engines up is never scored."""
    found = list(open_corpus("sample").utterances())
    assert all(isinstance(one, Utterance) for one in found)
    assert [one.name for one in found if isinstance(one, Utterance)] == list(RECORDINGS)
    first = found[0]
    assert isinstance(first, Utterance)
    assert first.language == "en"
    assert (first.reference or "").startswith("Asterisk is an Open Source")
    assert sum(open_corpus("sample").lengths().values()) == pytest.approx(61.9, abs=0.1)


def test_a_path_goes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has unpacked test-clean here means what is here; a colon may be part of a path."""
    place(tmp_path, {"test-clean/a.wav": 0.2, "test-clean/a.txt": "a", "a:audio=b/c.txt": ""})
    monkeypatch.chdir(tmp_path)
    corpus = open_corpus("test-clean")
    (found,) = corpus.utterances()
    assert isinstance(found, Utterance)
    assert (corpus.kind, found.path) == ("folder", tmp_path / "test-clean" / "a.wav")
    assert open_corpus("a:audio=b").name == "a:audio=b"


@pytest.mark.parametrize(
    ("spec", "says", "mends"),
    [
        ("test-claen", "there is no corpus 'test-claen'", "did you mean test-clean or "),
        ("", "there is no corpus ''", "a name: sample, jfk, test-clean"),
        ("x" * 5_000, "no such file, no such name", "a folder of recordings with a .txt"),
        ("a\0b", "no such file", "a manifest: FILE.jsonl"),
        ("fleurs", "corpus for each language", "--corpus fleurs-en, or --language; there are: af,"),
        ("common-voice", "cannot be fetched", "--corpus cv-corpus-X/LANGUAGE/test.tsv"),
        ("a.wav", "a.wav is a recording, no corpus", "run "),
        ("a.md", "a.md is no corpus: a table ends in", "FILE.csv:audio=COLUMN,text=COLUMN"),
        ("folder:audio=x", "folder is a folder: it has no columns", "name the table in it"),
    ],
)
def test_what_is_no_corpus_gets_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, says: str, mends: str
) -> None:
    """The nearest names, the forms and the catalogue; the exit code of bad usage."""
    place(tmp_path, {"a.wav": 0.2, "a.md": "", "folder/a.wav": 0.2})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=re.escape(says)) as told:
        open_corpus(spec)
    assert mends in told.value.fix


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("corpora = 3", "corpora: "),
        ('[corpora.x]\nabout = ""\nlicence = ""', "source, bundled or elsewhere must be given"),
        ('[corpora.x]\nabout = ""\nlicence = ""\nhour = 3', "corpora.x.hour: "),
        (
            '[corpora.x]\nabout = ""\nlicence = ""\nsource = { kind = "hub", repository = "a/b" }',
            "columns are given for a source on the hub",
        ),
        ("[corpora", "catalogue.toml: "),
    ],
)
def test_a_broken_catalogue_is_named_with_the_key(tmp_path: Path, text: str, says: str) -> None:
    """Whatever is wrong in it, the error names file and key."""
    file = place(tmp_path, {"catalogue.toml": text}) / "catalogue.toml"
    with pytest.raises(ConfigError, match=says) as told:
        catalogue.offers(file)
    assert str(file) in str(told.value)
