"""The report page: one file that opens from a disk, on a phone, on paper, without a network.

What people named, said or wrote is hostile here: Jinja escapes everything, charts are made of five
elements that cannot run, and the page's own policy forbids whatever would slip through.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from orchestrator.bench.events import Watcher
from orchestrator.reports.html import chapters, frame, palette
from orchestrator.reports.html.run_data import Story, story
from orchestrator.runs import find
from orchestrator.runs.folder import PAGE, write_page

_Run = TypeVar("_Run")
_Made = TypeVar("_Made")


def write(
    runs: Sequence[Path],
    file: Path | None = None,
    *,
    embed_audio: bool = False,
    watcher: Watcher | None = None,
) -> Path:
    """Write the page of one run or of several and return where it is.

    One run's is `report.html` in its folder, that of several stands beside them, if no `file` is
    named. Of several, what is no run or damaged is passed over: `watcher` gets a sentence, and
    how far it is. Raises UsageError where there is no run or the file cannot be written,
    ConfigError where a run's files are damaged.
    """
    watcher = watcher or Watcher()
    read = _counted(story, "reading", len(runs), watcher)
    stories = find.each(runs, read, watcher.notice)
    folder = stories[0].folder
    target = file or (folder if len(runs) == 1 else folder.resolve().parent) / PAGE
    write_page(target, _page(stories, watcher, embed_audio=embed_audio))
    return target


def page(runs: Sequence[Path], *, embed_audio: bool = False) -> str:
    """Return the page as HTML; without audio it stays under 3 MB."""
    return _page([story(run) for run in runs], Watcher(), embed_audio=embed_audio)


def _counted(
    act: Callable[[_Run], _Made], what: str, runs: int, watcher: Watcher
) -> Callable[[_Run], _Made]:
    """Return what acts on a run and says after each of several how many are done."""
    done = count(1)

    def acting(run: _Run) -> _Made:
        made = act(run)
        if runs > 1:
            watcher.phase("page", f"{what} {runs} runs", next(done) / runs)
        return made

    return acting


def _page(stories: Sequence[Story], watcher: Watcher, *, embed_audio: bool) -> str:
    looks = palette.looks(b.contender for one in stories for b in one.summary.contenders)
    draw = partial(chapters.chapter, looks=looks, embed_audio=embed_audio, share=1 / len(stories))
    drawn = list(map(_counted(draw, "drawing", len(stories), watcher), stories))
    style, script = frame.asset("page.css"), frame.asset("page.js")
    return frame.page("page.html.j2", style, script, runs=drawn, looks=looks)
