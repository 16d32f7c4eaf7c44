"""Captions through the command line: a file that is spoken, a microphone, and what goes wrong."""

import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from fake_envs import AddBackend, command, orchestrator, runners_of, surroundings, wait_for
from terminals import recorded

from orchestrator.clips.audio.clips import BUNDLED, load_clip


@pytest.fixture
def talk(envs: Path) -> Path:
    """Return a recording in a folder of its own."""
    folder = envs.parent / "recordings"
    folder.mkdir()
    return Path(shutil.copy(BUNDLED / "clean-room.flac", folder / "talk.flac"))


def test_a_file_is_shown_as_it_is_spoken(envs: Path, talk: Path) -> None:
    """Off a terminal what stands is a line; stderr has the lag, and nothing is kept."""
    done = orchestrator(envs, "transcribe", str(talk), "--live", "--pace", "100", "-b", "ada")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("what was said\n")
    assert "shown words taken back; final text " in done.stderr
    assert {path.name for path in envs.parent.iterdir()} == {"envs", "recordings"}
    assert {path.name for path in talk.parent.iterdir()} == {"talk.flac"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--pace", "2"), "--pace needs --live"),
        (("--live", "--format", "srt"), "--live prints the text alone"),
        (("--live", "another.wav"), "--live takes one FILE"),
    ],
)
def test_what_does_not_go_with_live_is_said(
    envs: Path, talk: Path, options: tuple[str, ...], says: str
) -> None:
    """Options that contradict each other are refused, with exit code 2."""
    done = orchestrator(envs, "transcribe", str(talk), "-b", "ada", *options)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("deaf@live", 2, "error: bob has no live mode"),
        ("exit-3@hear exit-3@finish", 1, "error: bob: it ended with exit code 3"),
    ],
)
def test_who_cannot_listen_or_breaks_a_stream_is_told(  # noqa: PLR0913, PLR0917 - fixtures
    envs: Path,
    talk: Path,
    add_backend: AddBackend,
    made_backends: Path,
    text: str,
    code: int,
    says: str,
) -> None:
    """An engine without a live mode, and one that dies: a sentence each, and no process."""
    add_backend("bob", f"what was said {text}")
    done = orchestrator(envs, "transcribe", str(talk), "--live", "--pace", "100", "-b", "bob")
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not runners_of(made_backends)


@pytest.mark.slow
def test_ctrl_c_ends_captions(
    envs: Path, talk: Path, add_backend: AddBackend, made_backends: Path, tmp_path: Path
) -> None:
    """An interrupt in a stream leaves no process, no folder of its own, and no file."""
    add_backend("bob", "print@hear hang@hear")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        command("transcribe", str(talk), "--live", "-b", "bob"),
        env=surroundings(envs) | {"TMPDIR": str(temporary)},
        cwd=envs.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as captions:
        wait_for(lambda: any("printf" in p.read_text("utf-8") for p in temporary.rglob("*.log")))
        captions.send_signal(signal.SIGINT)
        out, _ = captions.communicate(timeout=60)
    assert (captions.returncode, out) == (130, b"")
    assert not runners_of(made_backends)
    # uv may leave an empty file there that it locks.
    assert not [path for path in temporary.iterdir() if path.is_dir()]


def test_without_a_microphone_or_an_end_captions_do_not_begin(envs: Path) -> None:
    """Nobody can press Enter off a terminal; options of an engine take --live."""
    unending = orchestrator(envs, "record", "--live", "-b", "ada")
    assert (unending.returncode, "nobody can press Enter" in unending.stderr) == (2, True)
    plain = orchestrator(envs, "record", "--seconds", "1", "-b", "ada")
    assert (plain.returncode, "need --live" in plain.stderr) == (2, True)


def in_a_terminal(envs: Path, folder: Path, key: bytes) -> tuple[int, str]:
    """Show captions of a tone in a terminal, and press a key when a word stands."""
    return recorded(folder, surroundings(envs), [(b"what was said", key)], "--live")


@pytest.mark.slow
def test_a_microphone_is_shown_until_enter(envs: Path, tmp_path: Path) -> None:
    """The level and the text while it listens, then the final text, its lag, and the clip."""
    folder = tmp_path / "kept"
    folder.mkdir()
    code, shown = in_a_terminal(envs, folder, b"\n")
    assert code == 0, shown
    assert "listening to the microphone tone: Enter ends" in shown
    assert "s behind" in shown
    assert "dBFS" in shown
    assert "final text" in shown.replace("\r\n", " ")
    (kept,) = folder.iterdir()
    assert load_clip(kept, tmp_path / "cache").seconds > 1


@pytest.mark.slow
def test_an_interrupted_microphone_leaves_nothing(
    envs: Path, tmp_path: Path, made_backends: Path
) -> None:
    """Ctrl-C while it listens: no clip, no process."""
    folder = tmp_path / "kept"
    folder.mkdir()
    code, _ = in_a_terminal(envs, folder, b"\x03")
    assert code != 0
    assert not list(folder.iterdir())
    assert not runners_of(made_backends)
