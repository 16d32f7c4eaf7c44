"""`transcribe` through the command line: fake engines, real processes, files as people have."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from audio_files import tone, write_stretches, write_tracks
from fake_envs import AddBackend, orchestrator
from stored_runs import MODEL, contender, settings, summarised

from orchestrator.backends.worker import Machine
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.errors import UsageError
from orchestrator.host import Host
from orchestrator.runs.find import Fastest, fastest_here
from orchestrator.runs.schema import ContenderSummary, CorpusRecord, Summary
from orchestrator.runs.transcripts import Files, Spoken


@pytest.fixture
def talk(envs: Path) -> Path:
    """Return a recording in a folder of its own."""
    folder = envs.parent / "recordings"
    folder.mkdir()
    return Path(shutil.copy(BUNDLED / "clean-room.flac", folder / "talk.flac"))


def line(backend: str, rtfx: float | None, status: str = "measured") -> ContenderSummary:
    """Return a backend's line in the table of a run."""
    asked = contender(backend).factors
    return ContenderSummary.model_validate(
        {"backend": backend, "asked": asked, "status": status, "model": MODEL, "rtfx": rtfx}
    )


def store(results: Path, run_id: str, *lines: ContenderSummary, **fields: object) -> None:
    """Write the summary of a run."""
    known = {
        "run_id": run_id,
        "host": Host.here(),
        "settings": settings(),
        "corpus": CorpusRecord(name="files", kind="files"),
        "contenders": lines,
    }
    summarised(results, Summary.model_validate(known | fields), f"2026-11-22T12:00:0{run_id[-1]}Z")


def test_the_text_is_printed_alone(envs: Path, talk: Path) -> None:
    """One file, no format: its text on stdout, progress on stderr, and no file anywhere."""
    done = orchestrator(envs, "transcribe", str(talk), "-b", "ada")
    assert (done.returncode, done.stdout) == (0, "what was said\n")
    assert "ada: loading tiny.en" in done.stderr
    assert "ada: talk.flac" in done.stderr
    assert {path.name for path in envs.parent.iterdir()} == {"envs", "recordings"}
    assert {path.name for path in talk.parent.iterdir()} == {"talk.flac"}


def test_a_bad_file_and_a_crash_cost_only_themselves(envs: Path, talk: Path) -> None:
    """What is missing and what kills the engine are errors; the file after it is written."""
    (envs / "ada" / "model.txt").write_text("all is well segfault@transcribe@1", encoding="utf-8")
    again = shutil.copy(talk, talk.with_name("Talk.wav"))
    files = [str(talk.with_name("missing.wav")), str(talk), str(again)]
    out = talk.parent / "texts"
    done = orchestrator(envs, "transcribe", *files, "-b", "ada", "--json", "--output", str(out))
    assert done.returncode == 1
    missing, crashed, good = [json.loads(told) for told in done.stdout.splitlines()]
    assert "missing.wav does not exist" in missing["error"]
    assert "talk.flac: ada: it crashed with SIGSEGV" in crashed["error"]
    assert "the end of its log:" in crashed["fix"]
    assert "most recent call first" in crashed["fix"]
    assert good["text"] == "all is well"
    assert [Path(path).name for path in good["written"]] == [
        "Talk.txt",
        "Talk.srt",
        "Talk.vtt",
        "Talk.json",
    ]
    assert "00:00:00,000 --> 00:00:14,025\nall is well" in (out / "Talk.srt").read_text(
        encoding="utf-8"
    )
    assert json.loads((out / "Talk.json").read_text(encoding="utf-8"))["segments"] == []


@pytest.mark.slow
def test_times_are_those_of_the_recording(envs: Path, talk: Path) -> None:
    """A film whose sound begins after 5 s has its subtitles there; a cut one says that it is."""
    film, cut = talk.with_name("film.mkv"), talk.with_name("cut.wav")
    write_stretches(film, "pcm_s16le", [(5, 3)], picture=True)
    write_stretches(cut, "pcm_s16le", [(0, 6)])
    cut.write_bytes(cut.read_bytes()[:300_000])
    out = talk.parent / "texts"
    done = orchestrator(envs, "transcribe", str(film), str(cut), "-b", "ada", "--output", str(out))
    assert done.returncode == 0, done.stderr
    assert "00:00:05,000 --> 00:00:08,000" in (out / "film.srt").read_text("utf-8")
    assert "00:00:05.000 --> 00:00:08.000" in (out / "film.vtt").read_text("utf-8")
    assert json.loads((out / "film.json").read_text("utf-8"))["offset"] == 5.0
    assert "cut.wav: its header says 6.0 s, the file holds 3.1 s" in " ".join(done.stderr.split())


@pytest.mark.slow
def test_a_track_can_be_chosen(envs: Path, talk: Path) -> None:
    """The default track of a film is silent: the error names the other, which is then heard."""
    film = talk.with_name("film.mkv")
    write_tracks(film, [np.zeros(16_000), tone(440, 1, 16_000)])
    refused = orchestrator(envs, "transcribe", str(film), "-b", "ada")
    assert refused.returncode == 1
    assert "track 1 (microphone 0) is silent, track 2 (microphone 1) is not" in refused.stderr
    assert "--track 2" in refused.stderr
    heard = orchestrator(envs, "transcribe", str(film), "-b", "ada", "--track", "2")
    assert (heard.returncode, heard.stdout) == (0, "what was said\n")


def test_an_option_the_engine_cannot_honour_is_refused(envs: Path, talk: Path) -> None:
    """It is said which backend refuses what, and what to do; no file is tried."""
    done = orchestrator(envs, "transcribe", str(talk), "-b", "ada", "--words", "--format", "srt")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: ada: this engine has no word timestamps" in done.stderr
    assert "leave that option out" in done.stderr
    assert {path.name for path in talk.parent.iterdir()} == {"talk.flac"}


def test_a_machine_that_measures_is_left_alone(envs: Path, talk: Path) -> None:
    """While a run holds the machine nothing is transcribed, and it is said who holds it.

    A file that is not there is told all the same.
    """
    with Machine():
        done = orchestrator(envs, "transcribe", str(talk), "-b", "ada")
        missing = orchestrator(envs, "transcribe", "nowhere.wav", "-b", "ada")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "error: nowhere.wav does not exist" in missing.stderr
    assert (done.returncode, done.stdout) == (2, "")
    assert f"process {os.getpid()}" in done.stderr


@pytest.mark.parametrize("default", [None, "bob"])
def test_without_a_run_the_default_backend_is_taken(
    envs: Path, add_backend: AddBackend, talk: Path, default: str | None
) -> None:
    """The one whose description says so, else the first that runs on this machine."""
    add_backend("bob", "what was said")
    if default:
        (envs / default).unlink()
        shutil.copytree(envs / "ada", envs / default, symlinks=True)
        project = envs / default / "pyproject.toml"
        text = project.read_text(encoding="utf-8")
        project.write_text(text.replace("parity =", "default = true\nparity ="), encoding="utf-8")
    done = orchestrator(envs, "transcribe", str(talk))
    assert (done.returncode, done.stdout) == (0, "what was said\n")
    assert f"{default or 'ada'}, tiny.en: there is no run here to go by" in done.stderr


def test_the_fastest_of_the_newest_run_here_is_taken(tmp_path: Path) -> None:
    """Not counted: other machines, runs cut short, one backend against itself, failed backends."""
    known = ("ada", "bob")
    assert fastest_here(tmp_path, known) is None
    other = Host.here().model_copy(update={"chip": "another"})
    store(tmp_path, "1", line("bob", 9.0))
    store(tmp_path, "2", line("ada", 2.0), line("bob", 3.0, "failed"), line("gone", 9.0))
    store(tmp_path, "3", line("bob", None), line("gone", 9.0))
    store(tmp_path, "4", line("bob", 9.0), interrupted=True)
    store(tmp_path, "5", line("bob", 9.0), host=other)
    store(tmp_path, "6", line("bob#1", 9.0), line("bob#2", 9.0))
    store(tmp_path, "7", line("bob", 9.0))
    (tmp_path / "7" / "summary.json").write_text('{"schema": 99}', "utf-8")
    store(tmp_path, "imported-8", line("bob", 9.0))
    assert fastest_here(tmp_path, known) == Fastest(contender("ada"), "2")


def test_no_engines_text_stands_where_a_reference_is_looked_for(tmp_path: Path) -> None:
    """A text beside its recording is refused; subtitles are not, and two of a name are two."""
    talk, other = tmp_path / "talk.wav", tmp_path / "talk.mp3"
    for folder in (None, tmp_path, tmp_path / "x" / ".."):
        with pytest.raises(UsageError, match=r"looks for the reference of talk\.wav"):
            Files([talk], folder, ("srt", "txt"))
    files = Files([talk, other], None, ("srt",))
    spoken = Spoken("text", "en", 1.0, [])
    written = [files.write(recording, spoken) for recording in (talk, other)]
    assert written == [[tmp_path / "talk.srt"], [tmp_path / "talk-2.srt"]]
