"""Corpora from the hub: the real client and real parquet files against a loopback hub."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from corpus_files import DatasetHandler, parted, place, recordings, sound
from hub_server import Fault, Hub, serve, sha256

from orchestrator.cache import hub as hub_state
from orchestrator.cache.sources import UrlSource
from orchestrator.clips import corpora
from orchestrator.clips.corpora import download
from orchestrator.clips.corpora.catalogue import Columns
from orchestrator.clips.corpora.parquet import Parquet
from orchestrator.errors import ConfigError, ModelError, ModelUnavailable

FLEURS = "70bb2e84b976b7e960aa89f1c648e09c59f894dd"  # as the catalogue has them
LIBRISPEECH = "71cacbfb7e2354c4226d01e70d77d5fca3d04ba1"


@pytest.fixture(autouse=True)
def cache(own_cache: Path) -> Path:
    """Give the test a cache of its own; return where its corpora are."""
    return own_cache / "corpora"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Run a hub of datasets that HF_ENDPOINT points to."""
    monkeypatch.setattr("hub_server.HubHandler", DatasetHandler)
    with serve() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running


def fleurs(number: int, seconds: float) -> dict[str, object]:
    """Return a row as FLEURS has it."""
    return {
        "id": number // 2,  # of the sentence, which several people read
        "num_samples": round(seconds * 16_000),
        "audio": (sound(seconds), f"test/{number}.wav"),
        "transcription": "une phrase",
        "raw_transcription": "Une phrase.",
        "gender": 1,
    }


@pytest.mark.slow
def test_a_corpus_is_fetched_once_and_read_a_clip_at_a_time(
    cache: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the language asked for, cut and gone on with; of a sample only its audio is laid out."""
    whole = recordings([fleurs(n, 0.1 + n / 10) for n in range(6)])
    other = "parquet-data/de_de/test-00000-of-00001.parquet"
    path = "parquet-data/fr_fr/test-00000-of-00001.parquet"
    hub.add("google/fleurs", {path: whole, other: b"", "README.md": b""}, FLEURS)
    hub.faults = [Fault(path, cut_at=len(whole) // 2, host="storage")]
    told: list[str] = []
    corpus = corpora.open_corpus(
        "fleurs", language="fr", progress=lambda doing, _fraction: told.append(doing)
    )
    assert (corpus.name, corpus.kind, corpus.revision) == ("fleurs-fr", "hub", FLEURS)
    assert told[0].startswith(f"downloading fleurs-fr from {hub.address.removeprefix('http://')}")
    assert hub.bytes_sent("parquet") == len(whole)
    assert [round(each, 1) for each in corpus.lengths().values()] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]

    found, faults = parted(corpora.chosen(corpus, 3, seed=0))
    assert (len(found), faults) == (3, {})
    assert {(u.reference, u.language, u.speaker) for u in found.values()} == {
        ("Une phrase.", "fr", None)
    }
    assert {u.groups["gender"] for u in found.values()} == {"1"}
    for name, one in found.items():
        assert one.path.read_bytes() == sound(0.1 + int(name) / 10)
        assert one.path.suffix == ".wav"
    laid_out = {p: p.stat().st_mtime_ns for p in (cache / "audio").rglob("*.wav")}
    assert set(laid_out) == {one.path for one in found.values()}
    assert parted(corpora.chosen(corpus, 3, seed=0))[0] == found
    assert {p: p.stat().st_mtime_ns for p in laid_out} == laid_out

    (line,) = (one for one in corpora.listed() if one.name == "fleurs-LANGUAGE")
    assert line.here == ("fleurs-fr",)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub_state.obstacle.cache_clear()
    asked = len(hub.asked)
    assert corpora.open_corpus("fleurs-fr").revision == FLEURS
    assert len(hub.asked) == asked
    with pytest.raises(
        ModelUnavailable, match=r"fleurs-de comes from 127.*, which HF_HUB_OFFLINE rules"
    ):
        corpora.open_corpus("fleurs-de")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fault", "says", "mends"),
    [
        (
            "test-other",
            Fault("/api/", 401),
            r"give out datasets/openslr/librispeech_asr without a token \(401\)",
            "/datasets/openslr/librispeech_asr; ",
        ),
        (
            "test-other",
            Fault("/api/", 404),
            r"has no datasets/openslr/librispeech_asr \(404\)",
            "catalogue.toml",
        ),
        ("fleurs-fr", None, "google/fleurs has no parquet-data/fr_fr/test-", "catalogue.toml"),
        (
            "test-clean",
            None,
            "clean/test/0000.parquet is not what the record says: expected size",
            "catalogue.toml",
        ),
    ],
    ids=["gated", "gone", "no-such-config", "another-file"],
)
def test_what_cannot_be_fetched_is_told(
    hub: Hub, name: str, fault: Fault | None, says: str, mends: str
) -> None:
    """What the hub refuses or no longer has, and the act that mends it; nothing of it counts."""
    data = recordings([fleurs(0, 0.2)])
    hub.add("google/fleurs", {"parquet-data/de_de/test-00000-of-00001.parquet": data}, FLEURS)
    hub.add("openslr/librispeech_asr", {"clean/test/0000.parquet": data}, LIBRISPEECH)
    hub.faults = [fault] if fault else []
    with pytest.raises(ModelError, match=says) as told:
        corpora.open_corpus(name)
    assert mends in told.value.fix
    assert not any(one.here for one in corpora.listed() if one.name == name)


def test_a_single_clip_comes_from_its_address(hub: Hub) -> None:
    """Once, and checked against the recorded hash."""
    hub.plain["/tests/jfk.flac"] = sound()
    address = f"{hub.storage}/tests/jfk.flac?download=true"
    source = UrlSource(kind="url", url=address, sha256=sha256(sound()))
    for _ in range(2):
        (file,), _revision = download.have("jfk", source, 0, lambda _doing, _fraction: None)
        assert (file.name, file.read_bytes()) == ("jfk.flac", sound())
    assert [each.method for each in hub.asked if each.host == "storage"].count("GET") == 1


def test_other_columns_of_a_dataset_are_groups(tmp_path: Path) -> None:
    """As those of a table are: no text, no path, nothing missing; labels by their names."""
    said = {"audio": (sound(), "x.wav"), "transcription": "again", "file": "/data/x.wav"}
    features = {"gender": {"names": ["male", "female"], "_type": "ClassLabel"}, "tags": []}
    rows = [
        {"id": 1, "text": "one", "Accent": " us ", "gender": 1, "age": 34.0, "tags": ["a"], **said},
        {"id": 2, "text": "two", "Accent": "nan", "gender": -1, "age": None, "tags": [], **said},
        {"id": 3, "text": "three", "Accent": "x" * 81, "gender": 7, "age": 0.5, "tags": [], **said},
    ]
    columns = Columns(text="text", name="id")

    def groups(said: bytes | None = None) -> list[Mapping[str, str]]:
        info = {b"huggingface": said} if said else {}
        file = place(tmp_path, {"c.parquet": recordings(rows, info)}) / "c.parquet"
        corpus = corpora.Corpus("c", "hub", Parquet((file,), columns), lambda *_: None)
        return [each.groups for each in parted(corpus.utterances())[0].values()]

    named = json.dumps({"info": {"features": features}}).encode()
    assert groups(named) == [
        {"accent": "us", "gender": "female", "age": "34"}, {}, {"age": "0.5"},
    ]  # fmt: skip
    numbers = [{"gender": "1"}, {"gender": "-1"}, {"gender": "7"}]
    for broken in (b"{", b"[]", b'{"info": {"features": ["names"]}}'):
        found = groups(broken)
        assert [{"gender": each["gender"]} for each in found] == numbers
    assert groups()[0]["accent"] == "us"


def test_rows_of_parquet_are_checked_like_any_other(tmp_path: Path) -> None:
    """Names, speakers and lengths from whichever columns have them, and rows that lack audio."""
    rows = [
        {"id": "44/1", "text": "one", "audio": (sound(0.5), None), "who": 7},
        {"id": "44/2", "text": "", "audio": (sound(0.2), "x.flac"), "who": 7},
        {"id": "44/1", "text": "again", "audio": (sound(0.2), "x.flac"), "who": None},
        {"id": "45/1", "text": None, "audio": (sound(0.2), "x.flac"), "who": None},
        {"id": "45/2", "text": "two", "audio": (None, "x.flac"), "who": None},
        {"id": "45/3", "text": "three", "audio": (sound(1.5), "x.wav?a\0b"), "who": None},
        {"id": "../x", "text": "four", "audio": (sound(0.2), "x.wav"), "who": None},
    ]
    file = place(tmp_path, {"c.parquet": recordings(rows)}) / "c.parquet"

    def read(text: str = "text", **columns: str) -> corpora.Corpus:
        named = Columns.model_validate({"text": text, "name": "id"} | columns)
        return corpora.Corpus("c", "hub", Parquet((file,), named), lambda _doing, _fraction: None)

    found, faults = parted(read(speaker_until="/").utterances())
    assert [(u.name, u.reference, u.speaker) for u in found.values()] == [
        ("44/1", "one", "44"),
        ("45/3", "three", "45"),
    ]
    assert faults == {
        "c.parquet, row 2": "its reference text is empty",
        "c.parquet, row 3": "a clip named 44/1 came before it",
        "c.parquet, row 4": "it has no reference text (--no-reference runs without)",
        "c.parquet, row 5": "there is no audio in it",
        "c.parquet, row 7": "its name cannot be a file's: '../x'",
    }
    assert json.dumps([*read().lengths().values()]) == "[0.5, NaN, 1.5]"
    assert [u.speaker for u in parted(read(speaker="who").utterances())[0].values()] == ["7", None]
    with pytest.raises(ConfigError, match="has no column said; it has: id, text, audio, who"):
        list(read(text="said").utterances())
    file.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(ConfigError, match="cannot be read as parquet"):
        list(read().utterances())
