"""A microphone that is heard while it is recorded: its samples are in a file as they come."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from io import FileIO
from pathlib import Path
from threading import Event, Thread
from typing import Self

from orchestrator.clips.audio.microphone import Recording, Source, record
from orchestrator.clips.audio.samples import RATE, Samples

_LOOK_SECONDS = 0.02
_ENDING_SECONDS = 2.0  # a device that is gone may never give its last block


class Hearing:
    """A context manager around a source that is heard for so many seconds at most, into a file.

    A thread waits for the device, so that what else comes meanwhile is noticed when it comes.
    `enough` is asked all the time whether to stop.
    """

    def __init__(
        self, source: Source, pcm: Path, seconds: float, enough: Callable[[], bool]
    ) -> None:
        self.name, self.pcm, self.samples = source.name, pcm, round(seconds * RATE)
        self.level: float | None = None
        self._source, self._seconds, self._enough = source, seconds, enough
        self._exist, self._began = 0, 0.0
        self._heard, self._stop = Event(), Event()
        self._recording: Future[Recording] = Future()
        self._living = ExitStack()

    def __enter__(self) -> Self:
        with self.pcm.open("wb") as file:
            file.truncate(4 * self.samples)  # which takes no room until there is sound in it
        return self

    def __exit__(self, *_: object) -> None:
        self._living.close()

    def begin(self) -> float:
        """Open the source; return since when it is heard. Raises as the source does."""
        self._living.enter_context(self._source)
        thread = Thread(target=self._listen, daemon=True)
        thread.start()
        self._living.callback(thread.join, _ENDING_SECONDS)
        self._living.callback(self._stop.set)
        self._heard.wait()
        return self._began

    def moments(self) -> Iterator[tuple[float, int]]:
        """Yield when to look next, until it has ended, and how many samples there are."""
        while not self._recording.done():
            if self._enough():
                self._stop.set()
            yield time.monotonic() + _LOOK_SECONDS, self._exist

    def end(self) -> int:
        """Return how many samples there are in the end; raise as the source did."""
        self._recording.result()
        return self._exist

    @property
    def recording(self) -> Recording:
        """What was heard, once it has ended."""
        return self._recording.result()

    def _listen(self) -> None:
        try:
            with FileIO(self.pcm, "r+") as file:
                keep = partial(self._keep, file)
                self._recording.set_result(record(self._source, self._ends, self._meter, keep))
        except BaseException as error:  # noqa: BLE001 - raised by `end`, in the thread that waits
            self._recording.set_exception(error)
        finally:
            self._heard.set()

    def _ends(self, seconds: float) -> bool:
        return self._stop.is_set() or seconds >= self._seconds

    def _meter(self, seconds: float, level: float) -> None:
        self.level = level
        if not self._heard.is_set():
            self._began = time.monotonic() - seconds
            self._heard.set()

    def _keep(self, file: FileIO, new: Samples) -> None:
        room = new[: self.samples - self._exist]
        file.write(room.tobytes())
        self._exist += len(room)
