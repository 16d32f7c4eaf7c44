"""Has torch's Linux wheel load without NVIDIA's libraries, 2 GB: only on a card are they used.

The wheel links them. Where they are not installed, an empty library beside torch's own has their
names, and another, which it links, their functions: each answers with an error. The loader would
refuse functions without a version in a library that bears the name which the version belongs to.
"""

import ctypes
import re
import struct
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

_PREFIXES = (b"cublas", b"cudnn", b"cufft", b"cuFile", b"cusparse", b"nccl", b"nvrtc", b"nvshmem")
_LACKED = re.compile(r"(lib(?:cu|nccl|nv)[\w-]*\.so[.\d]*): cannot open shared object file")
_EMPTY, _FUNCTIONS = "libno_cuda.so", "libno_cuda_functions.so"
_SYMBOL = struct.Struct("<IBBHQQ")  # <elf.h>, as all below
_ANSWER = b"\xb8\x01\x00\x00\x00\xc3"  # mov eax, 1; ret
_PAGE = 0x1000


def make(folder: Path) -> None:
    """Let the torch whose libraries are in this folder load; raise OSError where it does not."""
    for link in folder.glob("lib*.so*"):  # of an earlier torch
        if link.is_symlink() and link.readlink().name == _EMPTY:
            link.unlink()
    if _lacked(folder / "libtorch_python.so"):
        names = {n for path in folder.glob("libtorch_*.so") for n in _undefined(path)}
        (folder / _FUNCTIONS).write_bytes(library(sorted(names)))
        (folder / _EMPTY).write_bytes(library([], _FUNCTIONS.encode()))
    while lacked := _lacked(folder / "libtorch_python.so"):
        (folder / lacked).symlink_to(_EMPTY)


def _lacked(path: Path) -> str | None:
    """Return the first of NVIDIA's libraries that is not found; None where all load."""
    try:
        ctypes.CDLL(str(path))
    except OSError as error:
        found = _LACKED.match(str(error))
        if found is None or (path.parent / found[1]).exists():
            raise
        return found[1]
    return None


def _undefined(path: Path) -> Iterator[bytes]:
    """Yield the functions of NVIDIA's that a library calls."""
    with path.open("rb") as file:
        header = file.read(64)
        (sections,) = struct.unpack_from("<Q", header, 40)
        (count,) = struct.unpack_from("<H", header, 60)
        file.seek(sections)
        table = list(struct.iter_unpack("<IIQQQQIIQQ", file.read(64 * count)))
        for _, kind, _, _, offset, size, link, *_ in table:
            if kind == 11:  # noqa: PLR2004 - SHT_DYNSYM
                file.seek(offset)
                symbols = file.read(size)
                file.seek(table[link][4])
                names = file.read(table[link][5])
                for name, _, _, section, _, _ in _SYMBOL.iter_unpack(symbols):
                    if not section and names.startswith(_PREFIXES, name):
                        yield names[name : names.index(b"\0", name)]


def library(names: list[bytes], linked: bytes = b"") -> bytes:
    """Return a shared library for x86-64 in which each of these functions returns 1."""
    count = len(names) + 1
    strings, symbols = b"\0" + linked + b"\0", _SYMBOL.pack(0, 0, 0, 0, 0, 0)
    start = 64 + 4 * 56
    for name in names:  # global functions, of a section that need not be described
        symbols += _SYMBOL.pack(len(strings), 0x12, 0, 1, start, len(_ANSWER))
        strings += name + b"\0"
    buckets, chains = [0] * count, [0] * count
    for number, name in enumerate(names, 1):
        at = _hash(name) % count
        chains[number], buckets[at] = buckets[at], number
    hashes = struct.pack(f"<II{2 * count}I", count, count, *buckets, *chains)
    text = _ANSWER.ljust(16, b"\0")
    at_symbols = start + len(text)
    at_hashes = at_symbols + len(symbols)
    at_strings = at_hashes + len(hashes)
    end = at_strings + len(strings)
    at_dynamic = -(-end // _PAGE) * _PAGE
    entries = {4: at_hashes, 5: at_strings, 6: at_symbols, 10: len(strings), 11: 24}
    entries |= {1: 1, 0: 0} if linked else {0: 0}  # DT_NEEDED: where its name is among the strings
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries.items())
    segments = (
        (1, 5, 0, end, _PAGE),  # PT_LOAD, to read and run
        (1, 6, at_dynamic, len(dynamic), _PAGE),  # PT_LOAD, to read and write
        (2, 6, at_dynamic, len(dynamic), 8),  # PT_DYNAMIC
        (0x6474E551, 6, 0, 0, 16),  # PT_GNU_STACK
    )
    header = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 64, 0, 0
    )
    table = b"".join(
        struct.pack("<IIQQQQQQ", kind, flags, at, at, at, size, size, align)
        for kind, flags, at, size, align in segments
    )
    return (header + table + text + symbols + hashes + strings).ljust(at_dynamic, b"\0") + dynamic


def _hash(name: bytes) -> int:
    """Return the hash of a symbol's name in an ELF file."""
    found = 0
    for byte in name:
        found = (found << 4) + byte
        found = (found ^ (found & 0xF0000000) >> 24) & 0x0FFFFFFF
    return found


if __name__ == "__main__" and sys.platform == "linux":
    make(Path(str(metadata.distribution("torch").locate_file("torch/lib"))))
