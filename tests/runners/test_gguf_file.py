"""A GGUF file says the precision of its weights; what is no such file is refused."""

import struct
from pathlib import Path

import pytest

from runners import gguf_file
from runners.serve import BadModel

NAME = "general.file_type"


def text(words: str) -> bytes:
    """Return a text as the format has it."""
    raw = words.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf(path: Path, *values: bytes) -> Path:
    """Write a file that has values and no tensors."""
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(values)) + b"".join(values))
    return path


def number(name: str, value: int) -> bytes:
    """Return a number of 32 bits."""
    return text(name) + struct.pack("<II", 4, value)


TOKENS = text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("the") + text("a")
SCORES = text("scores") + struct.pack("<IIQ2f", 9, 6, 2, 0.5, 1.5)
ARCHITECTURE = text("general.architecture") + struct.pack("<I", 8) + text("moonshine")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([number(NAME, 7)], "q8_0"),
        ([ARCHITECTURE, TOKENS, SCORES, number(NAME, 17)], "q5_k_m"),
        ([number(NAME, 999)], None),
        ([ARCHITECTURE, TOKENS], None),
    ],
)
def test_it_says_its_precision_wherever_that_stands(
    tmp_path: Path, values: list[bytes], says: str | None
) -> None:
    """Behind texts, lists of texts and lists of numbers; None where it says none that is known."""
    assert gguf_file.precision(gguf(tmp_path / "model.gguf", *values)) == says


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"lmgg" + bytes(40), "is no GGUF file"),
        (b"GGUF" + bytes(3), "damaged or cut short"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 63), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + text("x") + struct.pack("<I", 77), "damaged"),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + text("x") + struct.pack("<IIQ", 9, 4, 1 << 63),
            "damaged",
        ),
    ],
)
def test_what_is_none_or_damaged_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """Sizes lead nowhere, forwards or backwards."""
    (tmp_path / "model.gguf").write_bytes(content)
    with pytest.raises(BadModel, match=says):
        gguf_file.precision(tmp_path / "model.gguf")
    with pytest.raises(BadModel):
        gguf_file.precision(tmp_path / "nothing.gguf")
