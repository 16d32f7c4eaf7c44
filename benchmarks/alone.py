"""A library alone in a process: load, a pass to warm up, then print the seconds of the next."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def main() -> None:
    """Time what `sys.argv` says as JSON: backend, model, samples, and the contender's factors."""
    asked = json.loads(sys.argv[1])
    audio = np.fromfile(asked["pcm"], np.float32)
    transcribe = _LOADERS[asked["backend"]](asked)
    transcribe(audio)
    started = time.perf_counter()
    transcribe(audio)
    print(json.dumps(time.perf_counter() - started))


def _faster_whisper(asked: dict[str, Any]) -> Callable[[Any], None]:
    import faster_whisper  # noqa: PLC0415 - of two environments each has its own library

    model = faster_whisper.WhisperModel(
        asked["model"], device="cpu", compute_type=asked["precision"], cpu_threads=asked["threads"]
    )

    def transcribe(audio: Any) -> None:
        # The library decodes while its generator is read.
        segments, _ = model.transcribe(
            audio, language=asked["language"], beam_size=asked["beam_size"]
        )
        list(segments)

    return transcribe


def _whisper_cpp(asked: dict[str, Any]) -> Callable[[Any], None]:
    from pywhispercpp.model import Model  # noqa: PLC0415 - of two environments

    beams = asked["beam_size"]
    search = {"params_sampling_strategy": 1, "beam_search": {"beam_size": beams, "patience": -1.0}}
    model = Model(
        asked["model"],
        n_threads=asked["threads"],
        print_progress=False,
        **(search if beams > 1 else {}),
    )

    def transcribe(audio: Any) -> None:
        model.transcribe(audio, language=asked["language"] or "auto")

    return transcribe


_LOADERS = {"faster-whisper": _faster_whisper, "whisper-cpp": _whisper_cpp}


if __name__ == "__main__":
    main()
