"""Recording: from a source of samples to a clip a run can use, and machines without microphone."""

import io
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import started
from fake_envs import ROOT
from microphones import Tone
from rich.console import Console
from terminals import recorded

from orchestrator.cli.record import clip, record
from orchestrator.clips.audio import microphone
from orchestrator.clips.audio.clips import load_clip
from orchestrator.clips.audio.microphone import Device
from orchestrator.errors import AudioError, UsageError
from orchestrator.reports.terminal import progress


def taken(source: Tone, seconds: float = 1.0) -> microphone.Recording:
    """Record so many seconds."""
    with source:
        return microphone.record(source, lambda so_far: so_far >= seconds, lambda *_: None)


def test_recording_is_resampled_and_measured() -> None:
    """At 48 kHz a tone of 0.2 goes in; at 16 kHz the same tone comes out, all of it."""
    found = taken(Tone(), 2.0)
    assert found.seconds == pytest.approx(2.0, abs=0.01)
    spectrum = np.abs(np.fft.rfft(found.samples))
    assert np.argmax(spectrum) / found.seconds == pytest.approx(440, abs=1)
    assert found.peak == pytest.approx(microphone.decibels(0.2), abs=0.1)
    assert found.loudest == pytest.approx(found.peak - 3.01, abs=0.1)
    assert list(microphone.faults(found)) == []


def test_a_second_at_least_is_recorded() -> None:
    """Whoever stops at once gets one second all the same."""
    assert taken(Tone(), 0.0).seconds == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (Tone(2.0), ["too loud"]),
        (Tone(0.001), ["too quiet"]),
        (Tone(lost=True), ["audio was lost 10 times"]),
        (Tone(2.0, lost=True), ["too loud", "audio was lost"]),
    ],
)
def test_what_costs_accuracy_is_told(source: Tone, says: list[str]) -> None:
    """Clipping, a whisper from afar and gaps: each has a sentence with what to do."""
    found = list(microphone.faults(taken(source)))
    assert [fault[: len(start)] for fault, start in zip(found, says, strict=True)] == says
    assert all(": " in fault for fault in found)


def test_one_gap_is_one() -> None:
    """A number of gaps is told in words that fit it."""
    (fault,) = microphone.faults(replace(taken(Tone(lost=True)), lost=1))
    assert fault == "audio was lost once: close what keeps the machine busy"


def test_silence_is_refused_with_what_to_allow() -> None:
    """Digital zeros are what macOS gives to whom it does not let listen."""
    silent = taken(Tone(0.0))
    with pytest.raises(AudioError, match="nothing but zeros") as mac:
        microphone.expect_sound(silent, "tone", mac=True)
    assert "Privacy & Security, Microphone" in mac.value.fix
    with pytest.raises(AudioError) as other:
        microphone.expect_sound(silent, "tone", mac=False)
    assert "record --list" in other.value.fix
    with pytest.raises(AudioError, match="-80 dBFS"):
        microphone.expect_sound(taken(Tone(0.00001)), "tone")
    microphone.expect_sound(taken(Tone(0.001)), "tone")


def test_the_clip_is_what_a_run_takes(tmp_path: Path) -> None:
    """Off a terminal the seconds must be said; the file is the recording, and nothing is beside."""
    said = io.StringIO()
    source = Tone()
    path = clip(tmp_path / "new", 1.5, None, Console(file=said), source)
    assert not source.listening
    assert [path] == list((tmp_path / "new").iterdir())
    assert load_clip(path, tmp_path / "cache").seconds == pytest.approx(1.5, abs=0.01)
    assert "microphone: tone" in said.getvalue()
    assert "recorded 1.5 s" in said.getvalue()
    with pytest.raises(UsageError, match="nobody can press Enter"):
        clip(tmp_path, None, None, Console(file=said), source)


def test_silence_leaves_nothing(tmp_path: Path) -> None:
    """What nobody can use is not kept."""
    with pytest.raises(AudioError):
        clip(tmp_path / "results" / "new", 1.0, None, Console(file=io.StringIO()), Tone(0.0))
    assert not list(tmp_path.iterdir())


def in_a_terminal(folder: Path, *keys: bytes) -> tuple[int, str]:
    """Record from a tone in a terminal, pressing keys in turn; return the exit code and output."""
    prompts = [b"leaves nothing", b"dBFS", b"Enter: do not say"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return recorded(folder, environment, zip(prompts, keys, strict=False))


def test_enter_starts_and_stops_and_the_reference_is_asked_for(tmp_path: Path) -> None:
    """Two Enters and a sentence: a clip with its text, and a meter while it was recorded."""
    code, shown = in_a_terminal(tmp_path, b"\n", b"\n", "olá  mundo \n".encode())
    assert code == 0, shown
    (found,) = tmp_path.glob("*.flac")
    assert load_clip(found, tmp_path / "cache").reference == "olá  mundo"
    assert "█" in shown


def test_enter_alone_leaves_the_reference_unsaid(tmp_path: Path) -> None:
    """No answer is no text."""
    assert in_a_terminal(tmp_path, b"\n", b"\n", b"\n")[0] == 0
    assert [path.suffix for path in tmp_path.iterdir()] == [".flac"]


def test_interrupting_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while it listens: no file, whole or not."""
    code, _ = in_a_terminal(tmp_path, b"\n", b"\x03")
    assert code != 0
    assert not list(tmp_path.iterdir())


DEVICES = (
    Device(2, "Desk", 48_000, default=True),
    Device(0, "Head set", 16_000, default=False),
    Device(1, "Head phone", 16_000, default=False),
)


def test_a_microphone_is_chosen_by_number_or_name() -> None:
    """The default, a number, part of a name; none or several of it are refused with a list."""
    assert microphone.choose(DEVICES, None).name == "Desk"
    assert microphone.choose(DEVICES, "1").name == "Head phone"
    assert microphone.choose(DEVICES, "SET").name == "Head set"
    with pytest.raises(UsageError, match="2 microphones") as several:
        microphone.choose(DEVICES, "head")
    assert "0: Head set, 1: Head phone" in several.value.fix
    with pytest.raises(UsageError, match="no microphone called"):
        microphone.choose(DEVICES, "lamp")
    with pytest.raises(AudioError, match="has no microphone"):
        microphone.choose((), None)


@pytest.mark.parametrize(
    ("library", "says"),
    [
        ("raise ModuleNotFoundError('sounddevice')", 'pip install "whisper-cleanroom[microphone]"'),
        ("raise OSError('PortAudio library not found')", "PortAudio"),
    ],
)
def test_machines_without_the_extra_or_portaudio(tmp_path: Path, library: str, says: str) -> None:
    """The command says what is missing, how it is had, and that a file does as well."""
    (tmp_path / "sounddevice.py").write_text(library, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    # Python looks into the folder that it is started in first.
    done = started.finished(["record", "--seconds", "1"], environment, tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "run talk.wav" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["sounddevice.py"]


@pytest.mark.parametrize(
    ("out", "says"),
    [("talk.mp3", "talk.flac"), ("there.flac", "another name"), ("there.flac/x.flac", "--output")],
)
def test_where_nothing_can_be_written_nothing_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, says: str
) -> None:
    """Another format, a file that is there, a folder that is none: told before anyone speaks."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.flac").touch()
    with pytest.raises(UsageError) as refused:
        record(output=Path(out))
    assert says in refused.value.fix


@pytest.mark.parametrize("level", [-np.inf, -60.1, -30.0, -3.0, 3.0])
@pytest.mark.parametrize("columns", [24, 40, 80])
def test_the_meter_keeps_to_its_line(level: float, columns: int) -> None:
    """Any level fits any terminal, and is told in words too."""
    line = progress.level_line(3.25, level, columns)
    assert line.cell_len < columns
    assert ("silent" in line.plain) == (level < -60)
