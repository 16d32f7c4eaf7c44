"""The report page as a file: what stands in it for every kind of run, and what cannot."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pages
import pytest
import typer
from audio_files import tone, write_audio
from rich.console import Console
from stored_runs import failed, measured, passes, settings
from typer.testing import CliRunner

from orchestrator.cli.report import report
from orchestrator.errors import UsageError
from orchestrator.reports.html import page, write
from orchestrator.reports.html.transcripts import embedded
from orchestrator.reports.terminal.progress import LiveWatcher
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Measured, RobustnessVerdict, Skipped

_RUNNING = ("script", "iframe", "object", "embed", "form", "link", "base", "img", "foreignobject")


class Reader(HTMLParser):
    """Counts elements, and keeps what runs, loads or links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.running: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element and its dangerous attributes."""
        self.elements.append(tag)
        names = ("src", "href", "style", "srcdoc", "xlink:href")
        self.running += [a for a in attrs if a[0].startswith("on") or a[0] in names]


@pytest.mark.slow
def test_a_page_tells_a_run_and_runs_nothing_of_it(tmp_path: Path) -> None:
    """Hostile names, texts and logs are text: our one script, links within the page, no more."""
    nasty = " ".join(pages.NASTY)
    html = write([pages.hostile(tmp_path / "run", nasty)]).read_text("utf-8")
    found = Reader(html)
    assert [tag for tag in found.elements if tag in _RUNNING] == ["script"]
    assert all(name == "href" and str(value).startswith("#") for name, value in found.running)
    assert "{{ 7 * 7 }}" in html
    assert len(html.encode()) < 3_000_000


def test_times_on_a_page_are_those_of_the_recording(tmp_path: Path) -> None:
    """Where sound begins after an hour the clock shows it; what the audio is sought by does not.

    What is odd about a recording, and a time past its end, are among the warnings.
    """
    note = "its header says 90.0 s, it ends after 60.0 s"
    clip = pages.clip("one", seconds=60.0).model_copy(update={"offset": 3600.0, "notes": (note,)})
    segments = [
        {"start": 0.0, "end": 40.0, "text": "Bring $20"},
        {"start": 40.0, "end": 75.0, "text": "to the green room."},
    ]
    heard = [passes("one", "Bring $20 to the green room.", segments=segments)]
    rows = [measured("ada", 1, 1.0)]
    run = pages.summed(pages.store(tmp_path / "run", [clip], rows, {"ada": heard}))
    html = write([run]).read_text("utf-8")
    (clock,) = re.findall(r'data-at="40.0"[^>]*>([^<]+)<', html)
    assert clock == "1:00:40"
    assert f"one: {note}" in html
    assert "one: a time of 75.0 s, 15.0 s past its end" in html
    assert 'and the machine meanwhile: 1 process"' in html


def test_a_page_has_a_chart_of_every_backend(tmp_path: Path) -> None:
    """Each backend has marks in every chart, twice: for a page and for a phone."""
    html = page([pages.small(tmp_path / "run")])
    figures = re.findall(r"<figcaption>.*?</figure>", html, re.DOTALL)
    assert len(figures) == 6
    for figure in figures:
        for name in ("ada", "bob"):
            assert len(re.findall(rf"<title>{name}[,:]", figure)) >= 2, figure[:80]


def test_equal_transcripts_stand_once_on_a_page(tmp_path: Path) -> None:
    """Under all that gave them; what was said stands above."""
    texts = {"ada": "go on", "bob": "go on", "cyd": "go home"}
    rows = [measured(name, 1) for name in texts]
    heard = {name: [passes("one", text)] for name, text in texts.items()}
    html = page([pages.summed(pages.store(tmp_path / "run", [pages.clip("one")], rows, heard))])
    voices = re.findall(r'<div class="voice">\s*<dt>(.*?)</dt>', html, re.DOTALL)
    assert [re.findall("<bdi>(.*?)</bdi>", voice) for voice in voices] == [["ada", "bob"], ["cyd"]]


def test_what_a_run_lacks_is_absent_from_its_page(tmp_path: Path) -> None:
    """A run without references that was cut off, one that failed, and a robustness run."""
    one = [pages.clip("one", reference=None)]
    heard = {"ada": [passes("one", "go on")], "bob": [passes("one", "go home")]}
    rows = [measured("ada", 1), measured("bob", 1)]
    cut = pages.store(tmp_path / "cut", one, rows, heard, settings(references=False))
    lost = [failed("ada", 0), failed("bob", 1), Skipped(backend="cyd", reason="not for Linux")]
    robust = pages.summed(pages.store(tmp_path / "robust", one, lost[:1], {}))
    verdict = RobustnessVerdict(backend="ada", case="clipped", verdict="fail", evidence=("loud",))
    stored = RunFolder(robust).summary()
    assert stored is not None
    RunFolder(robust).write(stored.model_copy(update={"robustness": (verdict,)}))
    nothing = pages.summed(pages.store(tmp_path / "nothing", one, lost, {}))
    (nothing / "manifest.json").unlink()
    (nothing / "timeline.jsonl").write_text('{"at": 1.0}\n{"at"', encoding="utf-8")

    html = page([cut, nothing, robust])
    shown = [part.partition("</article>")[0] for part in html.split("<article")[1:]]
    titles = [set(re.findall(r"<h3[^>]*>([^<]+)", part)) for part in shown]
    assert {"Places to listen to", "Speed", "Transcripts"} <= titles[0]
    assert "Speed against accuracy" not in titles[0]
    assert "<strong>early</strong>" in shown[0]
    assert titles[1] == {"What ran when", "Warnings and failures"}
    assert "Nothing could be measured" in shown[1]
    assert "not for Linux" in shown[1]
    assert titles[2] == {"Robustness", "Warnings and failures", "Provenance"}
    assert "loud" in shown[2]
    assert html.count('href="#run-') >= 3


def test_a_page_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """No run, or no place for the page: a sentence with a way out."""
    with pytest.raises(UsageError, match="is no run"):
        write([tmp_path])
    run = pages.summed(pages.store(tmp_path / "run", [pages.clip("one")], [failed("ada", 0)], {}))
    with pytest.raises(UsageError, match="cannot be written"):
        write([run], tmp_path / "nowhere" / "page.html")
    assert write([run]) == run / "report.html"
    assert write([run, run]) == tmp_path / "report.html"


def test_a_page_of_many_runs_says_how_far_it_is(tmp_path: Path) -> None:
    """Each run is counted when it is read and when it is drawn; a single run says nothing."""
    runs = [
        pages.summed(pages.store(tmp_path / str(n), [pages.clip("one")], [failed("ada", 0)], {}))
        for n in range(4)
    ]
    out = io.StringIO()
    write(runs, watcher=LiveWatcher(Console(file=out)))
    shares = (25, 50, 75, 100)
    assert out.getvalue().splitlines() == [
        f"page: {what} 4 runs {share - share % 10} %"
        for what in ("reading", "drawing")
        for share in shares
    ]
    alone = io.StringIO()
    write(runs[:1], watcher=LiveWatcher(Console(file=alone)))
    assert not alone.getvalue()


def test_clips_without_room_are_counted(tmp_path: Path) -> None:
    """A page of a long corpus stays small, and says how much it leaves out."""
    run = pages.large(tmp_path / "run", backends=2, blocks=1, clips=1500)
    long = "word " * 20_000
    row = next(iter(RunFolder(run).rows()))
    assert isinstance(row, Measured)
    heard = list(RunFolder(run).passes(row))
    with RunFolder(run).keeping(f"001-{row.backend}", 1) as keep:
        keep([heard[0].model_copy(update={"text": long}), *heard[1:]])
    html = page([run])
    assert len(html.encode()) < 3_000_000
    assert re.search(r"… [\d,]+ more characters", html)
    left = re.search(r"([\d,]+) more clips have no room", html)
    shown = html.count('class="sheet"') + html.count('class="line"')
    assert left
    assert int(left[1].replace(",", "")) == 1500 - shown


def test_a_clip_whose_audio_is_gone_takes_no_room_from_others(tmp_path: Path) -> None:
    """However long it was, the next is embedded."""
    path = tmp_path / "here.wav"
    write_audio(path, [tone(440, 0.2, 16_000)], 16_000)
    clips = [pages.clip("gone", seconds=36_000.0), pages.clip("here", seconds=0.2, audio=path)]
    found, said = embedded(clips)
    assert [*found] == ["here"]
    assert said.startswith("no audio of 1 clip:")


def test_the_command_names_the_page(tmp_path: Path) -> None:
    """It prints where the page is, and takes one form of output at a time."""
    run = pages.summed(pages.store(tmp_path / "run", [pages.clip("one")], [failed("ada", 0)], {}))
    app = typer.Typer()
    app.command()(report)
    done = CliRunner().invoke(app, [str(run)])
    assert done.stdout == f"{run / 'report.html'}\n"
    assert (run / "report.html").stat().st_size
    assert CliRunner().invoke(app, [str(run), "--json", "--csv"]).exit_code == 2
    for form, start in (("--json", "{"), ("--csv", "run"), ("--markdown", "")):
        assert CliRunner().invoke(app, [str(run), form]).stdout.startswith(start)
