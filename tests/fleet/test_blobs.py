"""Clips on a machine: sent once, in pieces, and never taken for what they are not."""

import hashlib
from pathlib import Path

import pytest

from orchestrator.errors import UsageError
from orchestrator.fleet.blobs import Blobs, name_of

DATA = bytes(range(256)) * 4
NAME = f"{hashlib.sha256(DATA).hexdigest()}.wav"


def test_pieces_become_a_clip(tmp_path: Path) -> None:
    """Each answer says where to go on; a piece that came twice changes nothing."""
    blobs = Blobs(tmp_path / "clips")
    assert blobs.lacking([NAME]) == {NAME: 0}
    assert blobs.put(NAME, 0, DATA[:100], last=False) == {NAME: 100}
    assert blobs.put(NAME, 0, DATA[:100], last=False) == {NAME: 100}
    assert blobs.put(NAME, 300, DATA[300:], last=True) == {NAME: 100}
    assert blobs.put(NAME, 100, DATA[100:], last=True) == {}
    assert blobs.path(NAME).read_bytes() == DATA
    assert blobs.lacking([NAME]) == {}


def test_what_has_another_hash_is_dropped(tmp_path: Path) -> None:
    """It comes again from the start."""
    blobs = Blobs(tmp_path)
    assert blobs.put(NAME, 0, DATA[:-1], last=True) == {NAME: 0}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../x", "x", f"{'0' * 64}.WAV", f"{'0' * 64}/x", ""])
def test_a_name_is_a_hash(tmp_path: Path, name: str) -> None:
    """No path leads out of the folder."""
    with pytest.raises(UsageError, match="no name of a clip"):
        Blobs(tmp_path).lacking([name])


def test_an_ending_is_kept_where_it_is_one() -> None:
    """Decoders go by it."""
    assert name_of("0" * 64, Path("a/Talk.FLAC")) == f"{'0' * 64}.flac"
    assert name_of("0" * 64, Path("a/talk.m\x1b4")) == "0" * 64
