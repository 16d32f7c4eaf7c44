"""`transcribe --live` and `record --live`: captions of a file or of the microphone."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.cli import consoles

if TYPE_CHECKING:
    from orchestrator.bench.transcribe import Wish
    from orchestrator.clips.audio.microphone import Recording, Source

MOST_SECONDS = 3600.0
"""So long a microphone is heard where nobody ends it."""


def of_file(wish: "Wish", path: Path, pace: float) -> None:
    """Show a file as if it were spoken."""
    from orchestrator.bench.transcribe import speak
    from orchestrator.reports import live
    from orchestrator.reports.terminal.captions import Captions
    from orchestrator.reports.terminal.progress import LiveWatcher

    watcher = LiveWatcher(consoles.stderr())
    with Captions(consoles.stdout(), watcher) as captions, watcher:
        shown, clip = speak(wish, path, pace, captions, watcher)
    captions.end(shown.text)
    _say(live.lag(shown, clip.seconds, pace))


def of_microphone(
    wish: "Wish", source: "Source", seconds: float | None, enough: Callable[[], bool]
) -> "Recording":
    """Show what a microphone hears, until `enough`; return that, if there is sound in it."""
    from orchestrator.bench.transcribe import listen
    from orchestrator.clips.audio import microphone
    from orchestrator.clips.audio.hearing import Hearing
    from orchestrator.reports import live
    from orchestrator.reports.terminal.captions import Captions
    from orchestrator.reports.terminal.progress import LiveWatcher

    def hearing(pcm: Path) -> Hearing:
        ends = "Enter ends, Ctrl-C leaves nothing" if seconds is None else f"for {seconds:g} s"
        watcher.notice(f"listening to the microphone {source.name}: {ends}")
        return Hearing(source, pcm, seconds or MOST_SECONDS, enough)

    watcher = LiveWatcher(consoles.stderr())
    with Captions(consoles.stdout(), watcher) as captions, watcher:
        shown, recording = listen(wish, hearing, captions, watcher)
    microphone.expect_sound(recording, source.name)
    captions.end(shown.text)
    _say(live.lag(shown, recording.seconds))
    for fault in microphone.faults(recording):
        _say(f"warning  {fault}", "yellow")
    return recording


def _say(sentence: str, style: str = "dim") -> None:
    from orchestrator.reports.terminal.tables import say

    say(consoles.stderr(), sentence, style)
