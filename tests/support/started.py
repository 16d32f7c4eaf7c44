"""Runs the command line in a fork of a Python that has imported it: a real process, started soon.

Hundreds of tests start one, and most of what each would do is import: 0.4 s of processor time. With
FRESH_PYTHON set, as `nox -s slow` has it, each starts Python anew, as users do; so it is on macOS,
whose own frameworks forbid to fork.
"""

import atexit
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from importlib import import_module
from pathlib import Path

FRESH = "FRESH_PYTHON" in os.environ or sys.platform != "linux"
IMPORTED = (
    "orchestrator.bench.doctor",
    "orchestrator.bench.run",
    "orchestrator.bench.transcribe",
    "orchestrator.models.adopt.linking",
    "orchestrator.models.lock",
    "orchestrator.models.status.usage",
    "orchestrator.reports.html",
    "orchestrator.reports.terminal.progress",
    "scipy.stats",
)
_SECONDS = 100


def finished(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m orchestrator` to its end, in a folder, with nothing on stdin."""
    command = [sys.executable, "-m", "orchestrator", *arguments]
    if FRESH:
        return subprocess.run(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=_SECONDS,
        )
    with tempfile.TemporaryDirectory() as place:
        files = [f"{place}/out", f"{place}/err"]
        code = _ordered([command[1:], dict(environment), str(folder), files])
        out, err = (Path(file).read_text("utf-8") for file in files)
    return subprocess.CompletedProcess(command, code, out, err)


def _ordered(order: list[object]) -> int:
    """Have it run; return its exit code."""
    server = _server()
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    process = int(server.stdout.readline())
    if not select.select([server.stdout], [], [], _SECONDS)[0]:
        os.kill(process, signal.SIGKILL)
        server.stdout.readline()
        raise TimeoutError(order)
    return int(server.stdout.readline())


@cache
def _server() -> "subprocess.Popen[str]":
    # A thread of BLAS would forbid to fork; commands have the environment that they are given.
    server = subprocess.Popen(
        [sys.executable, __file__],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        bufsize=1,
    )
    atexit.register(server.communicate)
    return server


def serve() -> None:
    """Run what each line of stdin orders, in a fork; say its process, then its exit code."""
    for module in IMPORTED:
        import_module(module)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _become(*json.loads(line))
            _run()
        print(process, flush=True)  # noqa: T201 - its answer
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the same


def _become(
    words: list[str], environment: dict[str, str], folder: str, outputs: Sequence[str]
) -> None:
    """Take over what a process is given at its start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = words[1:]  # -m stands where the program's name comes
    with ExitStack() as opened:
        for descriptor, path in enumerate([os.devnull, *outputs]):
            file = opened.enter_context(Path(path).open("rb" if path == os.devnull else "xb"))
            os.dup2(file.fileno(), descriptor)


def _run() -> None:
    try:
        runpy.run_module("orchestrator", run_name="__main__", alter_sys=True)
    except SystemExit as ending:
        # To free all that was imported would take as long as to import it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ending.code)  # type: ignore[arg-type] # a number


if __name__ == "__main__":
    serve()
