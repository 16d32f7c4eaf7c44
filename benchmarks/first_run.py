"""`python -m benchmarks.first_run OLD NEW` adds to docs/records/first-run.md: a run from nothing.

Each is a folder with a clone of the repository in `clone`. Where there is no `end` yet, README's
command is run there, with a Python environment and caches of its own, downloads included.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.program import finished
from orchestrator.host.children import PROXIES
from orchestrator.places import ROOT

_PAGE = ROOT / "docs" / "records" / "first-run.md"
_COMMAND = "pip install -q uv && uvx nox -s bench"
_KEPT = ("HOME", "LANG", "PATH", "PIP_CERT", "SSL_CERT_FILE", "TMPDIR", *PROXIES)
_INTRODUCTION = f"""\
# The first run, from nothing

Written by `python -m benchmarks.first_run`: `{_COMMAND}` in a fresh clone with empty caches,
downloads included.

"""


@dataclass(frozen=True)
class FirstRun:
    """One such run: what it was of, and the seconds from its start to the end of each phase."""

    commit: str
    manifest: dict[str, Any]
    contenders: int
    blocks: int
    disturbances: tuple[str, ...]
    ends: dict[str, float]

    @property
    def phases(self) -> dict[str, float]:
        """The seconds of each phase."""
        ends = [0.0, *self.ends.values()]
        lasted = (end - start for start, end in pairwise(ends))
        return dict(zip(self.ends, lasted, strict=True))

    @property
    def seconds(self) -> float:
        """The seconds of all of it."""
        return max(self.ends.values())


def main(folders: list[str]) -> None:
    """Run what was not run, and add it to the page: no day's ratio replaces another's."""
    old, new = (read(Path(folder).resolve()) for folder in folders)
    before = _PAGE.read_text("utf-8") if _PAGE.exists() else _INTRODUCTION
    _PAGE.write_text(f"{before}\n{page(old, new).rstrip()}\n", encoding="utf-8")
    print(page(old, new))


def read(folder: Path) -> FirstRun:
    """Return a folder's first run, which is run now where it was not."""
    if not (folder / "end").exists():
        run(folder)
    clone = folder / "clone"
    (made,) = (path for path in (clone / "results").iterdir() if path.is_dir())
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    rows = [json.loads(line) for line in (made / "rows.jsonl").open(encoding="utf-8")]
    measured = [row for row in rows if row["status"] == "measured"]
    start = float((folder / "start").read_text("utf-8"))
    began = min(datetime.fromisoformat(row["started_at"]).timestamp() for row in measured)
    commit = ("git", "-C", str(clone), "log", "-1", "--format=%h, %ad", "--date=short")
    return FirstRun(
        commit=finished(commit, stdout=subprocess.PIPE).stdout.strip(),
        manifest=manifest,
        contenders=len({row.get("contender", row["backend"]) for row in measured}),
        blocks=max(row["block"] for row in measured),
        disturbances=tuple(
            f"{row.get('contender', row['backend'])} in block {row['block']}: {change['message']}"
            for row in measured
            for change in row["changes"]
        ),
        ends={
            "uv, nox, this project's own environment, the plan": _changed(made / "clips.jsonl")
            - start,
            "the engines' environments and weights": began - start,
            "measuring": _changed(made / "rows.jsonl") - start,
            "table and page": float((folder / "end").read_text("utf-8")) - start,
        },
    )


def run(folder: Path) -> None:
    """Run README's command in the clone."""
    finished([sys.executable, "-m", "venv", folder / "venv"])
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "UV_CACHE_DIR": str(folder / "cache" / "uv"),
    }
    environment["PATH"] = f"{folder / 'venv' / 'bin'}:{environment['PATH']}"
    (folder / "start").write_text(str(time.time()), encoding="utf-8")
    with (folder / "bench.out").open("wb") as out:
        for command in _COMMAND.split(" && "):
            subprocess.run(
                command.split(),
                cwd=folder / "clone",
                env=environment,
                stdout=out,
                stderr=out,
                check=True,
            )
    (folder / "end").write_text(str(time.time()), encoding="utf-8")


def page(old: FirstRun, new: FirstRun) -> str:
    """Return what is found, in Markdown."""
    host = new.manifest["host"]
    day = datetime.fromisoformat(new.manifest["started_at"]).astimezone(UTC).date()
    machine = f"{host['chip']}, {host['cores']} cores, {host['os']} {host['os_version']}, {day}"
    both = f"{old.contenders} engines in {old.blocks} blocks"
    now = f"{new.contenders} engines in {new.blocks} blocks"
    heard = f"An engine heard {_speech(old)} in each block before, {_speech(new)} now."
    table = [(name, old.phases[name], new.phases[name]) for name in old.phases]
    return "\n".join(
        (
            f"{machine}; {now}{'' if both == now else f', before: {both}'}.",
            "",
            f"| seconds | {old.commit} | {new.commit} |",
            "|---|--:|--:|",
            *(f"| {name} | {round(then)} | {round(seconds)} |" for name, then, seconds in table),
            f"| **all** | **{old.seconds:.0f}** | **{new.seconds:.0f}** |",
            "",
            f"Ratio: {new.seconds / old.seconds:.2f}. {heard}",
            "".join(
                f"\n- {first.commit}, {said}" for first in (old, new) for said in first.disturbances
            ),
            "",
        )
    )


def _speech(first: FirstRun) -> str:
    corpus = first.manifest["corpus"]
    return (
        f"{corpus['clips']} clip{'s' * (corpus['clips'] > 1)} of {corpus['seconds']:.0f} s in all"
    )


def _changed(path: Path) -> float:
    return path.stat().st_mtime


if __name__ == "__main__":
    main(sys.argv[1:])
