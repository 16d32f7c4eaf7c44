"""Runs of several contenders: products, suites, resumed after kills, read by every command."""

import json
import random
import shutil
from pathlib import Path

import pytest
from fake_envs import AddBackend, kill_after, orchestrator

from orchestrator.bench.order import cells
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.runs.folder import RunFolder

SUITE = """\
[suite]
blocks = 4
repeats = 1
seed = 9

[[contender]]
backend = ["ada", "bob"]
model = ["tiny.en", "base"]

[[contender]]
name = "slow"
backend = "ada"
set = { sleep_seconds = 0.05 }
"""
NAMES = ["ada tiny.en", "ada base", "bob tiny.en", "bob base", "slow"]
_KILLS = 10


def finished(envs: Path, *arguments: str) -> tuple[Path, dict[str, object]]:
    """Run to the end; return the run's folder and its summary."""
    done = orchestrator(envs, "run", *arguments, "--blocks", "1", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    (folder,) = (envs.parent / "results").iterdir()
    return folder, json.loads((folder / "summary.json").read_text("utf-8"))


@pytest.mark.slow
def test_repeated_options_are_a_product(envs: Path) -> None:
    """Every model with every value of a setting, each with its own rows, passes and logs."""
    folder, summary = finished(
        envs, "-b", "ada", "-m", "tiny.en,base", "--set", "sleep_seconds=0,0.01", "--threads", "2"
    )
    lines = summary["contenders"]
    assert {line["contender"] for line in lines} == {
        f"ada {model} sleep_seconds={seconds}"
        for model in ("tiny.en", "base")
        for seconds in ("0", "0.01")
    }
    assert {line["backend"] for line in lines} == {"ada"}
    (slow,) = [line for line in lines if line["contender"] == "ada base sleep_seconds=0.01"]
    assert slow["asked"]["sleep_seconds"] == 0.01
    assert (slow["asked"]["threads"], slow["model"]["name"]) == (2, "base")
    assert len(list((folder / "passes").iterdir())) == 4
    bought = orchestrator(envs, "compare", str(folder))
    assert bought.returncode == 0, bought.stderr
    assert "model" in bought.stdout
    assert "sleep_seconds" in bought.stdout
    again = f"{folder}#ada base sleep_seconds=0.01"
    heard = orchestrator(envs, "transcribe", str(BUNDLED / "names.flac"), "-b", again)
    assert heard.stdout.strip() == "what was said", heard.stderr


def test_a_setting_of_one_backend_is_its_own(envs: Path, add_backend: AddBackend) -> None:
    """`--set bob:...` leaves ada as it is, under its plain name."""
    add_backend("bob", "something else")
    _, summary = finished(envs, "--set", "bob:sleep_seconds=0,0.01")
    names = sorted(line["contender"] for line in summary["contenders"])
    assert names == ["ada", "bob sleep_seconds=0", "bob sleep_seconds=0.01"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--set", "sleep_second=1"), "no setting 'sleep_second'; there are: sleep_seconds"),
        (("--set", "sleep_seconds=x"), "sleep_seconds is a number (0.0 by default)"),
        (("--set", "sleep_seconds"), "is not NAME=VALUE"),
        (("-m", "nosuch1", "-m", "nosuch2"), "'nosuch1'; there is no model 'nosuch2'"),
        (("--threads", "0"), "'0' is not a whole number of 1 or more"),
        (("--device", "cpu,tpu"), "'tpu' is none of auto, cpu, gpu"),
        (("--set", "nobody:x=1"), "nobody"),
    ],
)
def test_what_cannot_be_had_is_refused_before_anything(
    envs: Path, arguments: tuple[str, ...], says: str
) -> None:
    """One sentence, exit code 2, and no folder."""
    done = orchestrator(envs, "run", "-b", "ada", *arguments)
    assert done.returncode == 2
    assert says in done.stderr.replace("\n", " ")
    assert not (envs.parent / "results").exists()


def test_what_a_backend_cannot_do_is_skipped_with_its_sentence(envs: Path) -> None:
    """A precision that the engine lacks: that contender is left out before the others run.

    Where every contender asks for it nothing is measured, and nothing is left.
    """
    refusal = "precision 'int8': this engine computes in float64"
    none = orchestrator(envs, "run", "-b", "ada", "--precision", "int8")
    assert (none.returncode, f"{refusal}: ada" in none.stderr) == (3, True)
    assert not (envs.parent / "results").exists()
    folder, summary = finished(envs, "-b", "ada", "--precision", "float64,int8")
    status = {line["contender"]: line["status"] for line in summary["contenders"]}
    assert status == {"ada float64": "measured", "ada int8": "skipped"}
    first, second = RunFolder(folder).rows()
    assert (first.status, first.reason) == ("skipped", refusal)
    assert second.status == "measured"
    assert [made.contender for made in RunFolder(folder).manifest().backends] == ["ada float64"]


@pytest.mark.slow
def test_a_suite_is_checked_shown_run_and_written_again(
    envs: Path, add_backend: AddBackend
) -> None:
    """The same contenders in every step; what `suite from` writes is the same suite."""
    add_backend("bob", "something else")
    suite = envs.parent / "engines.toml"
    one = SUITE.replace("blocks = 4", "blocks = 1").replace('["tiny.en", "base"]', '"base"')
    suite.write_text(one, "utf-8")
    names = ["ada", "bob", "slow"]
    assert "3 contenders" in orchestrator(envs, "suite", "check", str(suite)).stdout
    shown = orchestrator(envs, "suite", "show", str(suite)).stdout
    assert all(name in shown for name in names)
    done = orchestrator(envs, "run", str(suite))
    assert done.returncode == 0, done.stderr
    (folder,) = (envs.parent / "results").iterdir()
    assert [c.name for c in RunFolder(folder).manifest().contenders] == names
    again = envs.parent / "again.toml"
    again.write_text(orchestrator(envs, "suite", "from", str(folder)).stdout, "utf-8")
    assert "3 contenders" in orchestrator(envs, "suite", "check", str(again)).stdout
    beside = orchestrator(envs, "run", str(suite), "-m", "base")
    assert beside.returncode == 2
    assert "put --model into the suite file" in beside.stderr


BROKEN = """\
[suite]
clips = ["empty.wav", "nowhere.wav", "good.flac"]
language = "klingo"
load = "no-such-program --now"

[[contender]]
backend = ["ada", "adda"]
precision = ["float64", "int7"]

[[contender]]
backend = "ada"
model = ["base", "bass"]
set = { sleep_second = 1, allocate_bytes = "many" }
"""


def test_a_suite_check_tells_every_fault_by_its_key(envs: Path) -> None:
    """What is named and is not there, or not known to its backend; nothing is left behind."""
    suite = envs.parent / "engines.toml"
    suite.write_text(BROKEN, "utf-8")
    (envs.parent / "empty.wav").touch()
    shutil.copy(BUNDLED / "names.flac", envs.parent / "good.flac")
    done = orchestrator(envs, "suite", "check", str(suite))
    assert done.returncode == 2
    wanted = [
        ("suite language", "there is no language 'klingo'"),
        ("suite load", "there is no program 'no-such-program'"),
        ("contender 1, backend", "there is no backend 'adda' (did you mean ada?"),
        ("contender 2, model", "there is no model 'bass' (did you mean base?"),
        ("suite clips 1", "is empty: it holds 0 bytes"),
        ("suite clips 2", "does not exist"),
        ("contender 1, precision", "precision 'int7': this engine computes in float64"),
        ("contender 2, set, sleep_second", "no setting 'sleep_second'; there are: sleep_seconds"),
        ("contender 2, set, allocate_bytes", "allocate_bytes is a whole number (0 by default)"),
    ]
    told = [line for line in done.stderr.splitlines() if f"{suite}: " in line]
    assert len(told) == len(wanted), done.stderr
    for line, (key, what) in zip(told, wanted, strict=True):
        assert f"{suite}: {key}: " in line
        assert what in line
    assert not (envs.parent / "results").exists()


def test_a_suite_check_looks_at_a_corpus_and_says_what_it_could_not(copied: Path) -> None:
    """What of it cannot be used is a note while some can; no environment is made for it."""
    corpus = copied.parent / "calls"
    corpus.mkdir()
    shutil.copy(BUNDLED / "names.flac", corpus / "one.flac")
    (corpus / "one.txt").write_text("names", "utf-8")
    (corpus / "alone.txt").write_text("no recording", "utf-8")
    suite = copied.parent / "engines.toml"
    asked = '[suite]\ncorpus = "calls"\n[[contender]]\nbackend = "ada"\nprecision = "int8"\n'
    suite.write_text(asked, "utf-8")
    done = orchestrator(copied, "suite", "check", str(suite))
    assert done.returncode == 0, done.stderr
    assert "calls: 1 of its entries cannot be used, the first is alone.txt" in done.stderr
    assert "ada: its environment is not made, so its settings were not looked at" in done.stderr
    assert not (copied / "ada" / ".venv").exists()
    (corpus / "one.flac").unlink()
    done = orchestrator(copied, "suite", "check", str(suite))
    assert (done.returncode, "suite corpus: calls has no clip" in done.stderr) == (2, True)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_suite_killed_again_and_again_has_every_cell_once(
    envs: Path, add_backend: AddBackend
) -> None:
    """SIGKILL at ten random moments of its work, then --resume; reproduced, it is killed too."""
    add_backend("bob", "something else")
    suite = envs.parent / "engines.toml"
    suite.write_text(SUITE.replace("blocks = 4", "blocks = 6"), "utf-8")
    moments = random.Random(5)  # noqa: S311 - moments, not secrets
    wanted = [(cell.block, cell.contender) for cell in cells(NAMES, 6, 9)]
    first = killed_and_resumed(envs, moments, "run", str(suite))
    second = killed_and_resumed(envs, moments, "reproduce", str(first))
    for folder in (first, second):
        assert [(row.block, row.contender) for row in RunFolder(folder).rows()] == wanted
    both = orchestrator(envs, "compare", str(first), str(second))
    assert both.returncode == 0, both.stderr
    assert all(name in both.stdout for name in NAMES)


def killed_and_resumed(envs: Path, moments: random.Random, *arguments: str) -> Path:
    """Kill what measures again and again, and let it end at last; return the run's folder."""
    before = set(envs.parent.glob("results/*"))

    def begun() -> list[Path]:
        found = {path.parent for path in envs.parent.glob("results/*/manifest.json")}
        return sorted(found - before)

    for _ in range(_KILLS):
        kill_after(moments.randrange(2), moments.uniform(0, 1), envs, *arguments)
        arguments = ("run", "--resume", str(*begun())) if begun() else arguments
    done = orchestrator(envs, *arguments)
    assert done.returncode == 0, done.stderr
    (folder,) = begun()
    return folder


@pytest.mark.slow
def test_two_contenders_of_two_runs_are_compared(envs: Path) -> None:
    """RUN#NAME on both sides, whatever each is called."""
    first, _ = finished(envs, "-b", "ada", "-m", "tiny.en,base")
    wrong = orchestrator(envs, "compare", f"{first}#ada large", f"{first}#ada base")
    assert wrong.returncode == 2
    assert "there are: ada" in wrong.stderr
    found = orchestrator(envs, "compare", f"{first}#ada tiny.en", f"{first}#ada base")
    assert found.returncode == 0, found.stderr
    assert "ada base" in found.stdout
