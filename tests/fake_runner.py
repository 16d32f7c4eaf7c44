"""The smallest complete runner: an engine that "recognises" every clip as the text of its model.

Read it beside runners/README.md, and copy it to add a backend. Being a real process it also stands
in for an engine in the tests; `faults.py` beside it is the same runner gone wrong.
"""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runners.serve import BadModel, Options, Result, Runner, Segment, Unsupported, main

SETTINGS = {"sleep_seconds", "allocate_bytes"}  # what `options.extra` may hold


class FakeRunner(Runner):
    """Answers with the model's text; `{samples}` and `{sum}` in it describe what arrived."""

    name = "fake"  # the folder in envs/
    library = "msgspec"  # the distribution whose version `ready` carries

    def load(self, model: Path, options: Options) -> dict[str, str | int | float | bool | None]:
        """Refuse what the engine cannot do, read the weights, say what will really run."""
        if options.words:
            raise Unsupported("this engine has no word timestamps")
        if unknown := options.extra.keys() - SETTINGS:
            raise Unsupported(f"no such setting: {', '.join(sorted(unknown))}")
        try:
            self.text = model.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadModel(f"{model}: {error}") from error
        self.options = options
        self.weights = np.ones(int(options.extra.get("allocate_bytes") or 0), np.uint8)
        return {"device": "cpu", "compute_type": "float32", "threads": options.threads}

    def transcribe(self, audio: NDArray[np.float32]) -> Result:
        """Work on the samples (mono, 16 kHz) for a while and return text with its times."""
        time.sleep(float(self.options.extra.get("sleep_seconds") or 0))
        total = audio.sum(dtype=np.float64)
        text = self.text.replace("{samples}", str(len(audio))).replace("{sum}", f"{total:.3f}")
        whole = Segment(start=0.0, end=len(audio) / 16000, text=text)
        return Result(text, language=self.options.language, segments=[whole])


if __name__ == "__main__":
    main(FakeRunner)
