"""What takes the place of NVIDIA's libraries: the loader links it, and its functions are errors."""

import ctypes
import platform
import sys
from pathlib import Path

import pytest

from runners.torch_without_cuda import library

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="ELF for x86-64"
)


def test_functions_of_a_linked_library_answer_with_an_error(tmp_path: Path) -> None:
    """An empty library under another's name finds them in the one that it links."""
    names = [f"cublas{number}".encode() for number in range(1000)]
    functions = tmp_path / "libfunctions.so"
    functions.write_bytes(library(names))
    (tmp_path / "libempty.so").write_bytes(library([], bytes(functions)))
    (tmp_path / "libcublas.so.13").symlink_to("libempty.so")
    loaded = ctypes.CDLL(str(tmp_path / "libcublas.so.13"))
    assert {getattr(loaded, name.decode())() for name in names} == {1}
    assert not hasattr(loaded, "cublas1000")
