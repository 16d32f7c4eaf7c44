"""Time is read from time stamps, and sizes from what a file holds: in every container."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import pytest
from audio_files import loudest_hertz, tone, wav, write_audio, write_stretches, write_tracks
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from orchestrator.clips.audio import container
from orchestrator.clips.audio.clips import load_clip, load_clips, restore
from orchestrator.clips.audio.container import ENDINGS, FORMATS, Bytes
from orchestrator.clips.audio.decoded_cache import Decoded, decode, trim
from orchestrator.clips.audio.wav_header import examined
from orchestrator.errors import AudioError

TIMED = [
    ("mp4", "aac"),
    ("mov", "aac"),
    ("mkv", "aac"),
    ("mkv", "pcm_s16le"),
    ("webm", "libopus"),
    ("ts", "aac"),
    ("ogg", "libopus"),
]
TIMELESS = [("aac", "aac"), ("flac", "flac"), ("wav", "pcm_s16le"), ("mp3", "libmp3lame")]


def heard(found: Decoded) -> NDArray[np.bool_]:
    """Return for each tenth of a second whether there is sound in it."""
    samples = np.fromfile(found.pcm, "<f4")
    tenths = samples[: len(samples) // 1600 * 1600].reshape(-1, 1600)
    loud: NDArray[np.bool_] = np.abs(tenths).max(1) > 0.1
    return loud


@pytest.mark.parametrize(("ending", "codec"), TIMED)
def test_a_gap_in_the_time_stamps_is_silence(tmp_path: Path, ending: str, codec: str) -> None:
    """Three seconds that are missing in the middle are three seconds of silence."""
    source = write_stretches(tmp_path / f"a.{ending}", codec, [(0, 3), (6, 3)])
    found = decode(source, tmp_path / "cache")
    assert found.samples / 16_000 == pytest.approx(9, abs=0.1)
    assert heard(found)[:29].all()
    assert not heard(found)[31:59].any()
    assert heard(found)[61:89].all()
    assert (found.offset, found.notes) == (0, ())


@pytest.mark.parametrize(("ending", "codec"), TIMELESS)
def test_without_time_stamps_sound_follows_on_sound(
    tmp_path: Path, ending: str, codec: str
) -> None:
    """Formats that hold no times have no gaps."""
    source = write_stretches(tmp_path / f"a.{ending}", codec, [(0, 3), (6, 3)])
    found = decode(source, tmp_path / "cache")
    assert found.samples / 16_000 == pytest.approx(6, abs=0.1)
    assert heard(found)[1:58].all()
    assert (found.offset, found.notes) == (0, ())


@pytest.mark.parametrize(
    ("ending", "codec"), [pair for pair in TIMED if pair[0] not in {"webm", "ogg"}]
)
def test_sound_that_begins_late_has_an_offset(tmp_path: Path, ending: str, codec: str) -> None:
    """Five seconds of picture come first: they are no audio, and remembered in the cache."""
    source = write_stretches(tmp_path / f"a.{ending}", codec, [(5, 3)], picture=True)
    for _ in range(2):
        found = decode(source, tmp_path / "cache")
        assert found.offset == pytest.approx(5, abs=0.03)
        assert found.samples / 16_000 == pytest.approx(3, abs=0.1)
        assert not found.notes
    trim(tmp_path / "cache", spared=[found.pcm])
    assert len(list((tmp_path / "cache").iterdir())) == 2
    clip = load_clip(source, tmp_path / "cache")
    assert clip.offset == found.offset


def test_what_is_known_of_samples_goes_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Samples dropped for want of room take their facts along, and get them again."""
    source = write_stretches(tmp_path / "a.mkv", "aac", [(5, 3)], picture=True)
    clip = load_clip(source, tmp_path / "cache")
    monkeypatch.setenv("WHISPER_CLEANROOM_DECODED_BYTES", "0")
    trim(tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
    restore([clip], tmp_path / "cache")
    assert load_clip(source, tmp_path / "cache") == clip


@pytest.mark.parametrize(("ending", "codec"), [*TIMED, *TIMELESS])
def test_zeros_behind_the_data_are_nothing(tmp_path: Path, ending: str, codec: str) -> None:
    """A file that a recorder laid out larger than it became has the same samples."""
    source = write_stretches(tmp_path / f"a.{ending}", codec, [(0, 3)])
    longer = tmp_path / f"b.{ending}"
    longer.write_bytes(source.read_bytes() + bytes(300_000))
    plain, found = (decode(path, tmp_path / "cache") for path in (source, longer))
    assert found.samples == plain.samples
    assert found.pcm.read_bytes() == plain.pcm.read_bytes()
    assert found.notes == ()


@pytest.mark.parametrize(
    ("ending", "codec"), [pair for pair in (*TIMED, *TIMELESS) if pair[0] != "wav"]
)
def test_lost_packets_are_refused(tmp_path: Path, ending: str, codec: str) -> None:
    """Nearly a third of the bytes erased is no gap: the length that is left is said."""
    source = write_stretches(tmp_path / f"a.{ending}", codec, [(0, 6)])
    data = bytearray(source.read_bytes())
    begin, end = int(len(data) * 0.4), int(len(data) * 0.7)
    data[begin:end] = bytes(end - begin)
    source.write_bytes(data)
    with pytest.raises(AudioError, match=r"damaged or cut short: only [2-5]\.\d of [56]\.\d s"):
        decode(source, tmp_path / "cache")


@pytest.mark.parametrize(
    ("ending", "codec"), [("mp3", "libmp3lame"), ("webm", "libopus"), ("wav", "pcm_s16le")]
)
def test_a_file_cut_short_is_read_and_says_so(tmp_path: Path, ending: str, codec: str) -> None:
    """What there is of half a file is a clip, with a note that its header says more."""
    source = write_stretches(tmp_path / f"a.{ending}", codec, [(0, 6)])
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    found = decode(source, tmp_path / "cache")
    assert found.samples / 16_000 == pytest.approx(3, abs=0.2)
    assert "its header says 6.0 s" in found.notes[0]
    assert json.loads(found.pcm.with_suffix(".json").read_text("utf-8"))["notes"]


def test_float_audio_far_beyond_full_scale_is_an_error(tmp_path: Path) -> None:
    """The values of 16-bit integers in a float file are named as what they are."""
    source = write_audio(tmp_path / "a.wav", [tone(440, 1, 16_000) * 32_768], 16_000, "pcm_f32le")
    with pytest.raises(
        AudioError, match=r"samples of 16,384 times full scale \(\+84 dBFS\)"
    ) as error:
        decode(source, tmp_path / "cache")
    assert "32768" in error.value.fix
    loud = write_audio(tmp_path / "b.wav", [tone(440, 1, 16_000) * 10], 16_000, "pcm_f32le")
    assert decode(loud, tmp_path / "cache").samples == 16_000


def test_a_silent_default_track_names_the_one_that_is_not(tmp_path: Path) -> None:
    """Of two tracks the default one is silent: the error says how to choose, and it works."""
    source = write_tracks(tmp_path / "a.mkv", [np.zeros(16_000), tone(440, 1, 16_000)])
    with pytest.raises(AudioError) as error:
        load_clip(source, tmp_path / "cache")
    said = "has 2 audio tracks: track 1 (microphone 0) is silent, track 2 (microphone 1) is not"
    assert said in str(error.value)
    assert error.value.fix == "--track 2"
    (clip,) = load_clips([source], tmp_path / "cache", track=2)
    assert clip.track == 2
    assert loudest_hertz(np.fromfile(clip.pcm, "<f4")) == pytest.approx(440, abs=2)
    clip.pcm.unlink()
    restore([clip], tmp_path / "cache")
    assert clip.pcm.exists()
    with pytest.raises(AudioError, match="has 2 audio tracks, no track 3"):
        load_clips([source], tmp_path / "cache", track=3)


def test_nist_sphere_is_read(tmp_path: Path) -> None:
    """A header of 1024 bytes in text, as TIMIT and TED-LIUM have it."""
    samples = (tone(440, 1, 16_000) * 32_767).astype("<i2")
    fields = {
        "channel_count": 1,
        "sample_count": 16_000,
        "sample_rate": 16_000,
        "sample_n_bytes": 2,
        "sample_sig_bits": 16,
    }
    lines = [f"{name} -i {value}" for name, value in fields.items()]
    order = "sample_byte_format -s2 01\nsample_coding -s3 pcm\nend_head\n"
    head = "\n".join(["NIST_1A", "   1024", *lines, order]).encode().ljust(1024)
    source = tmp_path / "a.sph"
    source.write_bytes(head + samples.tobytes())
    found = decode(source, tmp_path / "cache")
    assert found.samples == 16_000
    assert loudest_hertz(np.fromfile(found.pcm, "<f4")) == pytest.approx(440, abs=2)


def test_formats_and_endings_are_those_ffmpeg_knows() -> None:
    """Every format of the list can be opened, and no ending stands for two."""
    assert all(av.ContainerFormat(name, "r").is_input for name in FORMATS)
    assert len(ENDINGS) == sum(len(endings.split()) for endings in FORMATS.values())
    assert {".ts", ".mts", ".mxf", ".eac3", ".sph", ".wav"} <= ENDINGS


SPEECH = (tone(440, 4, 16_000) * 32_767).astype("<i2").tobytes()
NOISE = np.random.default_rng(0).bytes(64_000)


@pytest.mark.parametrize(
    ("data", "stated", "seconds", "note"),
    [
        (SPEECH, len(SPEECH), 4, ""),
        (SPEECH, 0, 4, ""),
        (SPEECH, 0xFFFFFFFF, 4, ""),
        (SPEECH, 0x7FFFFFFF, 4, ""),
        (SPEECH, 0xFFFFFFFF - 44, 4, ""),
        (SPEECH, 1 << 20, 4, "its header says 32.8 s, the file holds 4.0 s"),
        (SPEECH, 32_000, 4, "its header says 1.0 s, the file holds 4.0 s: all of it is read"),
        (SPEECH + bytes(1 << 20), len(SPEECH), 4, ""),
        (SPEECH + bytes(1 << 20), 0, 4, ""),
        (SPEECH + bytes(1 << 20), 0xFFFFFFFF, 4, ""),
        (SPEECH + b"LIST\x04\0\0\0INFO", len(SPEECH), 4, ""),
        (SPEECH + NOISE[:2_000], len(SPEECH), 4, ""),
        (SPEECH + NOISE, len(SPEECH), 4, ""),
    ],
    ids=[
        "right",
        "zero",
        "stream",
        "31-bit stream",
        "stream less its header",
        "cut",
        "far below",
        "zeros behind",
        "laid out, no size",
        "laid out, stream",
        "a chunk behind",
        "a few bytes behind",
        "less than the data behind",
    ],
)
def test_a_wav_is_read_for_what_it_holds(
    tmp_path: Path, data: bytes, stated: int, seconds: float, note: str
) -> None:
    """A size that the file contradicts is not believed; where audio is added or missing it says."""
    source = tmp_path / "a.wav"
    source.write_bytes(wav(data, stated))
    found = decode(source, tmp_path / "cache")
    assert found.samples / 16_000 == pytest.approx(seconds, abs=0.01)
    assert note in " ".join(found.notes)
    assert bool(found.notes) == bool(note)
    assert container.seconds(source) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "bits", "form"), [("u1", 8, 1), ("<i4", 32, 1), ("<f4", 32, 3), ("<i2", 24, 1)]
)
def test_a_size_far_too_small_is_seen_in_every_kind_of_samples(
    tmp_path: Path, kind: str, bits: int, form: int
) -> None:
    """Of 8, 24 and 32 bits and of float samples all is read."""
    wave = tone(440, 4, 16_000)
    scale = {"u1": 127, "<i4": 2**31 - 1, "<f4": 1, "<i2": 32_767}[kind]
    data = (wave * scale + (128 if kind == "u1" else 0)).astype(kind)
    raw = data.tobytes()
    if bits == 24:
        raw = np.pad(data.view("u1").reshape(-1, 2), ((0, 0), (1, 0))).tobytes()
    source = tmp_path / "a.wav"
    source.write_bytes(wav(raw, len(raw) // 8, bits=bits, form=form))
    assert decode(source, tmp_path / "cache").samples == 64_000


def test_what_is_no_sound_behind_a_wav_is_said(tmp_path: Path) -> None:
    """Four seconds of noise behind a header that says one are not read as audio."""
    source = tmp_path / "a.wav"
    source.write_bytes(wav(SPEECH[:32_000] + NOISE * 2, 32_000))
    with pytest.raises(AudioError, match=r"says 1.0 s, the file holds 5.0 s: what follows is no"):
        decode(source, tmp_path / "cache")


def test_a_size_that_wrapped_around_is_seen(tmp_path: Path) -> None:
    """37 hours in a header of 32 bits, here mostly a hole in the file, are read to their end."""
    source = tmp_path / "a.wav"
    whole = (1 << 32) + 172_800
    with source.open("wb") as file:
        file.write(wav(SPEECH, whole % (1 << 32)))
        file.seek(44 + whole - 2)
        file.write(b"\1\1")
    with Bytes(source) as opened:
        found = examined(opened)
    assert found.end == 44 + whole
    assert found.patches == ((40, b"\xff" * 4),)
    assert "its header says 5.4 s, the file holds 134,223.1 s: all of it is read" in found.notes


def test_a_signal_is_answered_while_audio_is_searched_for(tmp_path: Path) -> None:
    """Seconds in which FFmpeg searches for the next frame keep no signal waiting."""
    source = write_stretches(tmp_path / "a.mp3", "libmp3lame", [(0, 6)])
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2] + b"\1" * (1 << 26) + data[len(data) // 2 :])
    script = """if True:
        import signal, sys
        from pathlib import Path
        from orchestrator.clips.audio.decoder import blocks
        def end(*_):
            raise KeyboardInterrupt
        signal.signal(signal.SIGTERM, end)
        try:
            for block in blocks(Path(sys.argv[1])):
                print("heard", flush=True)
        except KeyboardInterrupt:
            sys.exit(130)
    """
    command = [sys.executable, "-c", script, str(source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait() == 130


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_is_more_than_a_sentence(data: st.DataObject) -> None:
    """Whatever bytes are changed or missing, a file is decoded or refused in words."""
    ending, codec = data.draw(st.sampled_from([*TIMED, *TIMELESS]))
    with TemporaryDirectory() as folder:
        source = write_stretches(Path(folder) / f"a.{ending}", codec, [(0, 1)])
        content = bytearray(source.read_bytes())
        places = st.integers(0, len(content) - 1)
        for _ in range(data.draw(st.integers(1, 20))):
            content[data.draw(places | st.integers(0, 100))] = data.draw(st.integers(0, 255))
        source.write_bytes(content[: data.draw(st.just(len(content)) | places)])
        with suppress(AudioError):
            decode(source, Path(folder) / "cache")
        assert container.seconds(source) != 0
