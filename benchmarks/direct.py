"""The same runner class in one process, without the pipe: a line on stdin is one timed call."""

import importlib
import json
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from runners.protocol import Options
from runners.serve import Runner


def main() -> None:
    """Load `sys.argv`'s module, model and samples; print the seconds of a call for each line."""
    module_name, model, pcm, options = sys.argv[1:]
    module = importlib.import_module(module_name)
    # What it imports may be runners too: those that several backends share.
    own = (kind for kind in vars(module).values() if getattr(kind, "__module__", "") == module_name)
    runner = next(kind for kind in own if isinstance(kind, type) and issubclass(kind, Runner))()
    runner.load(Path(model), msgspec.json.decode(options, type=Options))
    audio = np.fromfile(pcm, np.float32)
    for _ in sys.stdin:
        started = time.perf_counter()
        runner.transcribe(audio)
        print(json.dumps(time.perf_counter() - started), flush=True)


if __name__ == "__main__":
    main()
