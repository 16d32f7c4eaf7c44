"""Runs on disk for the tests of the page: small ones with real sums, a hostile and a large one."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import stored_runs
from stored_runs import CONDITION, MODEL, contender, failed, measured, passes, settings, write

from orchestrator.host import Host
from orchestrator.host.monitor import Monitor
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import (
    ClipRecord,
    ClipScore,
    ContenderSummary,
    CorpusRecord,
    Costs,
    Estimate,
    Manifest,
    Package,
    Passes,
    Provenance,
    Row,
    Settings,
    Skipped,
    Summary,
    Verdict,
)

NASTY = (
    "<script>window.ran = 1</script>",
    "\"'><img src=x onerror=window.ran=1>",
    "]]></svg><svg onload='window.ran=1'>",
    "{{ 7 * 7 }} {% raw %} ${ran=1} javascript:window.ran=1",
    "\u202egnihtyreve snrut\u2066 \u0000\u0007\n\r\n../../../etc/passwd",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 " + "long " * 2000,
)
_FILE = "ada <script>window.ran=1<script> \"'&"  # a name that a file may have too
_SEGMENTS = (
    {"start": 0.0, "end": 40.0, "text": "Bring $20"},
    {"start": 40.0, "end": 45.0, "text": "to the green room."},
)
SAID = "Bring twenty dollars to the clean room."


def clip(
    name: str, reference: str | None = SAID, seconds: float = 5.0, audio: Path | None = None
) -> ClipRecord:
    """Return a clip as a run lists it; its `audio` need not exist."""
    digest = hashlib.sha256(audio.read_bytes()).hexdigest() if audio else "0" * 64
    return ClipRecord(
        name=name,
        path=str(audio or f"/speech/{name}.wav"),
        sha256=digest,
        seconds=seconds,
        samples=int(seconds * 16_000),
        reference=reference,
        language="en",
    )


def store(
    folder: Path,
    clips: Sequence[ClipRecord],
    rows: Sequence[Row],
    texts: Mapping[str, Sequence[Passes]],
    asked: Settings | None = None,
) -> Path:
    """Write a run of these rows, without a summary: as if it was cut off at the end."""
    corpus = CorpusRecord(
        name="speech", kind="files", clips=len(clips), seconds=sum(c.seconds for c in clips)
    )
    manifest = Manifest(
        run_id=folder.name,
        version="0.1.0",
        started_at="2026-11-22T12:00:00+00:00",
        host=Host.here(),
        condition=CONDITION,
        uv="0.9",
        settings=asked or settings(),
        contenders=tuple(contender(name) for name in dict.fromkeys(row.contender for row in rows)),
        order=(),
        corpus=corpus,
        warm_ups=(),
        backends=tuple(_provenance(name) for name in dict.fromkeys(row.contender for row in rows)),
    )
    write(folder, manifest, clips, [(row, texts.get(row.contender, ())) for row in rows])
    return folder


def summed(folder: Path) -> Path:
    """Add the summary of a run."""
    return stored_runs.summed(folder, "3 blocks, as planned")


def small(folder: Path, names: Sequence[str] = ("ada", "bob"), audio: Path | None = None) -> Path:
    """Write a run of three clips and three blocks, with a timeline, in which all hear alike."""
    clips = [clip("one", seconds=60.0, audio=audio), clip("two", seconds=20.0), clip("three")]
    rows = [
        measured(name, block, 1.0 + number + block / 10).model_copy(update={"clips": 3})
        for block in (1, 2, 3)
        for number, name in enumerate(names)
    ]
    heard = [
        passes(c.name, "Bring $20 to the green room.", c.seconds / 10, segments=_SEGMENTS)
        for c in clips
    ]
    store(folder, clips, rows, dict.fromkeys(names, heard))
    with Monitor() as monitor:
        RunFolder(folder).append_timeline(monitor.since(monitor.mark()).samples)
    return summed(folder)


def hostile(folder: Path, nasty: str) -> Path:
    """Write a run in which everything that somebody named, said or wrote is `nasty`."""
    clips = [clip(nasty, nasty * 3), clip(f"{nasty} again", nasty)]
    model = MODEL.model_copy(
        update={"name": nasty, "path": Path(nasty), "note": nasty, "source": nasty}
    )
    row = measured(_FILE, 1).model_copy(
        update={"clips": 2, "model": model, "resolved": {nasty: nasty, "device": nasty}}
    )
    fault = failed("bob", 1).model_copy(
        update={"kind": nasty, "reason": nasty, "fix": nasty, "log_tail": nasty}
    )
    heard = [
        passes(c.name, nasty * 2, segments=({"start": 0.0, "end": 1.0, "text": nasty * 2},))
        for c in clips
    ]
    rows = [row, fault, Skipped(backend=f"cyd {nasty}", reason=nasty)]
    return summed(store(folder, clips, rows, {_FILE: heard}))


def large(folder: Path, backends: int = 9, blocks: int = 20, clips: int = 2000) -> Path:
    """Write a run of that size as far as a page reads it; its summary is made up, not counted."""
    listed = [clip(f"clip-{n:04d}", f"{SAID} {SAID} {SAID} {n}", 2 + n % 30) for n in range(clips)]
    names = [f"backend-{n}" for n in range(backends)]
    rows = [
        measured(b, k, 9.0 + n + k / 50).model_copy(update={"clips": clips})
        for k in range(1, blocks + 1)
        for n, b in enumerate(names)
    ]
    texts = {
        b: [passes(c.name, f"{c.reference} or number {n}", 0.1 + c.seconds / 50) for c in listed]
        for n, b in enumerate(names)
    }
    store(folder, listed, rows[:backends], texts, settings())
    run = RunFolder(folder)
    with run:
        for row in rows[backends:]:
            run.append(row)
    lines = [_line(b, n, listed[n * 20 : n * 20 + 20], texts[b]) for n, b in enumerate(names)]
    manifest = run.manifest()
    run.write(
        Summary(
            run_id=folder.name,
            host=manifest.host,
            settings=manifest.settings,
            corpus=manifest.corpus,
            clips=tuple(listed[: 20 * backends]),
            contenders=tuple(lines),
            verdict=Verdict(headline="backend-0 is the fastest here", pairs=()),
            front=("backend-0",),
        )
    )
    return folder


def _line(
    name: str, number: int, worst: Sequence[ClipRecord], texts: Sequence[Passes]
) -> ContenderSummary:
    heard = {one.clip: one.text for one in texts}
    cost = Estimate(median=0.1, low=0.09, high=0.11, n=20)
    return ContenderSummary(
        backend=name,
        status="measured",
        model=MODEL,
        resolved={"device": "cpu", "threads": 1},
        seconds=Estimate(median=9.2 + number, low=9.1 + number, high=9.3 + number, n=20),
        rtfx=20.0 - number,
        costs=Costs(fixed=cost, a_minute=cost),
        wer=0.05 + number / 100,
        spawn_seconds=0.1,
        import_seconds=0.2,
        load_seconds=0.3,
        first_seconds=0.4,
        peak_memory_bytes=(number + 1) * 10**8,
        transcripts=tuple(ClipScore(clip=c.name, text=heard[c.name], wer=0.2) for c in worst),
    )


def _provenance(name: str) -> Provenance:
    package = Package(name="numpy", version="2.4.6")
    return Provenance(
        backend=name, lock_sha256="1" * 64, library="numpy", packages=(package,), model=MODEL
    )
