"""The smallest complete runner: an engine that "recognises" every clip as the text of its model.

Being a real process it stands in for an engine in the tests; `faults.py` beside it is the same
runner gone wrong. A backend of your own begins with `backend new`: see docs/extending.md.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from runners.serve import BadModel, Options, Result, Runner, Segment, Unsupported, main
from runners.settings import with_extra

if TYPE_CHECKING:
    import numpy as np


class FakeRunner(Runner):
    """Answers with the model's text; `{samples}` and `{sum}` in it describe what arrived."""

    name = "fake"  # the folder in envs/
    library = "numpy"  # the distribution whose version `ready` carries

    def __init__(self) -> None:
        """Import the library here, not above: this is timed, and what it prints is caught."""
        import numpy as np  # noqa: PLC0415

        self.np = np

    def settings(self, profile: str) -> dict[str, float]:
        """Return the engine's own settings and their defaults: what `options.extra` may hold."""
        del profile
        return {"sleep_seconds": 0.0, "allocate_bytes": 0}

    def require(self, options: Options, model: Path | None) -> None:
        """Refuse what the engine can do with no model, or not with this one."""
        del model
        if options.precision not in (None, "float64"):
            raise Unsupported(f"precision {options.precision!r}: this engine computes in float64")

    def load(self, model: Path, options: Options) -> dict[str, str | int | float | bool | None]:
        """Refuse what the engine cannot do, read the weights, say what will really run."""
        if options.words:
            raise Unsupported("this engine has no word timestamps")
        self.require(options, model)
        extra = with_extra(self.settings(options.profile), options.extra)
        try:
            self.text = model.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadModel(f"{model}: {error}") from error
        self.language, self.sleep_seconds = options.language, extra["sleep_seconds"]
        self.weights = self.np.ones(extra["allocate_bytes"], "uint8")
        running = {"device": "cpu", "compute_type": "float64", "threads": 1}
        return running | {"library": self.np.__version__}

    def transcribe(self, audio: "np.ndarray") -> Result:
        """Work on the samples and return the text, with its times in seconds."""
        time.sleep(self.sleep_seconds)
        total = audio.sum(dtype="float64")
        text = self.text.replace("{samples}", str(len(audio))).replace("{sum}", f"{total:.3f}")
        whole = Segment(start=0.0, end=len(audio) / 16000, text=text)
        return Result(text, language=self.language, segments=[whole])


if __name__ == "__main__":
    main(FakeRunner)
