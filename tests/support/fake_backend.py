"""Fake backends for whole runs: named by their folder in envs/, told by their model what to do.

The model is a text file: it becomes every transcript, and each `FAULT@PHASE` in it is committed.
`FAULT@PHASE@2` is committed by the second process that loads the model, and not by the first. The
phase `short` is the transcription of a clip under a second, which warm-up never is. `speaks@en,jw`
refuses every other language, `own@settings` those of `--parity`.

Every process adds a dot to `model.starts`. Every transcription adds a line to `turns` beside the
backends' folders: who, and of how many samples. `on@gpu` runs on an accelerator, `jealous@gpu` on
one that is 0.3 s slower after another backend's transcription. `deaf@live` has no live mode,
`old@live` speaks the wire's version 1. `{terms}` is what it was told to listen for.
`timed@words` can time words: one begins every half second, from 0 on, and takes 0.4 s.
"""

import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from runners import protocol
from runners.local_agreement import POLICY
from runners.serve import Listener, Options, Result, Segment, Unsupported, main
from tests.support.fake_runner import FakeRunner
from tests.support.faults import FaultyListener, go_wrong

SHORT_SAMPLES = 16_000
FOLDER = Path(sys.prefix).parent
MODEL = FOLDER / "model.txt"
# Beside an environment in the data folder there is no model: such a backend is told when it loads.
TOLD = MODEL.read_text(encoding="utf-8").split() if MODEL.exists() else []


class FakeBackend(FakeRunner):
    """Works in whatever environment it was started from."""

    name = FOLDER.name
    boosts = True
    live = None if {"deaf@live", "old@live"}.intersection(TOLD) else POLICY

    def load(self, model: Path, options: Options) -> dict[str, Any]:
        """Load the text; count the processes that did."""
        self.words = options.words and "timed@words" in model.read_text("utf-8").split()
        if self.words:
            options = msgspec.structs.replace(options, words=False)
        resolved = super().load(model, options)
        told = options.terms if isinstance(options.terms, list) else []
        self.text = self.text.replace("{terms}", " and ".join(told))
        spoken = [word.split("@")[1] for word in self.text.split() if word.startswith("speaks@")]
        if options.language and spoken and options.language not in spoken[0].split(","):
            raise Unsupported(f"no language {options.language!r}; there are: {spoken[0]}")
        if options.profile == "parity" and "own@settings" in self.text.split():
            raise Unsupported("its settings cannot be chosen")
        loads = model.with_suffix(".loads")
        count = len(loads.read_text(encoding="utf-8")) + 1 if loads.exists() else 1
        loads.write_text("." * count, encoding="utf-8")
        marked = f"@{count}"
        self.faults = [word.removesuffix(marked) for word in self.text.split()]
        go_wrong("load", self.faults)
        self.turns = model.parents[1] / "turns"
        gpu = {"on@gpu", "jealous@gpu"}.intersection(self.faults)
        return resolved | {"device": "gpu" if gpu else "cpu"}

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - as in Runner
        """Go wrong, or answer with the words that are no faults."""
        before = self.turns.read_text("utf-8").split()[-2:-1] if self.turns.exists() else []
        if "jealous@gpu" in self.faults and before != [self.name]:
            time.sleep(0.3)
        with self.turns.open("a", encoding="utf-8") as turns:
            turns.write(f"{self.name} {len(audio)}\n")
        result = super().transcribe(audio)
        spoken = " ".join(word for word in result.text.split() if "@" not in word)
        wrong = go_wrong("transcribe", self.faults)
        if len(audio) < SHORT_SAMPLES:
            wrong = go_wrong("short", self.faults)
        words = [Segment(n / 2, n / 2 + 0.4, f" {word}") for n, word in enumerate(spoken.split())]
        segments = result.segments if spoken == result.text else []  # faults are no text
        heard = Result(spoken, result.language, segments, words=words if self.words else None)
        return wrong or heard

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - as in Runner
        """Misbehave instead of listening, or while it does."""
        go_wrong("listen", self.faults)
        return FaultyListener(super().listen(audio), self.faults)


if __name__ == "__main__":
    if "old@live" in TOLD:
        protocol.VERSION = 1
    if MODEL.exists():
        with MODEL.with_suffix(".starts").open("a", encoding="utf-8") as starts:
            starts.write(".")
    main(FakeBackend)
