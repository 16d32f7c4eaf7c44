"""Whole runs over corpora, through the command line: fake engines, real files, every bad input."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pages
import pytest
from audio_files import write_stretches
from fake_envs import AddBackend, orchestrator
from stored_runs import measured, passes, settings

from orchestrator.bench import clip_list
from orchestrator.bench.clip_list import Source, write_disputed
from orchestrator.clips.audio.clips import load_clips
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE, flac
from orchestrator.clips.robustness import recordings
from orchestrator.clips.robustness.cases import CASES
from orchestrator.runs.folder import RunFolder

SPOKEN = "what was said"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return a folder of eight clips, each with its text: too few for an interval."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(8):
        _write(folder / f"clip-{number:02d}.flac", 1 + number // 4)
        (folder / f"clip-{number:02d}.txt").write_text(f"{SPOKEN} {number}", encoding="utf-8")
    return folder


@pytest.fixture
def variant(envs: Path) -> Callable[..., None]:
    """Return what adds a backend like `ada` whose description differs in these keys."""

    def add(name: str, **changed: str) -> None:
        folder = envs / name
        shutil.copytree(envs / "ada", folder, symlinks=True)
        project = folder / "pyproject.toml"
        kept = [
            line
            for line in project.read_text(encoding="utf-8").splitlines()
            if line.partition(" =")[0] not in changed
        ]
        project.write_text(
            "\n".join([*kept, *(f"{k} = {v}" for k, v in changed.items())]), encoding="utf-8"
        )

    return add


@pytest.fixture
def knowing(envs: Path, variant: Callable[..., None]) -> Callable[..., None]:
    """Return what adds a backend like `ada` whose record says which languages it knows."""

    def add(name: str, *known: str, **changed: str) -> None:
        variant(name, **changed)
        file = envs / name / "models.toml"
        facts = f"facts = [{{ languages = {json.dumps(known)} }}]\n"
        file.write_text(facts + file.read_text("utf-8"), encoding="utf-8")

    return add


def run(envs: Path, *arguments: str) -> dict[str, Any]:
    """Run one block, return its summary; the exit code is 0."""
    done = orchestrator(envs, "run", *arguments, "--blocks", "1", "--json")
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def test_corpus_is_scored_as_a_whole_and_can_be_scored_again(envs: Path, corpus: Path) -> None:
    """Eight clips with one of four words missed: 25 %, and again from what is on disk."""
    summary = run(envs, "--all", "--corpus", str(corpus), "--language", "en")
    (ada,) = summary["contenders"]
    assert summary["corpus"]["clips"] == 8
    assert (ada["accuracy"]["words"], ada["accuracy"]["deletions"]) == (32, 8)
    assert ada["wer"] == 0.25
    assert ada["accuracy"]["wer"]["clusters"] == 8
    results = envs.parent / "results" / summary["run_id"]
    (results / "summary.json").unlink()
    again = orchestrator(envs, "score", str(results))
    assert again.returncode == 0, again.stderr
    assert "25.0 %" in again.stdout
    assert (
        json.loads((results / "summary.json").read_text(encoding="utf-8"))["contenders"][0]["wer"]
        == 0.25
    )
    raw = orchestrator(envs, "score", str(results), "--normalizer", "none", "--json")
    assert json.loads(raw.stdout)["settings"]["normalizer"] == "none"


def test_sample_is_of_all_lengths(envs: Path, corpus: Path) -> None:
    """Four of eight: one of each quarter of the lengths, in the order of the corpus."""
    for number in range(8):
        _write(corpus / f"clip-{number:02d}.flac", 1 + number / 2)
    asked = ("--corpus", str(corpus), "--limit", "4", "--language", "en")
    summary = run(envs, "--all", *asked)
    names = [clip["name"] for clip in summary["clips"]]
    assert [int(name[-2:]) // 2 for name in names] == [0, 1, 2, 3]


def test_sample_is_filled_up_where_clips_cannot_be_used(envs: Path, corpus: Path) -> None:
    """Four of eight are asked for and three are silent: four run, of the five that can."""
    for number in range(0, 6, 2):
        (corpus / f"clip-{number:02d}.flac").write_bytes(flac(np.zeros(16_000, np.float32)))
    summary = run(envs, "--all", "--corpus", str(corpus), "--limit", "4", "--language", "en")
    assert summary["corpus"]["clips"] == 4
    assert len({clip["name"] for clip in summary["clips"]}) == 4


def test_late_sound_and_a_second_track_are_stored(envs: Path, tmp_path: Path) -> None:
    """A clip's offset and track are in its record, and only there where it has any."""
    film = write_stretches(tmp_path / "film.mkv", "pcm_s16le", [(5, 3)], picture=True)
    texts = tmp_path / "texts"
    summary = run(envs, str(film), "-b", "ada", "--track", "1", "--transcripts", str(texts))
    (clip,) = summary["clips"]
    assert (clip["offset"], clip["track"], clip["seconds"]) == (5.0, 1, 3.0)
    assert summary["settings"]["track"] == 1
    assert "00:00:05,000 --> 00:00:08,000" in (texts / "ada" / "film.srt").read_text("utf-8")
    plain = run(envs, "-b", "ada")
    assert not {"offset", "track", "notes"} & plain["clips"][0].keys()
    assert "track" not in plain["settings"]


def test_parts_of_a_recording_are_scored_as_parts(envs: Path, tmp_path: Path) -> None:
    """Two rows of one recording are two clips of their own lengths, by one speaker."""
    _write(tmp_path / "talk.flac", 6)
    rows = "audio,text,start,end\ntalk.flac,what was said,0,2\ntalk.flac,what was said,2,5\n"
    (tmp_path / "talk.csv").write_text(rows, encoding="utf-8")
    summary = run(envs, "-b", "ada", "--corpus", str(tmp_path / "talk.csv"), "--language", "en")
    (ada,) = summary["contenders"]
    assert [clip["seconds"] for clip in summary["clips"]] == [2.0, 3.0]
    assert (ada["wer"], ada["accuracy"]["wer"]["clusters"]) == (0.0, 1)


def test_bad_clips_are_listed_and_the_good_ones_run(envs: Path, corpus: Path) -> None:
    """A text without audio, an empty one, silence, no audio: four faults, a sentence each."""
    (corpus / "lonely.txt").write_text("nobody speaks", encoding="utf-8")
    (corpus / "clip-00.txt").write_text(" ", encoding="utf-8")
    (corpus / "clip-01.flac").write_bytes(flac(np.zeros(16_000, np.float32)))
    (corpus / "clip-02.flac").write_text("no audio", encoding="utf-8")
    done = orchestrator(envs, "run", "--all", "--corpus", str(corpus), "--blocks", "1")
    assert done.returncode == 0, done.stderr
    for name, why in (("lonely", "audio"), ("clip-00", "empty"), ("clip-01", "silent")):
        (line,) = [x for x in done.stdout.splitlines() if x.startswith("unusable") and name in x]
        assert why in line
    assert "5 clips of corpus" in done.stdout
    assert "4 clips of the corpus cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_failed_clip_is_all_deletions_and_no_time(
    envs: Path, add_backend: AddBackend, corpus: Path
) -> None:
    """A backend that fails at a clip keeps the others, misses its words, and is not ranked."""
    add_backend("bob", f"{SPOKEN} raise@short")
    _write(corpus / "clip-00.flac", 0.5)
    summary = run(envs, "--all", "--corpus", str(corpus), "--language", "en")
    ada, bob = sorted(summary["contenders"], key=lambda line: str(line["backend"]))
    assert (bob["status"], bob["accuracy"]["failed"]) == ("measured", 1)
    assert bob["accuracy"]["deletions"] == ada["accuracy"]["deletions"] + 3
    assert "clips-failed" in [warning["kind"] for warning in bob["warnings"]]
    assert summary["verdict"] is None
    assert next(t for t in bob["transcripts"] if t["clip"] == "clip-00")["failed"]


@pytest.mark.slow
def test_what_ends_a_runner_in_one_case_hides_no_other(
    envs: Path, knowing: Callable[..., None], corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a robustness run a crash is the answer to its case; another process hears the rest.

    A model that knows one language, as its record says, is not asked for several at once.
    """
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(corpus.parent / "cache"))
    recordings.folder().mkdir(parents=True)
    for case in CASES:
        seconds = case.seconds if case.name == "short" else 2
        _write(recordings.folder() / f"{case.name}.flac", seconds)
    (envs / "ada" / "model.txt").write_text(f"{SPOKEN} segfault@short", encoding="utf-8")
    knowing("mono", "en")
    summary = run(envs, "-b", "mono", "-m", "base", "--robustness")
    verdicts = {v["case"]: v for v in summary["robustness"]}
    assert list(verdicts) == [case.name for case in CASES]
    answered = {name for name, verdict in verdicts.items() if verdict["verdict"] != "no-answer"}
    assert answered == verdicts.keys() - {"short"}
    assert "SIGSEGV" in verdicts["short"]["evidence"][0]


def test_corpus_over_the_cap_is_decoded_as_it_is_needed(
    envs: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for 100 kB of samples every clip is transcribed, and one clip of 2 s is kept."""
    monkeypatch.setenv("WHISPER_CLEANROOM_DECODED_BYTES", "100000")
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(corpus.parent / "cache"))
    summary = run(envs, "--all", "--corpus", str(corpus), "--language", "en")
    assert summary["contenders"][0]["accuracy"]["clips"] == 8
    kept = (corpus.parent / "cache" / "decoded").glob("*.f32")
    assert sum(path.stat().st_size for path in kept) <= 2 * 64_000


def test_without_references_backends_are_compared_with_each_other(
    envs: Path, add_backend: AddBackend, corpus: Path
) -> None:
    """Two of four words differ; the places are cut out, and a corrected draft is a reference."""
    add_backend("bob", "what they said")
    for text in corpus.glob("*.txt"):
        text.unlink()
    asked = ("--all", "--corpus", str(corpus), "--language", "en", "--no-reference")
    summary = run(envs, *asked)
    assert summary["contenders"][0]["wer"] is None
    (pair,) = summary["disagreements"]
    assert pair["rate"] == pytest.approx(1 / 3)
    place = summary["disputed"][0]
    assert set(place["heard"].values()) == {"what was said", "what they said"}
    disputed = envs.parent / "results" / summary["run_id"] / "disputed"
    assert len(list(disputed.glob("*.flac"))) == len(summary["disputed"]) == 8
    (disputed / "01.draft").rename(disputed / "01.txt")
    corrected = run(envs, "--all", "--corpus", str(disputed), "--language", "en")
    assert corrected["corpus"]["clips"] == 1
    assert {line["backend"]: line["wer"] for line in corrected["contenders"]} == {
        "ada": 0.0,
        "bob": pytest.approx(1 / 3),
    }
    assert "bob: what they said" in (disputed / "01.heard").read_text(encoding="utf-8")


def test_detecting_the_language_is_measured(
    envs: Path, tmp_path: Path, variant: Callable[..., None], knowing: Callable[..., None]
) -> None:
    """`auto` counts what was detected right, and times one clip with and without being told.

    Only where the backend can do both, as its own description says, and its model knows several.
    """
    variant("detective", language="false")
    variant("listener", detects="false")
    knowing("mono", "en")
    table = _talks(tmp_path, "en", "fr")
    summary = run(envs, "--all", "--corpus", str(table), "--language", "auto", "-m", "base")
    by_name = {line["backend"]: line for line in summary["contenders"]}
    ada = by_name["ada"]
    assert ada["languages"]["right"] + ada["languages"]["wrong"] + ada["languages"]["silent"] == 2
    assert ada["languages"]["seconds"] is not None
    for name in ("detective", "listener", "mono"):
        assert by_name[name]["languages"]["seconds"] is None


@pytest.mark.slow
def test_auto_of_one_language_is_that_language(envs: Path, tmp_path: Path) -> None:
    """An English model takes part, by its name where no record says it; it detects nothing."""
    table = _talks(tmp_path, "en")
    (ada,) = run(envs, "-b", "ada", "--corpus", str(table), "--language", "auto")["contenders"]
    assert (ada["asked"]["model"], ada["status"]) == ("tiny.en", "measured")
    assert ada["languages"]["seconds"] is None


@pytest.mark.slow
def test_a_backend_is_asked_only_for_what_it_says_it_can(
    envs: Path, corpus: Path, variant: Callable[..., None]
) -> None:
    """A language goes to those that take one, `--parity` to those that take part in it."""
    variant("deaf", language="false", parity="false", family='"conformer"')
    summary = run(envs, "--all", "--corpus", str(corpus), "--limit", "1", "--language", "en")
    folder = envs.parent / "results" / summary["run_id"]
    heard = {
        name: json.loads(next(folder.glob(f"passes/*-{name}.jsonl")).read_text("utf-8"))["language"]
        for name in ("ada", "deaf")
    }
    assert heard == {"ada": "en", "deaf": None}
    done = orchestrator(envs, "run", "-b", "deaf", "--parity")
    assert done.returncode == 3
    assert "runs conformer, not Whisper: it cannot take part in --parity: deaf" in done.stderr


@pytest.mark.slow
def test_an_engine_that_refuses_the_settings_of_parity_is_skipped(
    envs: Path, add_backend: AddBackend
) -> None:
    """With its sentence, as one that is of another family; the others are measured."""
    add_backend("bob", f"own@settings {SPOKEN}")
    summary = run(envs, "--all", "--parity")
    reasons = {line["backend"]: line["reason"] for line in summary["contenders"]}
    assert reasons == {"ada": None, "bob": "its settings cannot be chosen"}


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "told"), [("jav", "jw"), ("nb-NO", "no"), ("cmn_hans_cn", "zh")])
def test_engines_get_the_language_by_their_own_name(
    envs: Path, add_backend: AddBackend, corpus: Path, asked: str, told: str
) -> None:
    """Codes of every kind reach an engine as the one it knows."""
    add_backend("bob", f"speaks@{told} {SPOKEN}")
    summary = run(envs, "-b", "bob", "--corpus", str(corpus), "--language", asked, "-m", "base")
    (bob,) = summary["contenders"]
    assert bob["wer"] is not None
    assert "language-refused" not in {warning["kind"] for warning in bob["warnings"]}


@pytest.mark.slow
def test_an_engine_without_the_language_detects_it_and_says_so(
    envs: Path,
    add_backend: AddBackend,
    variant: Callable[..., None],
    knowing: Callable[..., None],
    corpus: Path,
) -> None:
    """It keeps its row, with a warning that names the language; one that has it gets it.

    So does one that is never told a language, and whose record tells whether it knows it; one that
    detects none is skipped.
    """
    (envs / "ada" / "model.txt").write_text(f"speaks@en {SPOKEN}", encoding="utf-8")
    variant("deaf", language="false")
    knowing("sure", "en", "qu", language="false")
    variant("mono", detects="false")
    add_backend("bob", f"speaks@en,de {SPOKEN}")
    add_backend("cyd", f"speaks@en,qu {SPOKEN}")
    asked = (
        "-b",
        "bob",
        "-b",
        "cyd",
        "-b",
        "deaf,mono,sure",
        "--corpus",
        str(corpus),
        "--language",
        "Quechua",
        "-m",
        "base",
    )
    summary = run(envs, *asked)
    warned = {
        line["backend"]: [w["message"] for w in line["warnings"] if w["kind"] == "language-refused"]
        for line in summary["contenders"]
    }
    untold = "it cannot be told one; read its transcripts to see whether it knows 'qu'"
    assert warned == {
        "bob": ["it was given no language: no language 'qu'"],
        "cyd": [],
        "deaf": [f"it was given no language: {untold}"],
        "mono": [],
        "sure": ["it was given no language: it cannot be told one"],
    }
    states = {line["backend"]: line["status"] for line in summary["contenders"]}
    assert [name for name, state in states.items() if state != "measured"] == ["mono"]
    assert states["mono"] == "skipped"


@pytest.mark.parametrize("told", ["German", "", pytest.param("auto", marks=pytest.mark.slow)])
def test_a_model_that_knows_none_of_the_languages_is_skipped(
    envs: Path, knowing: Callable[..., None], tmp_path: Path, told: str
) -> None:
    """Its record says it, whatever its name is; who is told of no language is no exception.

    Where no option does, the clips tell which language it is.
    """
    knowing("mono", "en")
    knowing("both", "en", "de")
    knowing("deaf", "en", language="false")
    knowing("five", "zh", "en", "ja", "ko", "yue")
    option = ("--language", told) if told else ()
    table = _talks(tmp_path, "deu")
    summary = run(envs, "--all", "--corpus", str(table), *option, "-m", "base")
    reasons = {line["backend"]: line["reason"] for line in summary["contenders"]}
    skip, five = "base knows en, and not de", "base knows 5 languages, and not de"
    assert reasons == {"ada": None, "both": None, "deaf": skip, "five": five, "mono": skip}


def test_sustained_work_is_of_languages_that_the_model_knows(envs: Path, tmp_path: Path) -> None:
    """As in any run the clips tell which it is; there is no folder of one that was not begun."""
    table = _talks(tmp_path, "deu")
    done = orchestrator(envs, "run", "-b", "ada", "--corpus", str(table), "--sustain", "2s")
    assert (done.returncode, "tiny.en knows en, and not de" in done.stderr) == (2, True)
    assert not (envs.parent / "results").exists()


@pytest.mark.slow
def test_a_model_that_hears_more_than_it_knows_is_named(
    envs: Path, knowing: Callable[..., None], tmp_path: Path
) -> None:
    """Before the run and beside the table: all hear the same clips, two of three in English."""
    knowing("mono", "en")
    table = _talks(tmp_path, "eng", "deu", "en")
    asked = ("--language", "auto", "-m", "base", "--blocks", "1", "--json")
    done = orchestrator(envs, "run", "--all", "--corpus", str(table), *asked)
    lack = "base knows en, and not de"
    assert f"mono: {lack}" in " ".join(done.stderr.split())
    assert "ada: base" not in done.stderr
    warned = {
        line["backend"]: [w["message"] for w in line["warnings"] if w["kind"] == "language-unknown"]
        for line in json.loads(done.stdout)["contenders"]
    }
    assert warned == {
        "ada": [],
        "mono": [f"{lack}; read its errors by language: score RUN --by language"],
    }


@pytest.mark.slow
@pytest.mark.parametrize("text", ["speaks@de", "exit-3@load@2"])
def test_timing_the_detection_never_costs_a_row(
    envs: Path, add_backend: AddBackend, tmp_path: Path, text: str
) -> None:
    """The engine lacks the language of the clip, or dies when it is given one: all else stays."""
    table = _talks(tmp_path, "eng")
    add_backend("bob", f"{text} {SPOKEN}")
    asked = ("--corpus", str(table), "--language", "auto", "-m", "base", "--blocks", "1", "--json")
    done = orchestrator(envs, "run", "-b", "bob", *asked)
    assert done.returncode == 0, done.stderr
    (bob,) = json.loads(done.stdout)["contenders"]
    assert bob["wer"] == 0
    assert "detecting the language was not timed" in done.stderr


@pytest.mark.parametrize("command", ["run", "transcribe"])
def test_a_wrong_language_is_refused_before_anything_is_prepared(
    envs: Path, corpus: Path, command: str
) -> None:
    """Exit code 2, the nearest names, and not a word of environments or models."""
    clip = str(corpus / "clip-00.flac")
    done = orchestrator(envs, command, clip, "-b", "ada", "--language", "germn")
    assert done.returncode == 2
    assert "there is no language 'germn'" in done.stderr
    assert "de (german)" in done.stderr
    assert not (envs.parent / "results").exists()


def _talks(folder: Path, *languages: str) -> Path:
    """Write a table of clips of a second, each in one of these languages."""
    rows = ["audio\ttext\tlanguage"]
    for number, language in enumerate(languages):
        _write(folder / f"talk-{number}.flac", 1.0)
        rows.append(f"talk-{number}.flac\t{SPOKEN}\t{language}")
    table = folder / "talks.tsv"
    table.write_text("\n".join(rows), encoding="utf-8")
    return table


def _write(path: Path, seconds: float) -> None:
    """Write a tone: fakes hear nothing, but silence is refused."""
    time = np.arange(round(seconds * RATE)) / RATE
    path.write_bytes(flac((0.1 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)))


def test_disputed_places_have_the_times_of_the_recording(tmp_path: Path) -> None:
    """Sound that begins after 5 s is disputed from there on, and cut out where it is."""
    film = write_stretches(tmp_path / "film.mkv", "pcm_s16le", [(5, 3)], picture=True)
    (clip,) = load_clips([film], tmp_path / "cache")
    listed = clip_list.write(
        tmp_path / "clips.jsonl", tmp_path / "cache", Source(name="files", kind="files"), [clip]
    )
    (record,) = list(listed)
    run = pages.store(
        tmp_path / "run",
        [record],
        [measured("ada", 1, 1.0), measured("bob", 1, 1.0)],
        {
            name: [
                passes(
                    "film",
                    f"{text} that",
                    segments=[
                        {"start": 0.0, "end": 1.0, "text": text},
                        {"start": 1.0, "end": 3.0, "text": "that"},
                    ],
                )
            ]
            for name, text in (("ada", "who said"), ("bob", "we sang"))
        },
        settings(references=False),
    )
    summary = RunFolder(pages.summed(run)).summary()
    (place,) = summary.disputed
    assert (place.start, place.end) == (5.0, 6.0)
    write_disputed(summary, listed, tmp_path / "disputed")
    (cut,) = (tmp_path / "disputed").glob("*.flac")
    assert decode(cut, tmp_path / "cache").samples == 16_000
