"""Runs that hold times of words against a truth, through the command line and real processes."""

from pathlib import Path

import pytest
from audio_files import tone, write_audio
from fake_envs import AddBackend, orchestrator

from orchestrator.analysis.rescore import rescore
from orchestrator.runs import suite
from orchestrator.runs.schema import Summary
from orchestrator.runs.stored import read

RATE = 16_000
SAID = "what was said"
# What `timed@words` gives: a word each half second, of 0.4 s. The truth is 0.1 s before each.
TRUTH = "".join(f"{{}} 1 {n / 2 + 0.1} 0.4 {word}\n" for n, word in enumerate(SAID.split()))
PLAN = ("run", "--word-times", "--blocks", "1", "--repeats", "1")


def corpus(folder: Path, *, times: bool = True) -> Path:
    """Return a folder of three clips; one file has the times of the words of two of them."""
    folder.mkdir()
    for name in ("one", "two", "three"):
        write_audio(folder / f"{name}.wav", [tone(300, 2.0, RATE)], RATE)
        (folder / f"{name}.txt").write_text(SAID, "utf-8")
    if times:
        lines = [line.format(name) for name in ("one", "two") for line in TRUTH.splitlines()]
        (folder / "all.ctm").write_text("\n".join(lines), "utf-8")
        (folder / "three.TextGrid").write_text("no TextGrid", "utf-8")
    return folder


def only_run(envs: Path) -> Path:
    """Return the folder of the one run there is."""
    (run,) = (envs.parent / "results").iterdir()
    return run


@pytest.mark.slow
def test_times_are_held_against_the_truth_and_kept(envs: Path, add_backend: AddBackend) -> None:
    """Who has times of words is judged by them, who has none by its segments; both are stored."""
    add_backend("bob", f"{SAID} timed@words")
    asked = ("--corpus", str(corpus(envs.parent / "talks")), "--all", "--page")
    done = orchestrator(envs, *PLAN, *asked)
    assert done.returncode == 0, done.stderr
    run = only_run(envs)
    summary = Summary.model_validate_json((run / "summary.json").read_text("utf-8"))
    found = {line.contender: line.word_times for line in summary.contenders}
    ada, bob = found["ada"], found["bob"]
    assert ada is not None
    assert (ada.kind, ada.of_words, ada.clips, ada.words) == ("segments", None, 2, 6)
    assert ada.of_segments is not None
    assert ada.of_segments.start_p50_seconds == pytest.approx(0.1)
    assert ada.of_segments.end_p50_seconds == pytest.approx(0.5)  # of a clip of 2 s, not 1.5
    assert bob is not None
    assert bob.kind is None  # its folder does not say how it times words
    assert bob.of_words is not None
    assert bob.of_words.start_bias_seconds == pytest.approx(-0.1)
    assert bob.of_words.within_100_ms.value == 1.0
    assert bob.of_words.within_50_ms.value == 0.0
    assert [fault.where for fault in summary.corpus.faults] == ["three.TextGrid"]
    for shown in (done.stdout, (run / "report.html").read_text("utf-8")):
        assert "6 words in 2 clips" in shown
        assert "its backend does not say how they are timed" in shown
    assert 'id="run-1-word-times"' in (run / "report.html").read_text("utf-8")
    stored = read(run)
    assert "word_times = true" in suite.of_run(stored.folder)
    assert [bool(clip.words) for clip in stored.folder.word_times()] == [True, False, True]
    assert rescore(run, "auto").contenders == summary.contenders


@pytest.mark.slow
def test_nothing_of_it_is_in_what_was_timed(envs: Path, add_backend: AddBackend) -> None:
    """The clips are heard once more after all blocks, in a process of their own."""
    add_backend("bob", f"{SAID} timed@words")
    asked = ("--corpus", str(corpus(envs.parent / "talks")), "-b", "bob", "--blocks", "2")
    assert orchestrator(envs, *PLAN[:2], "--repeats", "1", *asked).returncode == 0
    stored = read(only_run(envs))
    assert len(stored.rows["bob"]) == 2
    for row in stored.rows["bob"]:
        assert all(heard.words is None for heard in stored.folder.passes(row))
    heard = list(stored.folder.accuracy("words", "bob"))
    assert [(one.clip, len(one.words or ())) for one in heard] == [("one", 3), ("two", 3)]
    again = orchestrator(envs, "run", "--resume", str(stored.folder.path))
    assert again.returncode == 0, again.stderr
    assert list(stored.folder.accuracy("words", "bob")) == heard


def test_without_a_truth_nothing_begins(envs: Path) -> None:
    """The sentence says what to put where."""
    asked = ("--corpus", str(corpus(envs.parent / "talks", times=False)))
    done = orchestrator(envs, *PLAN, *asked)
    assert done.returncode == 2
    assert "of no clip is it known when its words are spoken" in done.stderr
    assert not (envs.parent / "results").exists()


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["sigkill@transcribe@2", "exit-0@transcribe@2"])
def test_who_dies_at_it_keeps_what_was_timed(
    envs: Path, add_backend: AddBackend, fault: str
) -> None:
    """The second process that loads is the one that times words: it misses a clip."""
    add_backend("bob", f"{SAID} timed@words {fault}")
    asked = ("--corpus", str(corpus(envs.parent / "talks")), "-b", "bob")
    done = orchestrator(envs, *PLAN, *asked)
    assert done.returncode == 0, done.stderr
    (line,) = Summary.model_validate_json(
        (only_run(envs) / "summary.json").read_text("utf-8")
    ).contenders
    assert line.seconds is not None
    assert line.word_times is not None
    assert (line.word_times.clips, line.word_times.failed) == (2, 1)
