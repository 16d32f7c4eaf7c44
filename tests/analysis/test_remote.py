"""Servers in a stored run: marked, in a table of their own, ranked only where that is asked."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from stored_runs import Recipe, make

from orchestrator.analysis.compare import compare
from orchestrator.analysis.recommend import Request, recommend
from orchestrator.analysis.rescore import rescore
from orchestrator.bench.stopping import Outlook, Progress
from orchestrator.host import Host
from orchestrator.reports import html, wording
from orchestrator.reports.files import as_csv
from orchestrator.reports.files.markdown import as_markdown
from orchestrator.reports.terminal import results
from orchestrator.runs.find import fastest_here
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Summary
from orchestrator.runs.schema.plan import FULL
from orchestrator.runs.stored import read

_ONE = (1.0, 1.01, 0.99, 1.0) * 2
ADA, BOB, CLOUD = (tuple(factor * seconds for seconds in _ONE) for factor in (2.0, 3.0, 1.0))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run in which the quickest and most accurate is a server."""
    texts = {"ada": "what was sad", "bob": "what is sad"}
    times = {"cloud": CLOUD, "bob": BOB, "ada": ADA}
    recipe = Recipe(times, texts=texts, remote=("cloud",), manifest={"host": Host.here()})
    return make(tmp_path / "results", recipe)


def summary(run: Path) -> Summary:
    """Return what the run found."""
    found = RunFolder(run).summary()
    assert found
    return found


def test_a_server_is_ranked_with_nobody(run: Path) -> None:
    """It stands last, in no pair, no difference and no front; nothing is known of its process."""
    found = summary(run)
    assert [line.contender for line in found.contenders] == ["ada", "bob", "cloud"]
    assert found.verdict
    assert found.verdict.headline.startswith("fastest here: ada")
    assert {(p.first, p.second) for p in found.verdict.pairs} == {("ada", "bob")}
    assert {(d.first, d.second) for d in found.differences} == {("ada", "bob")}
    assert found.front == ("ada",)
    line = found.contenders[-1]
    assert line.remote
    assert (line.peak_memory_bytes, line.cpu_seconds, line.import_seconds) == (None, None, None)
    assert (line.load_seconds, line.first_seconds) == (0.3, 1.0)
    assert [b.contender for b in found.apart] == ["cloud"]


def test_a_server_is_ranked_where_that_is_asked(run: Path) -> None:
    """Scored so, it is the fastest; the stored summary stays as it is, and one alone is ranked."""
    before = summary(run)
    found = rescore(run, "auto", rank_remote=True)
    assert found.verdict
    assert found.verdict.headline.startswith("fastest here: cloud")
    assert found.front == ("cloud",)
    assert found.apart == ()
    assert wording.remote(found).startswith("remote: cloud; a server computed")
    assert summary(run) == before


def test_servers_alone_are_ranked_with_each_other(tmp_path: Path) -> None:
    """There is nobody else."""
    recipe = Recipe({"ada": ADA, "bob": BOB}, remote=("ada", "bob"))
    found = summary(make(tmp_path, recipe))
    assert found.verdict
    assert found.verdict.headline.startswith("fastest here: ada")


def test_every_report_sets_a_server_apart(run: Path) -> None:
    """Terminal, Markdown and page have a second table; CSV a column; memory is a dash."""
    found = summary(run)
    said = "remote and not ranked beside the others (--rank-remote): cloud"
    screen = io.StringIO()
    results.render(found, Console(file=screen, width=150))
    above, below = screen.getvalue().split(said)
    assert "cloud " not in above
    assert "ada " in above
    (line,) = [line for line in below.splitlines() if line.startswith("cloud ")]
    assert "MB" not in line
    assert "Pareto-optimal: ada" in below
    above, below = as_markdown(found).split(said)
    assert "| cloud |" not in above
    assert "| cloud |" in below
    page = html.page([run])
    assert said in page
    assert "Results of servers, not ranked" in page
    titles, *lines = as_csv(found).splitlines()
    column = titles.split(",").index("remote")
    assert [line.split(",")[column] for line in lines] == ["no", "no", "yes"]


def test_a_server_is_no_candidate(run: Path) -> None:
    """Neither of `recommend`, unless asked, nor as the engine that transcribes by default."""
    advice = recommend(run, Request("batch"))
    assert [own.contender for own in advice.ranked] == ["ada", "bob"]
    assert "--rank-remote" in advice.left_out["cloud"]
    asked = recommend(run, Request("batch", rank_remote=True))
    assert "cloud" in {own.contender for own in asked.ranked}
    fastest = fastest_here(run.parent, ["ada", "bob", "cloud"])
    assert fastest
    assert fastest.contender.name == "ada"


def test_a_server_is_no_control(run: Path) -> None:
    """Between runs it tells of its network, not of this machine; it is compared all the same."""
    found = compare(read(run), read(run), 0.03)
    assert found.changes.controls == {"ada", "bob"}
    assert [each.backend for each in found.backends if each.memory.ratio is None] == ["cloud"]


def test_a_server_keeps_no_run_going(run: Path) -> None:
    """However much it varies, a run ends when those that are ranked are decided."""
    rows = list(RunFolder(run).rows())
    settings = summary(run).settings.model_copy(update={"plan": FULL})
    names = ["ada", "bob", "cloud"]
    wild = [
        row.model_copy(update={"seconds": row.seconds * (1 + row.block)})  # type: ignore[union-attr]
        if row.contender == "cloud"
        else row
        for row in rows
    ]
    progress = Progress(lasted=[1.0] * 8)
    progress.add(wild)
    assert Outlook.of(settings, names, 8, progress).end() == "decides 7 % after 8 blocks"
    beside = settings.model_copy(update={"rank_remote": True})
    assert not Outlook.of(beside, names, 8, progress).end()
