"""Children: a clean Python, which knows of ours only what it is given."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
PROXIES = (*_PROXIES, *map(str.lower, _PROXIES))

_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER")
# As `-m`, with our folder on the path; PYTHONPATH is a list, and a folder's name may hold a colon.
_START = (
    "import runpy, sys; root, module = sys.argv[1:3]; del sys.argv[1:3]; sys.path.insert(0, root);"
    " runpy.run_module(module, run_name='__main__', alter_sys=True)"
)


def command(python: Path | str, module: str, *arguments: str | Path) -> tuple[str, ...]:
    """Return the command for a module of ours, under any Python.

    No user site, no current directory on the path, UTF-8 whatever the locale.
    """
    start = ("-P", "-s", "-X", "utf8", "-c", _START, str(ROOT), module)
    return (str(python), *start, *map(str, arguments))


def environment(*kept: str, **given: str) -> dict[str, str]:
    """Return all a child may see: no token, no PYTHON*, UV_*, DYLD_* or LD_* of ours.

    `kept` are further variables to pass on, `given` others to set.
    """
    return {name: os.environ[name] for name in (*_KEPT, *kept) if name in os.environ} | given
