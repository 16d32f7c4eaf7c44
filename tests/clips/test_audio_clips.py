"""Clips: names, references, silence, and the two bundled ones."""

import hashlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from audio_files import tone, write_audio
from pydantic import ValidationError

from orchestrator.clips.audio import clips
from orchestrator.clips.audio.clips import bundled, load_clip, load_clips
from orchestrator.clips.audio.samples import RATE
from orchestrator.clips.audio.warm_up import warm_ups
from orchestrator.errors import AudioError

BUNDLED = Path(clips.__file__).parent / "bundled"


def beep(path: Path, hertz: float = 440) -> Path:
    """Write half a second of a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_audio(path, [tone(hertz, 0.5, 16_000)], 16_000)


def test_a_clip_is_what_is_known_of_its_file(tmp_path: Path) -> None:
    """Name, hash, length, samples and language are those of the file and the call."""
    source = beep(tmp_path / "talk.wav")
    clip = load_clip(source, tmp_path / "cache", language="fr")
    assert (clip.name, clip.path, clip.language, clip.reference) == ("talk", source, "fr", None)
    assert clip.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert (clip.seconds, clip.samples) == (0.5, 8_000)
    assert clip.pcm.stat().st_size == 4 * clip.samples
    with pytest.raises(ValidationError):
        clip.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("ending", ["txt", "TXT", "Txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_beside_the_audio_is_its_reference(
    tmp_path: Path, encoding: str, ending: str
) -> None:
    """UTF-8 is read, and what begins with a byte order mark, as Windows editors write it."""
    source = beep(tmp_path / "talk.v2.wav")
    (tmp_path / f"talk.v2.{ending}").write_text("  Ça va, merci.\n", encoding=encoding)
    assert load_clip(source, tmp_path).reference == "Ça va, merci."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        ("Ça va".encode("latin-1"), "is not UTF-8 text"),
        ("Hello".encode("utf-16")[:-1], "is not UTF-8 text"),
    ],
)
def test_a_reference_that_is_none_is_an_error(tmp_path: Path, data: bytes, message: str) -> None:
    """An empty text and another encoding are errors that name the text, not the audio."""
    source = beep(tmp_path / "talk.wav")
    (tmp_path / "talk.txt").write_bytes(data)
    with pytest.raises(AudioError, match=message) as caught:
        load_clip(source, tmp_path)
    assert str(tmp_path / "talk.txt") in str(caught.value)
    assert caught.value.fix


def test_silence_is_an_error_unless_it_is_asked_for(tmp_path: Path) -> None:
    """Noise under -80 dBFS cannot be scored, but can be used to see what engines invent in it."""
    hiss = np.random.default_rng(0).uniform(-9e-5, 9e-5, 16_000)
    source = write_audio(tmp_path / "quiet.wav", [hiss], 16_000, "pcm_f32le")
    with pytest.raises(AudioError, match="is silent"):
        load_clip(source, tmp_path)
    heard = clips.decoded(clips.Utterance("quiet", source), tmp_path, silence=True)
    assert heard.samples == 16_000


def test_one_late_word_is_not_silence(tmp_path: Path) -> None:
    """Sound in the last moment only makes a clip that can be scored."""
    late = np.concatenate([np.zeros(40_000), tone(440, 0.1, 16_000, 2e-4)])
    source = write_audio(tmp_path / "late.wav", [late], 16_000, "pcm_f32le")
    assert load_clip(source, tmp_path).samples == 41_600


def test_clips_of_one_stem_get_names_of_their_own(tmp_path: Path) -> None:
    """Names stay apart, in the order given, and where a file system ignores case."""
    names = ["a/talk.wav", "b/talk.wav", "b/talk-2.wav", "c/Talk.wav", "c/other.wav"]
    paths = [beep(tmp_path / name, 300 + 50 * i) for i, name in enumerate(names)]
    loaded = load_clips(paths, tmp_path / "cache")
    expected = ["talk", "talk-2", "talk-2-2", "Talk-3", "other"]
    assert [clip.name for clip in loaded] == expected
    assert [clip.path for clip in loaded] == paths


def test_a_clip_given_twice_is_an_error(tmp_path: Path) -> None:
    """One file by two paths would count twice in every average."""
    source = beep(tmp_path / "talk.wav")
    (tmp_path / "folder").mkdir()
    with pytest.raises(AudioError, match="is given twice"):
        load_clips([source, tmp_path / "folder" / ".." / "talk.wav"], tmp_path / "cache")


def test_a_loop_of_links_among_the_clips_is_an_error(tmp_path: Path) -> None:
    """A link to itself is told as unreadable, not as a crash."""
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    with pytest.raises(AudioError, match="cannot be read"):
        load_clips([tmp_path / "loop.wav"], tmp_path / "cache")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has UTF-8 names only")
def test_a_name_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    """A Latin-1 file name, as old archives hold, is told in characters that can be printed."""
    source = beep(tmp_path / "a.wav").rename(tmp_path / os.fsdecode(b"caf\xe9.wav"))
    with pytest.raises(AudioError, match="is not UTF-8") as caught:
        load_clips([source], tmp_path / "cache")
    assert str(caught.value).isascii()


def test_the_bundled_files_are_those_that_were_made() -> None:
    """Every clip and text has the sum that the scripts wrote down."""
    lines = (BUNDLED / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = [*BUNDLED.glob("*.flac"), *BUNDLED.glob("*.txt")]
    assert sums == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert len(sums) == 12


def test_the_bundled_clips_are_speech_of_the_promised_length(tmp_path: Path) -> None:
    """A minute to score, 2 to 4 s to warm up, all of it English at the pace of speech."""
    scored, warm = bundled(tmp_path), load_clip(BUNDLED / "warm-up.flac", tmp_path, language="en")
    assert [clip.name for clip in scored] == ["names", "numbers", "noisy", "far"]
    assert 55 <= sum(clip.seconds for clip in scored) <= 65
    assert 2 <= warm.seconds <= 4
    assert len({clip.sha256 for clip in [*scored, warm]}) == 5
    for clip in (*scored, warm):
        assert clip.language == "en"
        assert clip.reference
        words_a_second = len(clip.reference.split()) / clip.seconds
        assert 1.4 < words_a_second < 4


def test_warm_ups_are_other_speech_for_every_length_that_is_scored(tmp_path: Path) -> None:
    """One warm-up a length bucket, shortest first, made of the warm-up clip and nothing else."""
    scored = bundled(tmp_path)[0]
    lengths = (4.0, 9.0, 14.0, 100.0, 600.0)
    clips_ = [scored.model_copy(update={"seconds": seconds}) for seconds in lengths]
    warm = warm_ups(clips_, tmp_path)
    assert len(warm) == 4
    assert [w.seconds for w in warm] == sorted(w.seconds for w in warm)
    once = np.fromfile(warm[0].pcm, np.float32)
    for one in warm:
        samples = np.fromfile(one.pcm, np.float32)
        assert len(samples) == one.samples
        for said in np.split(samples, range(15 * RATE, len(samples), 15 * RATE)):
            assert np.array_equal(said[: len(once)], once)
            assert not said[len(once) :].any()
        assert one.sha256 != scored.sha256
