"""`python -m benchmarks.real`: verdicts on real engines, written to docs/records/real-runs.md."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.program import finished
from orchestrator.places import ROOT

_PAGE = ROOT / "docs" / "records" / "real-runs.md"
_INTRODUCTION = """\
# Verdicts on a real machine

Written by `python -m benchmarks.real`: what the commands print, without transcripts. The first
runs one engine against itself, where every "faster" or "slower" would be false; the second two.
The others compare stored runs of one engine, between which one thing was changed.
"""
_RUNS = (
    ("One engine against itself", ("-b", "faster-whisper", "--aa", "3", "--blocks", "10")),
    (
        "Two engines, the same weights, greedy",
        ("-b", "faster-whisper", "-b", "whisper-cpp", "--parity", "--blocks", "10", "--pairs"),
    ),
)
_ONE = ("-b", "faster-whisper", "--blocks", "8")
_CHANGED = (
    ("int8, then float32", ("--precision", "float32"), "slower"),
    ("Beam 5, then greedy", ("--parity",), "faster"),
    ("tiny.en, then base", ("-m", "base"), "slower"),
)


def main() -> None:
    """Write the page; exit code 1 if a verdict is false."""
    parts, wrong = [_INTRODUCTION], []
    with tempfile.TemporaryDirectory() as folder:
        for section, true in (*_run_each(Path(folder)), *_compare_each(Path(folder))):
            print(section, flush=True)
            parts.append(section)
            wrong += [] if true else [section.split("\n")[1]]
    _PAGE.write_text("".join(parts), encoding="utf-8")
    sys.exit(f"not as it should be: {', '.join(wrong)}" if wrong else 0)


def _run_each(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield each run's section, and whether no pair of equals was judged different."""
    for title, arguments in _RUNS:
        shown, _ = _measure(folder, arguments)
        true = "--aa" not in arguments or " 0 of 3 pairs" in shown
        yield _section(title, [f"run {' '.join(arguments)}"], shown), true


def _compare_each(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield each comparison's section, and whether its verdict is the expected one."""
    _, then = _measure(folder, _ONE)
    for title, change, expected in _CHANGED:
        _, now = _measure(folder, (*_ONE, *change))
        shown = _orchestrator("compare", str(then), str(now))
        asked = [f"run {' '.join(_ONE)}", f"run {' '.join((*_ONE, *change))}", "compare THEN NOW"]
        verdict = next(line for line in shown.splitlines() if line.startswith(_ONE[1]))
        yield _section(title, asked, shown), expected in verdict


def _measure(folder: Path, arguments: tuple[str, ...]) -> tuple[str, Path]:
    """Run; return what was printed, without transcripts, and the run's folder."""
    known = set(folder.iterdir())
    quiet = ("--weights", "wheel", "--no-page", "--output", str(folder))
    shown = _orchestrator("run", *arguments, *quiet)
    (made,) = set(folder.iterdir()) - known
    return "\n".join(_without_transcripts(shown)).strip(), made


def _orchestrator(*arguments: str) -> str:
    command = [sys.executable, "-m", "orchestrator", *arguments]
    return finished(command, stdout=subprocess.PIPE).stdout


def _section(title: str, commands: list[str], shown: str) -> str:
    asked = "  \n".join(f"`python -m orchestrator {command}`" for command in commands)
    lines = "\n".join(line.rstrip() for line in shown.splitlines())
    return f"\n## {title}\n\n{asked}\n\n```\n{lines.strip()}\n```\n"


def _without_transcripts(text: str) -> list[str]:
    """Drop the lines that are indented as transcripts are; verdicts on pairs stay."""
    lines = (line.rstrip() for line in text.splitlines())
    return [line for line in lines if not line.startswith("  ") or " times as fast " in line]


if __name__ == "__main__":
    main()
