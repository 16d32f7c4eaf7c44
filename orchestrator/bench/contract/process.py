"""Checks of a runner as a process: its start, its stdout, its network, its memory, its ends."""

import time
from pathlib import Path
from statistics import median

import psutil

from orchestrator.backends.worker import Worker
from orchestrator.bench.contract.rig import Broken, Inapplicable, Rig
from orchestrator.units import size

_NOISE = Path(__file__).parent / "noise"
_SETTLED = "noise by the system's own call\n"
_NOISE_LINES = 2  # between two of them, the other kind of noise was printed
_NOISE_SECONDS = 10.0
_BUSY_SECONDS = 0.3  # into a clip
_ENDING_SECONDS = 5.0
_CLIPS = 50
_WINDOW = 10  # clips, over whose median memory is compared
_GROWTH_BYTES = 16 << 20
_GROWTH_SHARE = 0.02
_KEPT_BYTES = 1_000_000


def starts(rig: Rig) -> str:
    """Have one sentence transcribed, from the start to the end that is asked for."""
    with rig.runner() as worker:
        _, loading = worker.load(rig.model, rig.options)
        _, seconds = worker.transcribe(rig.speech.pcm, rig.speech.samples)
        worker.shutdown()
        library = f"{rig.backend.library} {worker.ready.library}"
    return f"{library}: load {loading:.1f} s, {rig.speech.seconds:.1f} s of speech {seconds:.1f} s"


def keeps_stdout_apart(rig: Rig) -> str:
    """Print to stdout in its process, all the time, while it is asked the usual things."""
    if rig.backend.executable:
        raise Inapplicable("a compiled program: nothing can be made to print in it")
    with rig.loaded(variables={"PYTHONPATH": str(_NOISE)}) as (worker, _):
        # A fast engine may answer before any noise comes: ask until it has come, wherever it went.
        # What came before `ready` is in the log of every runner.
        before = rig.log().count(_SETTLED)
        ends = time.monotonic() + _NOISE_SECONDS
        while (lines := rig.log().count(_SETTLED) - before) < _NOISE_LINES:
            if time.monotonic() > ends:
                break
            worker.transcribe(rig.speech.pcm, rig.speech.samples)
    if not lines:
        raise Inapplicable("its Python loads no sitecustomize: nothing could be made to print")
    return f"{lines} lines of noise are in the log"


def ends_with_its_input(rig: Rig) -> str:
    """Close its stdin while it transcribes.

    Native code that holds Python's lock sees it at the end of the clip: that much is granted.
    """
    with rig.loaded() as (worker, _):
        _, seconds = worker.transcribe(rig.speech.pcm, rig.speech.samples)
        worker.begin(rig.speech.pcm, rig.speech.samples)
        time.sleep(min(_BUSY_SECONDS, seconds / 2))
        started = time.monotonic()
        worker.hang_up(_ENDING_SECONDS + 2 * seconds)
    return f"gone {time.monotonic() - started:.1f} s after, in a clip of {seconds:.1f} s"


def dies_when_killed(rig: Rig) -> str:
    """Send it SIGTERM while it transcribes."""
    with rig.loaded() as (worker, _):
        worker.begin(rig.minute.pcm, rig.minute.samples)
        time.sleep(_BUSY_SECONDS)
        if left := worker.terminate():
            raise Broken(
                f"it leaves processes behind: {', '.join(left)}",
                "start helpers as daemon threads, or have them end with their parent",
            )
    return ""


def keeps_its_memory(rig: Rig) -> str:
    """Transcribe 2 s of speech 50 times, and as often again where memory grew meanwhile.

    A leak grows both times; a pool of threads or an allocator takes what it needs and then stops.
    """
    with rig.loaded() as (worker, _):
        before, after = _levels(rig, worker)
        if _grown(before, after):
            before, after = _levels(rig, worker)
    if _grown(before, after):
        raise Broken(
            f"its memory grows from {size(before)} to {size(after)} over"
            f" {_CLIPS - 2 * _WINDOW} clips, after {_CLIPS} in which it grew as well",
            "keep nothing of a clip once its answer is returned: no list, no cache of results",
        )
    more, clips = size(max(after - before, 0)), _CLIPS - 2 * _WINDOW
    return f"{size(after)} at the end, {more} more than {clips} clips before"


def _levels(rig: Rig, worker: Worker) -> tuple[int, int]:
    """Return the resident bytes around the 15th and the 45th of 50 clips more."""
    process, levels = psutil.Process(worker.pid), list[int]()
    for number in range(_CLIPS):
        rig.watcher.phase(rig.backend.name, "transcribing one clip", number / _CLIPS)
        worker.transcribe(rig.phrase.pcm, rig.phrase.samples)
        levels.append(process.memory_info().rss)
    return int(median(levels[_WINDOW : 2 * _WINDOW])), int(median(levels[-_WINDOW:]))


def _grown(before: int, after: int) -> bool:
    return after - before > max(_GROWTH_BYTES, _GROWTH_SHARE * before)


def stays_offline(rig: Rig) -> str:
    """Judge what all checks before have seen of its network and its files."""
    if asked := list(dict.fromkeys(rig.proxy.asked)):
        raise Broken(
            f"it asks the network: {', '.join(asked[:3])}",
            "hand the library a path, and find out which call looks elsewhere: every file it needs"
            " belongs into the model's folder or into its package",
        )
    if (total := sum(rig.written.values())) >= _KEPT_BYTES:
        largest = max(rig.written, key=lambda name: rig.written[name])
        raise Broken(
            f"it keeps {size(total)} in its home and its working directory, {largest} first",
            "have the library use the files at the path that `load` is given, as they are",
        )
    return ""
