"""`--decide` as a user has it: what is said before, meanwhile and after; again, and of two only."""

import json
from pathlib import Path

import pytest
from audio_files import tone, write_audio
from fake_envs import AddBackend, orchestrator
from stored_runs import Recipe, make, settings

from orchestrator.bench.announcement import _Earlier, _expected, _too_few_blocks
from orchestrator.bench.provenance import narrowed
from orchestrator.errors import UsageError
from orchestrator.reports import wording
from orchestrator.runs.schema.plan import FULL, among, deciding, exactly
from orchestrator.runs.stored import RunFiles

NOISY = [1.0, 1.03, 0.98, 1.02, 0.97, 1.01, 1.0, 0.99, 1.04, 0.96]
OPEN = [1.03 * ratio for ratio in NOISY]  # on the edge between a tie and slower


@pytest.mark.slow
def test_a_run_decides_and_says_so_before_meanwhile_and_after(
    envs: Path, made_backends: Path, add_backend: AddBackend
) -> None:
    """Two that sleep 0.3 s are soon known to be level; what is stored says what was asked, too."""
    (made_backends / "ada" / "model.txt").write_text("text nap@transcribe", "utf-8")
    add_backend("bob", "text nap@transcribe")
    write_audio(envs.parent / "clip.wav", [tone(440, 4, 16_000)], 16_000)
    done = orchestrator(envs, "run", "clip.wav", "--all", "--decide", "25%", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    assert "blocks until 25 % is decided if the machine is as steady as most are" in done.stderr
    assert "decides 25 % after " in done.stdout
    (run,) = (envs.parent / "results").iterdir()
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    assert summary["ended"].startswith("decides 25 % after ")
    assert summary["decides"] <= summary["settings"]["plan"]["decides"] == 0.25
    assert summary["settings"]["budget_seconds"] == 3600
    again = orchestrator(envs, "run", "--resume", str(run))
    assert again.returncode == 0, again.stderr
    assert json.loads((run / "summary.json").read_text("utf-8"))["ended"] == summary["ended"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--decide", "2%"], "--decide 2 % is within --threshold 3 %"),
        (["--decide", "5%", "--blocks", "9"], "leave --blocks out"),
        (["-b", "ada", "--decide", "5%"], "ada is alone, and a difference takes two"),
    ],
)
def test_what_cannot_be_decided_is_refused(envs: Path, options: list[str], says: str) -> None:
    """Within the threshold, in a number of blocks, of a single one: a sentence each."""
    done = orchestrator(envs, "run", *options)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_an_undecided_pair_names_what_would_decide_it(tmp_path: Path) -> None:
    """The command for the two, and about how long; none where no run would do."""
    near = [1.05 * ratio for ratio in NOISY]
    recipe = Recipe({"ada": [1.0] * 10, "bob": near, "cyd": OPEN})
    recipe = Recipe(recipe.times, manifest={"settings": settings(exactly(10))})
    summary = RunFiles(make(tmp_path, recipe)).summary()
    assert summary is not None
    assert summary.decides is not None
    said = list(wording.undecided(summary))
    assert [note.backends for note in said] == [("ada", "bob")]
    assert said[0].fix is not None
    again = "reproduce results/20261122-120000-aaaa --only ada --only bob --decide 5%"
    assert said[0].fix.endswith(again)
    assert "about " in said[0].text


def test_the_plan_goes_by_how_steady_earlier_runs_were(tmp_path: Path) -> None:
    """Those of these contenders, else of any, else as most machines are."""
    asked = settings(deciding(0.05))
    wanted = [(repr(("ada", [])),), (repr(("bob", [])),)]
    assert _expected(asked, _Earlier([], wanted))[1] == "as steady as most are"
    recipe = Recipe({"ada": [1.0] * 10, "bob": NOISY}, manifest={"settings": settings(exactly(10))})
    run = RunFiles(make(tmp_path, recipe)).summary()
    assert run is not None
    blocks, basis = _expected(asked, _Earlier([run], wanted))
    assert basis == "as steady as in your last run"
    keys = [(repr((line.backend, sorted(line.asked.items()))),) for line in run.contenders]
    assert _expected(asked, _Earlier([run], keys)) == (
        blocks,
        "as steady as in your last run of these",
    )
    assert 6 < blocks < 60


def test_the_plan_says_when_nobody_can_be_called_fastest() -> None:
    """Six blocks judge pairs; of four contenders the fastest takes seven. Three rank nobody."""
    said = "6 blocks judge pairs only: which of 4 contenders is fastest takes --blocks 7"
    assert list(_too_few_blocks(settings(exactly(6)), 4)) == [said]
    for plan, contenders in ((exactly(7), 4), (exactly(6), 2), (exactly(3), 4), (FULL, 40)):
        assert not list(_too_few_blocks(settings(among(plan, contenders)), contenders))


def test_a_run_is_narrowed_to_what_it_measured(tmp_path: Path) -> None:
    """Its order is drawn for those that are left; a name that it has not is refused."""
    stored = RunFiles(make(tmp_path, Recipe({"ada": [1.0], "bob": [2.0], "cyd": [3.0]}))).manifest()
    fresh = narrowed(stored, ["ada", "cyd"], 0.05)
    assert [made.contender for made in fresh.backends] == ["ada", "cyd"]
    assert {key.split("-")[1] for key in fresh.order} == {"ada", "cyd"}
    assert fresh.settings.budget_seconds == 3600
    with pytest.raises(UsageError, match="did not measure dee"):
        narrowed(stored, ["dee"], None)
    with pytest.raises(UsageError, match="is within --threshold"):
        narrowed(stored, [], 0.02)
