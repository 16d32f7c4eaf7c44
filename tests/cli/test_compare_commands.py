"""`compare`, `history`, `share` and `import` as commands: what they print, and their exit codes."""

from pathlib import Path

import pytest
import typer
from stored_runs import Recipe, make
from typer.testing import CliRunner, Result

from orchestrator.cli.compare import compare
from orchestrator.cli.report import report
from orchestrator.cli.runs import history, import_, share
from orchestrator.errors import UsageError

SIX = (1.0, 1.01, 0.99, 1.02, 0.98, 1.005)
app = typer.Typer()
app.command()(compare)
app.command()(history)
app.command()(report)
app.command()(share)
app.command("import")(import_)


def run(*arguments: object) -> Result:
    """Run a command to its end."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Return two runs: the later took a quarter longer with another numpy."""
    slower = tuple(1.25 * seconds for seconds in SIX)
    later = {"run_id": "20261123-120000-bbbb", "started_at": "2026-11-23T12:00:00+00:00"}
    return (
        make(tmp_path, Recipe({"ada": SIX})),
        make(tmp_path, Recipe({"ada": slower}, packages={"numpy": "2.5.0"}, **later)),  # type: ignore[arg-type]
    )


def test_compare_says_what_became_of_each_backend(runs: tuple[Path, Path]) -> None:
    """Ratio, verdict and suspect; the exit code is 0 unless something was to fail."""
    done = run("compare", *runs)
    assert done.exit_code == 0
    assert "times as fast  slower" in done.stdout
    assert "changed  ada: numpy 2.4.6 -> 2.5.0" in done.stdout
    assert "what the machine did between the runs" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--fail-on", "slower"], 1),
        (["--fail-on", "any", "--markdown"], 1),
        (["--fail-on", "slower", "--threshold", "40%"], 0),
        (["--fail-on", "slower", "--threshold", "0.4"], 0),
        (["--fail-on", "bigger"], 2),
        (["--threshold", "much"], 2),
        (["--threshold", "120 %"], 2),
    ],
)
def test_compare_ends_with_a_code_for_builds(
    runs: tuple[Path, Path], arguments: list[str], code: int
) -> None:
    """1 where it is decidedly slower by more than the threshold, 2 for what makes no sense."""
    done = run("compare", *runs, *arguments)
    assert done.exit_code == code
    assert ("ada is slower" in done.stderr) == (code == 1)


def test_two_contenders_of_one_run_are_compared_block_by_block(tmp_path: Path) -> None:
    """A machine that slows down threefold is in both sides of every block; nothing is "then"."""
    level = (1.0, 2.0, 3.0, 1.5, 2.5, 1.2)
    times = {"ada": level, "bob": tuple(2 * seconds for seconds in level)}
    path = make(tmp_path, Recipe(times, texts={"bob": "what was sad"}))
    done = run("compare", f"{path}#ada", f"{path}#bob")
    assert done.exit_code == 0, done.output
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0].startswith(f"run {path.name}")
    assert "time 0.50 (0.50 to 0.50) times as fast slower" in lines
    assert "ada 1.75 0.300 100 MB 0.0 %" in lines
    assert not {"then", "now"} & set(done.stdout.split())
    assert run("compare", f"{path}#ada", f"{path}#bob", "--fail-on", "slower").exit_code == 1
    markdown = run("compare", f"{path}#ada", f"{path}#bob", "--markdown").stdout
    assert markdown.startswith(f"In {path.name}, from ada to bob")


def test_a_contender_is_no_run(runs: tuple[Path, Path], tmp_path: Path) -> None:
    """Commands on whole runs say so, with the run to name; nothing is compared with itself."""
    one = f"{runs[0]}#ada"
    for command in (("share",), ("report", "--csv"), ("report", str(runs[1])), ("compare",)):
        refused = run(*command, one).exception
        assert isinstance(refused, UsageError)
        assert str(refused) == f"'ada' is one contender of {runs[0]}: whole runs are taken here"
        assert refused.fix == f"name the run: {runs[0]}"
    for twice in (one, str(runs[0])):
        assert "is compared with itself" in str(run("compare", twice, twice).exception)
    odd = make(tmp_path / "a#b", Recipe({"ada": SIX}))
    assert run("report", odd, "--csv").exit_code == 0


def test_history_draws_what_there_is(runs: tuple[Path, Path]) -> None:
    """One line, one step; of another backend there is nothing to draw."""
    results = runs[0].parent
    (results / "notes").mkdir()
    done = run("history", "--output", results)
    assert "▁|▇" in done.stdout
    assert "notes is left out" in done.stderr
    assert isinstance(run("history", "-b", "bob", "--output", results).exception, UsageError)


def test_a_shared_run_is_imported_and_compared_across_machines(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    """From one folder of results into the same: as somebody else's, and only compared if asked."""
    file = tmp_path / "run.zip"
    assert run("share", runs[0], "--output", file).stdout.strip() == str(file)
    folder = Path(run("import", file, "--output", tmp_path).stdout.strip())
    assert folder.name == f"imported-{runs[0].name}"
    assert isinstance(run("compare", folder, runs[1]).exception, UsageError)
    done = run("compare", folder, runs[1], "--across-machines")
    assert "slower, across machines" in done.stdout
