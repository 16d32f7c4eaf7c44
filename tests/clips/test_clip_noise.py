"""Noise under clips, and rooms around them: exact levels, the same every time."""

from pathlib import Path

import numpy as np
import pytest
from audio_files import tone, write_audio

from orchestrator.clips.audio.clips import Clip, Utterance, decoded
from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.noise import Noises, room, tracks
from orchestrator.errors import AudioError
from orchestrator.runs.schema import ListeningCondition
from orchestrator.runs.schema.noise import MADE, ROOM, ListeningConditions


def talk(tmp_path: Path, name: str = "talk") -> Clip:
    """Return a clip of two seconds of a tone, soft enough for noise of its own power."""
    path = write_audio(tmp_path / f"{name}.wav", [tone(300, 2.0, RATE, level=0.05)], RATE)
    return decoded(Utterance(name, path), tmp_path / "cache")


def hiss(tmp_path: Path) -> str:
    """Return a recording of noise of the user's, shorter than the clip."""
    samples = np.random.default_rng(0).uniform(-0.3, 0.3, RATE)
    return str(write_audio(tmp_path / "hiss.wav", [samples], RATE))


def decibels(speech: Samples, noise: Samples) -> float:
    """Return by how much the power of one is above the other's."""
    powers = [np.mean(np.square(each, dtype=np.float64)) for each in (speech, noise)]
    return float(10 * np.log10(powers[0] / powers[1]))


@pytest.mark.parametrize("level", [20.0, 5.0, 0.0, -5.0])
def test_noise_is_so_many_decibels_below_the_speech(tmp_path: Path, level: float) -> None:
    """Of any recording, which is repeated where it is shorter."""
    clip, kind = talk(tmp_path), hiss(tmp_path)
    speech = np.fromfile(clip.pcm, "<f4")
    heard = Noises((kind,)).heard(clip, ListeningCondition(kind=kind, level=level))
    assert len(heard) == len(speech)
    assert decibels(speech, heard - speech) == pytest.approx(level, abs=0.01)


def test_a_clip_has_the_same_noise_at_every_level_and_another_clip_has_another(
    tmp_path: Path,
) -> None:
    """What differs along a curve is the level alone; and every run hears the same."""
    kind = hiss(tmp_path)
    clip, other = talk(tmp_path), talk(tmp_path, "other")

    def noise(of: Clip, level: float) -> Samples:
        heard = Noises((kind,)).heard(of, ListeningCondition(kind=kind, level=level))
        alone: Samples = heard - np.fromfile(of.pcm, "<f4")
        return alone / np.abs(alone).max()

    np.testing.assert_allclose(noise(clip, 0), noise(clip, 10), atol=1e-3)
    np.testing.assert_array_equal(noise(clip, 0), noise(clip, 0))
    assert np.abs(noise(clip, 0) - noise(other, 0)).max() > 0.1


def test_a_pause_of_a_noise_is_passed_over(tmp_path: Path) -> None:
    """Of ten seconds only the last two sound: every clip still has its level."""
    samples = np.random.default_rng(0).uniform(-0.3, 0.3, 10 * RATE)
    samples[: 8 * RATE] = 0
    kind = str(write_audio(tmp_path / "hiss.wav", [samples], RATE))
    noises, condition = Noises((kind,)), ListeningCondition(kind=kind, level=5)
    for number in range(6):
        clip = talk(tmp_path, f"talk{number}")
        speech = np.fromfile(clip.pcm, "<f4")
        heard = noises.heard(clip, condition)
        assert decibels(speech, heard - speech) == pytest.approx(5, abs=0.01)


def test_a_recording_without_sound_is_no_noise(tmp_path: Path) -> None:
    """It would be divided by; the sentence names it."""
    path = write_audio(tmp_path / "nothing.wav", [np.zeros(RATE)], RATE)
    with pytest.raises(AudioError, match=r"nothing\.wav is silent: there is no noise"):
        Noises((str(path),))


@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.5])
def test_an_echo_dies_away_in_its_time(seconds: float) -> None:
    """By Schroeder's backward integral: from 5 to 25 dB below, times three, is the time of 60."""
    echo = room.response(seconds).astype(np.float64)
    echo[0] = 0.0  # the voice itself
    left = 10 * np.log10(np.cumsum(echo[::-1] ** 2)[::-1] / np.sum(echo**2))
    early, late = (int(np.argmax(left < -level)) for level in (5, 25))
    assert 3 * (late - early) / RATE == pytest.approx(seconds, rel=0.1)


def test_a_room_is_the_same_speech_as_loud_as_before() -> None:
    """The voice comes first, its echo after; the longer the echo, the more there is of it."""
    speech = tone(300, 1.0, RATE, level=0.1).astype(np.float32)
    heard = room.heard(speech, 0.5)
    assert len(heard) == len(speech)
    assert decibels(speech, heard) == pytest.approx(0, abs=0.01)
    tails = [float(np.sum(room.response(each)[1:] ** 2)) for each in (0.3, 1.0)]
    assert tails[0] < tails[1]


@pytest.mark.slow
def test_what_is_made_here_sounds_and_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute each, on disk; a second run reads the same bytes."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path))
    first = Noises(MADE).tracks
    made = {track.path: track.path.read_bytes() for track in first}
    assert [track.seconds for track in first] == [60.0, 60.0, 60.0]
    assert Noises(MADE).tracks == first
    for path in made:
        path.unlink()
    Noises(MADE)
    assert {path: path.read_bytes() for path in made} == made
    assert set(tracks.MADE) == set(MADE)


def test_conditions_are_each_once_the_easiest_first() -> None:
    """Without levels there is no noise, and without anything nothing."""
    asked = ListeningConditions.asked([0, 10, 10], ["white"], [0.6, 0.3])
    assert asked is not None
    assert [(each.kind, each.level) for each in asked.each()] == [
        ("white", 10),
        ("white", 0),
        (ROOM, 0.3),
        (ROOM, 0.6),
    ]
    assert ListeningConditions.asked([5], [], []) == ListeningConditions(levels=(5,), kinds=MADE)
    assert ListeningConditions.asked([], ["white"], []) is None
