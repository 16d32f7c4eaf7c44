"""The table a run ends with: it stays readable whatever was said and however narrow it gets."""

import io
from pathlib import Path

import pages
from rich.console import Console
from rich.text import Text
from stored_runs import measured, passes

from orchestrator import units
from orchestrator.reports.terminal import results
from orchestrator.reports.terminal.progress import LiveWatcher
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Skipped
from orchestrator.runs.schema.plan import FULL, exactly


def shown(folder: Path, text: str, width: int = 120) -> str:
    """Return what is printed of a run in which one backend heard this text."""
    heard = {"ada": [passes("one", text)]}
    run = pages.summed(pages.store(folder, [pages.clip("one")], [measured("ada", 1)], heard))
    return printed(run, width)


def printed(run: Path, width: int) -> str:
    """Return what is printed of a stored run in a terminal of that width."""
    summary = RunFolder(run).summary()
    assert summary is not None
    out = io.StringIO()
    results.render(summary, Console(file=out, width=width, force_terminal=True))
    return Text.from_ansi(out.getvalue()).plain


def test_an_hour_of_text_does_not_hide_the_table(tmp_path: Path) -> None:
    """A long transcript is shown in part, with how much is missing; a short one whole."""
    long = shown(tmp_path / "long", "word " * 10_000)
    assert len(long.splitlines()) < 40
    assert "… (49,400 more characters)" in " ".join(long.split())
    assert "bring 20 dollars" in shown(tmp_path / "short", "bring 20 dollars")


def test_a_narrow_terminal_keeps_backend_and_time(tmp_path: Path) -> None:
    """Columns are left out, the least wanted first, and it is said which and where they are."""
    wide, narrow = (shown(tmp_path / str(width), "go on", width) for width in (120, 30))
    assert "load, s" in wide
    assert "load, s" not in narrow
    assert "ada         1.00   5.0" in narrow
    assert "no room for WER, peak memory, model, load, runs as" in narrow
    assert "report RUN --csv" in narrow


def test_there_is_one_table_and_equal_transcripts_stand_once(tmp_path: Path) -> None:
    """Backends are rows; a text that several gave is printed under all their names."""
    heard = {"ada": "go on", "bob": "go home", "cyd": "go on"}
    rows = [measured(name, 1) for name in heard]
    texts = {name: [passes("one", text)] for name, text in heard.items()}
    run = pages.summed(pages.store(tmp_path / "run", [pages.clip("one")], rows, texts))
    text = printed(run, 400)
    assert [line.split()[0] for line in text.splitlines() if "tiny.en" in line] == list(heard)
    assert "process start, s" in text
    assert text.count("go on") == 1
    assert (
        text.index("ada, cyd") < text.index("go on") < text.index("bob\n") < text.index("go home")
    )


def test_skips_are_listed_once_by_reason(tmp_path: Path) -> None:
    """A reason has all the backends that it skips after it."""
    reasons = {"cyd": "needs macOS", "dee": "needs CUDA", "eve": "needs macOS"}
    rows = [measured("ada", 1), *(Skipped(backend=b, reason=r) for b, r in reasons.items())]
    heard = {"ada": [passes("one", "go on")]}
    run = pages.summed(pages.store(tmp_path / "run", [pages.clip("one")], rows, heard))
    said = [line for line in printed(run, 120).splitlines() if line.startswith("skipped")]
    assert said == ["skipped  needs macOS: cyd, eve", "skipped  needs CUDA: dee"]


def test_no_error_rate_reads_as_zero_that_is_not() -> None:
    """Four errors in ten thousand words are not none."""
    rates = (0.0, 0.0000123, 0.0004, 0.0009, 0.0011, 0.0567, None)
    shares = [units.percent(rate) for rate in rates]
    assert shares == ["0.0 %", "0.001 %", "0.04 %", "0.09 %", "0.1 %", "5.7 %", "—"]


def test_a_log_has_a_line_a_tenth() -> None:
    """Off a terminal long work is told ten times, each backend's own, and nothing twice."""
    out = io.StringIO()
    with LiveWatcher(Console(file=out)) as watcher:
        for done in range(101):
            for backend in ("ada", "bob"):
                watcher.phase(backend, "measuring", done / 100)
        watcher.phase("ada", "ready")
    lines = out.getvalue().splitlines()
    assert len(lines) == len(set(lines)) == 2 * 11 + 1
    assert {"ada: measuring 0 %", "bob: measuring 50 %", "ada: measuring 100 %"} < set(lines)


def test_progress_tells_which_block_of_how_many() -> None:
    """Off a terminal once a block, on one above what everybody is at; no more is promised."""
    plain, drawn = io.StringIO(), io.StringIO()
    for console in (Console(file=plain), Console(file=drawn, force_terminal=True)):
        with LiveWatcher(console) as watcher:
            for number, plan in ((1, exactly(2)), (1, exactly(2)), (2, exactly(2)), (7, FULL)):
                watcher.block(number, plan)
                watcher.phase("ada", "measuring")
    blocks = ["block 1 of 2", "block 2 of 2", "block 7 of at most 20"]
    assert plain.getvalue().splitlines() == [blocks[0], "ada: measuring", *blocks[1:]]
    assert all(block in drawn.getvalue() for block in blocks)
