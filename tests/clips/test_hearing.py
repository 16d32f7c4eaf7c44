"""A microphone that is heard while it is recorded: the file grows, and ends as the recording."""

import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from microphones import SlowTone, Tone, Unplugged

from orchestrator.clips.audio.hearing import Hearing
from orchestrator.errors import AudioError


def never() -> bool:
    """Go on."""
    return False


def test_what_is_heard_is_in_the_file_and_then_in_the_recording(tmp_path: Path) -> None:
    """Two seconds at most: the file has room for them from the beginning, and holds them all."""
    source = Tone()
    with Hearing(source, tmp_path / "heard.f32", 2.0, never) as audio:
        assert audio.pcm.stat().st_size == 4 * audio.samples == 4 * 32_000
        began = audio.begin()
        counts = [samples for _, samples in audio.moments()]
        samples = audio.end()
        assert began <= time.monotonic()
        assert counts == sorted(counts)
        assert samples == pytest.approx(32_000, abs=160)
        assert audio.level == pytest.approx(-17.0, abs=0.1)
        heard = np.fromfile(audio.pcm, "<f4")
        assert np.array_equal(heard[:samples], audio.recording.samples[:samples])
    assert not source.listening


def test_it_ends_when_enough_was_heard(tmp_path: Path) -> None:
    """Whoever asks for an end gets a second at least, and no more than was heard by then."""
    with Hearing(SlowTone(), tmp_path / "heard.f32", 3600.0, lambda: True) as audio:
        audio.begin()
        list(audio.moments())
        assert 16_000 - 160 <= audio.end() < 5 * 16_000


def test_a_device_that_goes_is_an_error_after_what_was_heard(tmp_path: Path) -> None:
    """Its error is raised where the end is asked for, and the source is closed all the same."""
    source = Unplugged(15)
    with Hearing(source, tmp_path / "heard.f32", 10.0, never) as audio:
        audio.begin()
        list(audio.moments())
        with pytest.raises(AudioError, match="it is gone"):
            audio.end()
    assert not source.listening


def test_leaving_ends_the_thread(tmp_path: Path) -> None:
    """An interrupt in the middle closes the device."""
    source = SlowTone()
    audio = Hearing(source, tmp_path / "heard.f32", 3600.0, never)
    with suppress(KeyboardInterrupt), audio:
        audio.begin()
        raise KeyboardInterrupt
    assert not source.listening
    assert audio.recording.seconds == pytest.approx(1.0, abs=0.5)  # a second at least
