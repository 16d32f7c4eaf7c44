"""A runner that shows words as audio comes, and says at the end when it showed each.

Named as an argument, a runner's module is listened through instead: its engine hears nothing until
the end, and then all of it.
"""

import importlib
import sys
import time
from typing import Any

from runners.protocol import Scalar, Segment
from runners.serve import Listener, Options, Result, Runner, main
from runners.stream import Shown

RATE = 16_000


class Scripted:
    """Shows a word more for every second that it hears; `words` are when, by the system's clock."""

    def __init__(self) -> None:
        self.resolved: dict[str, Scalar] = {"policy": "scripted"}
        self._words: list[Segment] = []

    def hear(self, samples: int) -> Shown | None:
        """Show the word of a second that is whole."""
        number = len(self._words) + 1
        if samples < number * RATE:
            return None
        text = f" w{number}"
        now = time.monotonic()
        self._words.append(Segment(start=now, end=now, text=text))
        return Shown(text, "", samples)

    def finish(self, samples: int) -> Result:
        """Return all words."""
        return Result("".join(word.text for word in self._words), words=self._words)


class ScriptedRunner(Runner):
    """Has no engine."""

    name = "scripted"
    library = "numpy"

    def load(self, model: object, options: Options) -> dict[str, Any]:
        """Load nothing."""
        del model, options
        return {}

    def listen(self, audio: Any) -> Listener:
        """Return what goes by the clock alone."""
        del audio
        return Scripted()


class Patient:
    """Waits for the end of the audio, whatever it is told meanwhile."""

    def __init__(self, runner: Runner, audio: Any) -> None:
        self.resolved: dict[str, Scalar] = {"policy": "patient"}
        self._runner, self._audio = runner, audio

    def hear(self, samples: int) -> None:
        """Ignore it."""

    def finish(self, samples: int) -> Result:
        """Transcribe all of it."""
        return self._runner.transcribe(self._audio[:samples])


def patient(module: str) -> type[Runner]:
    """Return the runner of a module, with a listener that is patient."""
    kinds = [k for k in vars(importlib.import_module(module)).values() if isinstance(k, type)]
    kind = next(k for k in kinds if issubclass(k, Runner) and k is not Runner)

    def listen(self: Runner, audio: Any) -> Listener:
        return Patient(self, audio)

    return type(kind.__name__, (kind,), {"listen": listen})


if __name__ == "__main__":
    main(patient(sys.argv[1]) if len(sys.argv) > 1 else ScriptedRunner)
