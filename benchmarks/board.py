"""What a board of 10,000 runs costs: seconds and memory, and how large its page is.

The runs are made of one: other machines, models and times, half of them in folders and half in
zips as `share` writes them.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from benchmarks.ratio import Ratio
from orchestrator.runs.sharing.entries import NEEDED
from tests.support import stored_runs

_RUNS = 10_000
_FEWER = 2_500
_MOST_PAGE_BYTES = 3_000_000
_BACKENDS = ("ada", "bob", "cyd", "dee", "eve", "fay")
_MODELS = ("tiny.en", "base", "small", "medium", "large-v3", "large-v3-turbo")
_CHIPS = [f"Apple M{number}{kind}" for number in range(1, 6) for kind in ("", " Pro", " Max")]
_CHIPS += [f"EPYC {number}" for number in range(9_000, 9_025)]
_CLIPS, _PACKAGES = 20, 60
_TEXT = "and then somebody said what everybody had been waiting for all the time " * 3


@dataclass(frozen=True)
class _Cost:
    seconds: float
    processor_seconds: float
    megabytes: float
    page_bytes: int


def boards(folder: Path) -> Iterator[Ratio]:
    """Compare the board of 10,000 runs with that of the first 2,500, and its page with 3 MB."""
    make(folder, _RUNS)
    some, every = (_board(folder, many) for many in (_FEWER, _RUNS))
    cost = f"{every.processor_seconds:.0f} s of processor, {every.megabytes:.0f} MB"
    name = f"a run on a board of {_RUNS:,} ({cost}), against one on a board of {_FEWER:,}"
    each = (every.seconds / _RUNS, some.seconds / _FEWER)
    yield Ratio(name, (each,), 1.2)
    name = "the same, peak memory of the whole board (kB instead of ms)"
    yield Ratio(name, ((every.megabytes, some.megabytes),), 2)
    name = "its page, against 3 MB (kB instead of ms)"
    yield Ratio(name, ((every.page_bytes / 1e6, _MOST_PAGE_BYTES / 1e6),), 1)


def make(folder: Path, many: int) -> None:
    """Write runs into `folder`, in order of their numbers: /0000/, /0001/ and so on by 100."""
    draw = random.Random(1)  # noqa: S311 - the same runs every time, no secret
    texts = _template(folder / "template")
    for number in range(many):
        place = folder / "runs" / f"{number // 100:04}"
        place.mkdir(parents=True, exist_ok=True)
        manifest, summary = (json.loads(texts[name]) for name in NEEDED[:2])
        _change(manifest, summary, number, draw)
        changed = {**texts, NEEDED[0]: json.dumps(manifest), NEEDED[1]: json.dumps(summary)}
        run = place / manifest["run_id"]
        if number % 2:
            with ZipFile(f"{run}.zip", "w", ZIP_DEFLATED) as pack:
                for name, text in changed.items():
                    pack.writestr(name, text)
        else:
            run.mkdir()
            for name in NEEDED[:2]:
                (run / name).write_text(changed[name], "utf-8")


def _template(folder: Path) -> dict[str, str]:
    """Return the files of one run: six contenders, twenty clips, sixty packages each."""
    recipe = stored_runs.Recipe(
        dict.fromkeys(_BACKENDS, (1.0,) * 6),
        clips=[stored_runs.clip(f"talk-{number}", reference=_TEXT) for number in range(_CLIPS)],
        texts=dict.fromkeys(_BACKENDS, _TEXT),
        packages={f"package-{number}": "1.2.3" for number in range(_PACKAGES)},
    )
    run = stored_runs.make(folder, recipe)
    return {name: (run / name).read_text("utf-8") for name in NEEDED}


def _change(
    manifest: dict[str, Any], summary: dict[str, Any], number: int, draw: random.Random
) -> None:
    """Make the template the run of another machine on another day, with other models."""
    run_id, chip = f"20261122-120000-{number:04x}", draw.choice(_CHIPS)
    manifest["started_at"] = f"2026-{1 + number % 12:02}-{1 + number % 28:02}T12:00:00+00:00"
    for document in (manifest, summary):
        document["run_id"] = run_id
        document["host"]["chip"] = chip
    for line in summary["contenders"]:
        slower = draw.lognormvariate(0, 0.5)
        line["asked"]["model"] = line["model"]["name"] = draw.choice(_MODELS)
        line["rtfx"] /= slower
        line["seconds"]["median"] *= slower


def _board(folder: Path, many: int) -> _Cost:
    """Make the board of the first runs in a process of its own."""
    page, table = folder / f"board-{many}.html", folder / f"board-{many}.parquet"
    named = [str(folder / "runs" / f"{hundred:04}") for hundred in range(many // 100)]
    command = [sys.executable, "-m", "orchestrator", "board", *named, "--output", str(page)]
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "--parquet", str(table)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        errors = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode or f"{many} runs".encode() not in errors:
        raise RuntimeError(errors.decode())
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    processor = used.ru_utime + used.ru_stime
    return _Cost(seconds, processor, used.ru_maxrss / unit, page.stat().st_size)


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        yield from boards(Path(folder))
