"""Captions as they are drawn: a block that fits, what may change dim, lines off a terminal."""

import io

import live_runs
import pytest
from rich.console import Console

from orchestrator.reports import live
from orchestrator.reports.terminal.captions import Captions
from orchestrator.reports.terminal.progress import LiveWatcher
from orchestrator.runs.schema import LivePass, Shown


def shown(at: float, stands: str, may_change: str, heard: float) -> Shown:
    """Return a partial."""
    return Shown(at=at, stands=stands, may_change=may_change, heard=heard)


def drawn(
    *partials: Shown, terminal: bool, text: str, level: float | None = None, width: int = 42
) -> str:
    """Return all that is written of a stream with these partials and this final text."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=width, height=6, _environ={})
    with Captions(console, LiveWatcher(Console(file=io.StringIO()))) as captions:
        captions.begin()
        for partial in partials:
            captions.moment(partial.at, level)
            captions.partial(partial)
        captions.end(text)
    return file.getvalue()


def test_what_may_change_is_dim_and_the_block_is_taken_away() -> None:
    """What stands is plain, the rest dim and in italics; the final text is what stays."""
    written = drawn(shown(2.0, " one two", " tree", 1.5), terminal=True, text="One two three.")
    assert "one two\x1b[2;3m tree\x1b[0m" in written
    assert "text 0.5 s behind" in written
    assert written.endswith("One two three.\n")


def test_a_long_text_shows_its_end() -> None:
    """A terminal of six rows has four for the text: its last lines, and where it is below them."""
    words = "".join(f" word{number:03d}" for number in range(400))
    written = drawn(shown(9.0, words, " tail", 8.0), terminal=True, text="x", level=-20.0)
    block = written[written.index("word") :]
    block = block[: block.index("behind")]
    assert block.count("\n") == 4
    assert "word399\x1b[2;3m tail" in block
    assert "word100" not in block
    assert "-20 dBFS" in block
    narrow = drawn(shown(9.0, words, "", 8.0), terminal=True, text="x", level=-20.0, width=20)
    narrow = narrow[narrow.index("word") :]
    assert narrow[: narrow.index("9.0 s")].count("\n") == 4


@pytest.mark.parametrize(
    ("final", "lines"),
    [
        ("one two three", ["one", "two", "three"]),
        ("one two", ["one", "two"]),
        ("Won too three", ["one", "two", "Won too three"]),
    ],
)
def test_off_a_terminal_every_piece_that_stands_is_a_line(final: str, lines: list[str]) -> None:
    """What remains comes last; a text that is not what stood is given whole."""
    partials = (shown(1, " one", " too", 1), shown(2, "", " two", 2), shown(3, " two", "", 3))
    assert drawn(*partials, terminal=False, text=final).splitlines() == lines


def test_the_lag_of_a_stream_in_words() -> None:
    """Every word is shown half a second after it was spoken; one was another before that."""
    assert live.lag(live_runs.stream(0.5), 5.0) == (
        "words shown p50 0.500 s, p95 0.500 s after they were spoken; to stay p50 0.500 s,"
        " p95 0.500 s; first word after 1.00 s; 1 of 4 shown words taken back;"
        " final text 0.500 s after the end"
    )
    silent = LivePass(clip="clip", ended=9.0, final=9.5, text="")
    assert live.lag(silent, 9.0) == (
        "final text 0.500 s after the end; it does not keep up, 9 s were unheard at the end"
    )
