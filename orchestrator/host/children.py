"""Children: a clean Python, which knows of ours only what it is given; how several are ended."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from orchestrator.places import ROOT

_PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
PROXIES = (*_PROXIES, *map(str.lower, _PROXIES))

_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER")
# As `-m`, with our packages found beside what that Python has. Their folder is not put on the path:
# in an installed tool it holds everything that the orchestrator is installed with. A runner that is
# not among ours may lie in another folder.
_START = """\
import runpy, sys
from importlib.machinery import PathFinder
root, beside, module = sys.argv[1:4]
del sys.argv[1:4]
class Ours:
    names = {"orchestrator", "runners", module.partition(".")[0]}
    def find_spec(name, path=None, target=None):
        if name in Ours.names:
            return PathFinder.find_spec(name, [root])
        if beside and name.rpartition(".")[0] == "runners":
            return PathFinder.find_spec(name, [*path, beside])
sys.meta_path.insert(0, Ours)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
# ONNX Runtime 1.29 and later tells Microsoft what it runs unless this is set before it is imported.
_SILENT = {"ORT_DISABLE_TELEMETRY": "1"}


def command(
    python: Path | str, module: str, *arguments: str | Path, runners: Path | None = None
) -> tuple[str, ...]:
    """Return the command for a module of ours, or of another folder of `runners`, under any Python.

    No user site, no current directory on the path, UTF-8 whatever the locale.
    """
    start = ("-P", "-s", "-X", "utf8", "-c", _START, str(ROOT), str(runners or ""), module)
    return (str(python), *start, *map(str, arguments))


def environment(*kept: str, **given: str) -> dict[str, str]:
    """Return all a child may see: no token, no PYTHON*, UV_*, DYLD_* or LD_* of ours.

    `kept` are further variables to pass on, `given` others to set.
    """
    passed = {name: os.environ[name] for name in (*_KEPT, *kept) if name in os.environ}
    return passed | _SILENT | given


class Process(Protocol):
    """As much of subprocess.Popen as it takes to end one."""

    def terminate(self) -> None:
        """Ask it to end."""


_under_way: set[Process] = set()


@contextmanager
def under_way(process: Process) -> Iterator[None]:
    """Have `end_all` know a child while the block runs, which ends it if it raises."""
    _under_way.add(process)
    try:
        yield
    except BaseException:
        process.terminate()
        raise
    finally:
        _under_way.discard(process)


def end_all() -> None:
    """End the children that other threads wait for."""
    for process in list(_under_way):
        process.terminate()
