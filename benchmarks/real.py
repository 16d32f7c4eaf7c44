"""`python -m benchmarks.real`: verdicts on real engines, written to docs/real-runs.md."""

import subprocess
import sys
import tempfile

from orchestrator.backends import ROOT

_PAGE = ROOT / "docs" / "real-runs.md"
_INTRODUCTION = """\
# Verdicts on a real machine

Written by `python -m benchmarks.real`: what the commands print, without transcripts. The first
runs one engine against itself, where every "faster" or "slower" would be false; the second two.
"""
_RUNS = (
    ("One engine against itself", ("-b", "faster-whisper", "--aa", "3", "--blocks", "10")),
    (
        "Two engines, the same weights, greedy",
        ("-b", "faster-whisper", "-b", "whisper-cpp", "--parity", "--blocks", "10", "--pairs"),
    ),
)


def main() -> None:
    """Run both and write the page; exit code 1 if a pair of equals was judged different."""
    parts = [_INTRODUCTION]
    for title, arguments in _RUNS:
        with tempfile.TemporaryDirectory() as folder:
            command = ["-m", "orchestrator", "run", *arguments, "--weights", "wheel"]
            done = subprocess.run(
                [sys.executable, *command, "--output", folder],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        shown = "\n".join(_without_transcripts(done.stdout)).strip()
        asked = " ".join(arguments)
        parts.append(f"\n## {title}\n\n`python -m orchestrator run {asked}`\n\n```\n{shown}\n```\n")
        print(shown, flush=True)
    _PAGE.write_text("".join(parts))
    sys.exit(int(" 0 of 3 pairs" not in parts[1]))


def _without_transcripts(text: str) -> list[str]:
    """Drop the lines that are indented as transcripts are; verdicts on pairs stay."""
    lines = (line.rstrip() for line in text.splitlines())
    return [line for line in lines if not line.startswith("  ") or " times as fast " in line]


if __name__ == "__main__":
    main()
