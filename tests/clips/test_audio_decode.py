"""Decoding: every kind of file comes out as 16 kHz mono float32, every bad one as one sentence."""

import os
import struct
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from audio_files import Samples, loudest_hertz, tone, write_audio, write_video
from numpy.typing import NDArray

from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.errors import AudioError


def decoded(source: Path, cache: Path) -> NDArray[np.float32]:
    """Return the samples that engines would be handed."""
    return np.fromfile(decode(source, cache).pcm, "<f4")


@pytest.mark.parametrize(
    ("ending", "codec", "rate"),
    [
        ("wav", "pcm_u8", 8_000),
        ("wav", "pcm_s16le", 16_000),
        ("wav", "pcm_f32le", 16_000),
        ("wav", "pcm_s24le", 44_100),
        ("wav", "pcm_f64le", 48_000),
        ("wav", "pcm_s32le", 96_000),
        ("aiff", "pcm_s16be", 44_100),
        ("flac", "flac", 44_100),
        ("mp3", "libmp3lame", 22_050),
        ("ogg", "libopus", 48_000),
        ("webm", "libopus", 48_000),
        ("m4a", "aac", 44_100),
        ("mp4", "aac", 48_000),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_keeps_its_tone_its_length_and_its_level(
    tmp_path: Path, ending: str, codec: str, rate: int, channels: int
) -> None:
    """A second of 440 Hz is that after decoding, equally loud whatever the format and channels."""
    source = write_audio(tmp_path / f"a.{ending}", [tone(440, 1, rate)] * channels, rate, codec)
    samples = decoded(source, tmp_path / "cache")
    one_frame = 2 * 1152 / rate  # of mp3, the longest; some encoders add one at either end
    assert len(samples) / 16_000 == pytest.approx(1, abs=0.001 + one_frame)
    middle = samples[4_000:12_000]
    assert loudest_hertz(middle) == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.06)


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le"])
def test_channels_are_mixed_within_full_scale(tmp_path: Path, codec: str) -> None:
    """A loud left and right are averaged: neither clipped, as a plain sum is, nor 3 dB too loud."""
    left, right = tone(300, 1, 48_000, 0.9), tone(1_000, 1, 48_000, 0.9)
    source = write_audio(tmp_path / "a.wav", [left, right], 48_000, codec)
    samples = decoded(source, tmp_path)
    spectrum = np.abs(np.fft.rfft(samples)) * 2 / len(samples)
    assert spectrum[300] == pytest.approx(0.45, abs=0.01)
    assert spectrum[1_000] == pytest.approx(0.45, abs=0.01)
    assert np.abs(samples).max() <= 0.9 + 0.01


def test_opposite_channels_cancel_out(tmp_path: Path) -> None:
    """Left and its negative mix to nothing, as adding them must."""
    left = tone(440, 1, 48_000)
    samples = decoded(write_audio(tmp_path / "a.wav", [left, -left], 48_000), tmp_path)
    assert len(samples) == 16_000
    assert np.abs(samples).max() < 1e-4


def test_speech_in_the_centre_of_surround_sound_is_heard(tmp_path: Path) -> None:
    """In 5.1 sound, where films put speech in the third channel, that channel is in the mix."""
    centre = [tone(440, 1, 48_000) * (channel == 2) for channel in range(6)]
    samples = decoded(write_audio(tmp_path / "a.wav", centre, 48_000, layout="5.1"), tmp_path)
    assert loudest_hertz(samples) == pytest.approx(440, abs=2)
    assert np.abs(samples).max() > 0.1


@pytest.mark.parametrize("channels", [3, 6, 10])
def test_channels_without_a_layout_are_mixed(tmp_path: Path, channels: int) -> None:
    """A wav that does not say which channel is which, as multitrack recorders write, is decoded."""
    source = tmp_path / "tracks.wav"
    track = (tone(440, 1, 16_000) * 32_767).astype("<i2")
    with wave.open(str(source), "wb") as file:
        file.setparams((channels, 2, 16_000, 0, "NONE", ""))
        file.writeframes(np.repeat(track, channels).tobytes())
    samples = decoded(source, tmp_path)
    assert len(samples) == 16_000
    assert loudest_hertz(samples) == pytest.approx(440, abs=2)


def test_frequencies_above_the_new_rate_do_not_fold_back(tmp_path: Path) -> None:
    """10 kHz, which 16 kHz audio cannot hold, is filtered out instead of becoming 6 kHz."""
    both = tone(1_000, 1, 48_000, 0.4) + tone(10_000, 1, 48_000, 0.4)
    samples = decoded(write_audio(tmp_path / "a.wav", [both], 48_000), tmp_path)
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum[6_000] < spectrum[1_000] / 1_000


def test_the_sound_of_a_video_is_decoded(tmp_path: Path) -> None:
    """A film's audio stream is the clip."""
    samples = decoded(write_video(tmp_path / "a.mp4", tone(440, 1, 44_100)), tmp_path)
    assert loudest_hertz(samples) == pytest.approx(440, abs=2)


def test_a_file_that_changes_its_rate_half_way_is_decoded_whole(tmp_path: Path) -> None:
    """Two mp3 files of different rates in one, as some radio recorders write, make one clip."""
    first = write_audio(tmp_path / "1.mp3", [tone(440, 1, 44_100)], 44_100, "libmp3lame")
    second = write_audio(tmp_path / "2.mp3", [tone(440, 1, 22_050)] * 2, 22_050, "libmp3lame")
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    samples = decoded(joined, tmp_path)
    assert len(samples) / 16_000 == pytest.approx(2, abs=0.2)
    assert loudest_hertz(samples[-16_000:]) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("name", ["a:b.wav", "%d.wav", "ça va?.wav", "-i.wav", "http:x.wav"])
def test_a_strange_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    """No character of a file's name is taken for a protocol, a pattern or an option."""
    source = write_audio(tmp_path / "a.wav", [tone(440, 1, 16_000)], 16_000)
    source = source.rename(tmp_path / name)
    assert decode(source, tmp_path).samples == 16_000


def test_a_title_in_another_encoding_does_no_harm(tmp_path: Path) -> None:
    """Latin-1 in a wav's INFO chunk, as old editors write, is not audio's fault."""
    source = write_audio(tmp_path / "a.wav", [tone(440, 1, 16_000)], 16_000)
    info = b"INFOINAM" + struct.pack("<I", 6) + b"caf\xe9!\0"
    riff = source.read_bytes() + b"LIST" + struct.pack("<I", len(info)) + info
    source.write_bytes(riff[:4] + struct.pack("<I", len(riff) - 8) + riff[8:])
    assert decode(source, tmp_path).samples == 16_000


def test_the_same_bytes_are_decoded_once(tmp_path: Path) -> None:
    """A copy of another name takes its samples from the cache, other bytes do not."""
    source = write_audio(tmp_path / "a.wav", [tone(440, 1, 16_000)], 16_000)
    copy, other = tmp_path / "b.wav", tmp_path / "c.wav"
    copy.write_bytes(source.read_bytes())
    write_audio(other, [tone(441, 1, 16_000)], 16_000)
    cache = tmp_path / "cache"
    first = decode(source, cache)
    written = first.pcm.stat()
    assert decode(copy, cache) == first
    assert first.pcm.stat() == written
    assert decode(other, cache).pcm != first.pcm
    assert len(list(cache.iterdir())) == 2


def test_each_track_is_kept_by_itself(tmp_path: Path) -> None:
    """What was decoded of one track is never taken for the other."""
    source = tmp_path / "two.mka"
    with av.open(str(source), "w") as container:
        streams = [container.add_stream("pcm_s16le", 16_000, layout="mono") for _ in range(2)]
        for hertz, stream in zip((440, 880), streams, strict=True):
            samples = (tone(hertz, 1, 16_000) * 32_767).astype("<i2").reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.rate = 16_000
            container.mux(stream.encode(frame))
    cache = tmp_path / "cache"
    kept = [decode(source, cache, track).pcm for track in (1, 2)]
    heard = [loudest_hertz(np.fromfile(pcm, "<f4"), 16_000) for pcm in kept]
    assert heard == [pytest.approx(440, abs=2), pytest.approx(880, abs=2)]


@pytest.mark.slow
def test_long_audio_does_not_sit_in_memory(tmp_path: Path) -> None:
    """Twenty minutes, 77 MB once decoded, take less than a quarter of that in memory."""
    source = write_audio(tmp_path / "long.flac", [tone(440, 1_200, 8_000)], 8_000, "flac")
    script = """if True:
        import os, sys
        from pathlib import Path
        from orchestrator.clips.audio.decoded_cache import decode
        from orchestrator.host.resources import peak_bytes
        short, long, cache = map(Path, sys.argv[1:])
        decode(short, cache)
        before = peak_bytes(os.getpid())
        samples = decode(long, cache).samples
        print(samples, peak_bytes(os.getpid()) - before)
    """
    short = write_audio(tmp_path / "short.flac", [tone(440, 1, 8_000)], 8_000, "flac")
    command = [sys.executable, "-c", script, str(short), str(source), str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    samples, grown = map(int, done.stdout.split())
    assert samples == 1_200 * 16_000
    assert grown < samples * 4 / 4


def _text(folder: Path) -> Path:
    (folder / "bad.wav").write_text("This is a text.\n" * 100, encoding="utf-8")
    return folder / "bad.wav"


def _playlist(folder: Path) -> Path:
    (folder / "bad.m3u8").write_text(
        "#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n", encoding="utf-8"
    )
    return folder / "bad.m3u8"


def _empty(folder: Path) -> Path:
    (folder / "bad.wav").touch()
    return folder / "bad.wav"


def _tone(folder: Path, seconds: float, ending: str = "wav", codec: str = "pcm_s16le") -> Path:
    return write_audio(folder / f"bad.{ending}", [tone(440, seconds, 44_100)], 44_100, codec)


def _no_samples(folder: Path) -> Path:
    with wave.open(str(folder / "bad.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
    return folder / "bad.wav"


def _cut(source: Path) -> Path:
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    return source


def _overwritten(source: Path) -> Path:
    data = bytearray(source.read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = bytes(third)
    source.write_bytes(data)
    return source


def _bad_packets(source: Path) -> Path:
    """Break the body of every mp3 frame but the first few, and leave the headers."""
    first, *frames = source.read_bytes().split(b"\xff\xfb")
    broken = [f[:2] + b"\xff" * 32 + f[34:] if i > 5 else f for i, f in enumerate(frames)]
    source.write_bytes(b"\xff\xfb".join([first, *broken]))
    return source


def _not_finite(folder: Path) -> Path:
    samples: Samples = tone(440, 1, 16_000)
    samples[100] = np.nan
    return write_audio(folder / "bad.wav", [samples], 16_000, "pcm_f32le")


def _looping_link(folder: Path) -> Path:
    (folder / "bad.wav").symlink_to(folder / "bad.wav")
    return folder / "bad.wav"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "bad.wav")
    return folder / "bad.wav"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "bad.wav", "does not exist"),
        (lambda folder: folder, "is a folder"),
        (_pipe, "is not a regular file"),
        (_looping_link, "cannot be read: too many levels of symbolic links"),
        (_empty, "is empty: it holds 0 bytes"),
        (_text, "is no audio or video that can be decoded"),
        (_playlist, "is no audio or video that can be decoded"),
        (lambda folder: write_video(folder / "bad.mp4", None), "has no audio in it"),
        (lambda folder: _tone(folder, 0.02), "is 0.02 s long; engines need at least 0.1 s"),
        (_no_samples, "is 0.00 s long; engines need at least 0.1 s"),
        (_not_finite, "holds samples that are no numbers (NaN or infinity)"),
        (lambda folder: _cut(_tone(folder, 4, "m4a", "aac")), "is no audio or video that can"),
        (lambda folder: _cut(_tone(folder, 4, "flac", "flac")), "is damaged or cut short: only"),
        (lambda folder: _overwritten(_tone(folder, 4, "flac", "flac")), "of 4.0 s can be decoded"),
        (lambda folder: _overwritten(_tone(folder, 4, "m4a", "aac")), "is damaged or cut short"),
        (lambda folder: _bad_packets(_tone(folder, 4, "mp3", "libmp3lame")), "is damaged or cut"),
    ],
)
def test_what_cannot_be_decoded_is_one_clear_message(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    make: Callable[[Path], Path],
    message: str,
) -> None:
    """A bad file is named with what is wrong and what to do; nothing is printed or kept."""
    source, cache = make(tmp_path), tmp_path / "cache"
    with pytest.raises(AudioError) as caught:
        decode(source, cache)
    assert str(caught.value).startswith(str(source))
    assert message in str(caught.value)
    assert caught.value.fix
    assert capfd.readouterr() == ("", "")
    too_short = "engines need" in message
    assert too_short or not cache.exists() or not list(cache.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    """Missing permission is told as such."""
    source = write_audio(tmp_path / "a.wav", [tone(440, 1, 16_000)], 16_000)
    source.chmod(0)
    with pytest.raises(AudioError, match="cannot be read: permission denied"):
        decode(source, tmp_path / "cache")


@pytest.mark.parametrize(("ending", "codec"), [("wav", "pcm_s16le"), ("mp3", "libmp3lame")])
def test_where_no_length_can_be_trusted_what_is_there_is_decoded(
    tmp_path: Path, ending: str, codec: str
) -> None:
    """Half a wav or mp3, as a stopped recorder leaves it, is a clip of half the length."""
    source = _cut(_tone(tmp_path, 4, ending, codec))
    assert decode(source, tmp_path).samples / 16_000 == pytest.approx(2, abs=0.1)


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file where the cache folder should be is an error that names both paths."""
    source = write_audio(tmp_path / "a.wav", [tone(440, 1, 16_000)], 16_000)
    blocked = tmp_path / "cache"
    blocked.touch()
    with pytest.raises(AudioError, match="cannot be kept in") as caught:
        decode(source, blocked)
    assert str(source) in str(caught.value)
