"""Runs whose clips are heard once more in noise, through the command line and real processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from audio_files import tone, write_audio
from fake_envs import AddBackend, orchestrator

from orchestrator.analysis.rescore import rescore
from orchestrator.bench import accuracy_passes
from orchestrator.bench.accuracy_passes import Heard
from orchestrator.bench.events import Watcher
from orchestrator.errors import RunnerFailed
from orchestrator.runs import suite
from orchestrator.runs.schema import Summary
from orchestrator.runs.stored import read

RATE = 16_000
PLAN = ("run", "--blocks", "1", "--repeats", "1")


def talk(folder: Path) -> Path:
    """Return a corpus of two clips in which `what was said` is said."""
    folder.mkdir()
    for name in ("one", "two"):
        write_audio(folder / f"{name}.wav", [tone(300, 2.0, RATE, level=0.05)], RATE)
        (folder / f"{name}.txt").write_text("what was said", "utf-8")
    return folder


def hiss(folder: Path) -> Path:
    """Return a recording of noise."""
    samples = np.random.default_rng(0).uniform(-0.3, 0.3, 3 * RATE)
    return write_audio(folder / "hiss.wav", [samples], RATE)


def test_clips_are_heard_once_more_at_every_level(envs: Path, add_backend: AddBackend) -> None:
    """What arrived is louder the more noise there is; every text is stored, and scored again."""
    add_backend("bob", "what was {sum}")
    noise = str(hiss(envs.parent))
    asked = ("--noise", "20,0", "--noise-kind", noise, "--reverb", "0.4")
    done = orchestrator(
        envs, *PLAN, "--all", "--corpus", str(talk(envs.parent / "talks")), *asked, "--page"
    )
    assert done.returncode == 0, done.stderr
    (run,) = (envs.parent / "results").iterdir()
    summary = Summary.model_validate_json((run / "summary.json").read_text("utf-8"))
    lines = {line.contender: line for line in summary.contenders}
    hissed, room = lines["ada"].noise
    assert [point.level for point in hissed.points] == [20, 0]
    assert [point.wer.value for point in hissed.points] == [0, 0]
    assert hissed.doubles is None  # of no errors
    assert (room.kind, [point.level for point in room.points]) == ("room", [0.4])
    heard, _ = lines["bob"].noise
    assert [point.wer.value for point in heard.points] == pytest.approx([1 / 3, 1 / 3])
    stored = read(run)
    texts = [one.text for one in stored.folder.accuracy("noise", "bob")]
    # Two clips with the same samples: each has noise of its own, and the room is one.
    assert (len(texts), len(set(texts)), texts[2]) == (6, 5, texts[5])
    (track,) = stored.manifest.noise_tracks
    assert (track.kind, track.seconds) == (noise, 3.0)
    assert f'noise_kinds = ["{noise}"]' in suite.of_run(stored.folder)
    assert rescore(run, "auto").contenders == summary.contenders
    page = (run / "report.html").read_text("utf-8")
    for shown in (done.stdout, page):
        assert "WER doubles at" in shown
        assert "Hiss.wav" in shown
    assert "WER by level: Hiss.wav" in page
    assert not list(run.glob("work/*"))


class Dying:
    """A worker whose process is killed at every clip."""

    def transcribe(self, *_: object) -> None:
        """Die."""
        raise RunnerFailed("signal", "it was killed")

    def start_again(self) -> None:
        """Start another that will die."""


def test_nothing_is_written_that_nobody_hears(tmp_path: Path) -> None:
    """After three deaths the other clips count as failed, and are not made hard to hear."""
    written: list[int] = []

    @contextmanager
    def audio(number: int) -> Iterator[Path]:
        written.append(number)
        yield tmp_path

    bench, entrant = SimpleNamespace(watcher=Watcher()), SimpleNamespace(name="bob")
    asked = accuracy_passes._Pass(cast("Any", bench), cast("Any", entrant), "noise", "listening")  # noqa: SLF001
    clips = [Heard(f"{number}", audio(number), 1, 0.0) for number in range(6)]
    heard = list(asked._heard(cast("Any", Dying()), clips))  # noqa: SLF001
    assert written == [0, 1, 2]
    assert [one.clip for one in heard if one.failed] == list("012345")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--noise-kind", "babble"), "--noise-kind needs --noise"),
        (("--noise", "loud"), "'loud' is not a number"),
        (("--noise", "99"), "99 is not from -20 to 60"),
        (("--reverb", "0"), "0 is not from 0.1 to 10"),
        (("--noise", "10", "--noise-kind", "nowhere.wav"), "nowhere.wav"),
        (("--noise", "10", "--no-reference"), "--noise measures errors"),
        (("--noise", "10", "--robustness"), "--noise and --reverb do not go with"),
    ],
)
def test_what_does_not_go_with_noise_is_said(
    envs: Path, options: tuple[str, ...], says: str
) -> None:
    """Before anything is done."""
    done = orchestrator(envs, *PLAN, *options)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (envs.parent / "results").exists()
