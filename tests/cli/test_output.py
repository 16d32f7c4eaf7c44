"""Output: foreign text never acts on a terminal, and no reader, device or signal loses a run."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path

import pytest
import stored_runs
from fake_envs import AddBackend, command, orchestrator, surroundings
from hypothesis import given
from hypothesis import strategies as st
from stored_runs import HOST, Recipe, clip, make

from orchestrator import units
from orchestrator.places import PACKAGE
from orchestrator.runs.schema import Skipped

pytestmark = pytest.mark.slow

SIX = (1.0, 1.01, 0.99, 1.02, 0.98, 1.005)
EVIL = "a\x1b]0;owned\x07b\x1b[2Jc\x9b31md\x85e\u202ef\u2066g\r[red]h[/red]\x7f"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
TIMES = 2
BASH = ("/bin/bash", "-c")


def evil(results: Path) -> tuple[Path, Path]:
    """Write two runs in which every text that somebody else may choose is hostile."""
    clips = [clip(f"{EVIL}{number}") for number in range(2)]
    rows = (
        stored_runs.failed("bob", 0).model_copy(
            update={"reason": EVIL, "fix": EVIL, "detail": EVIL}
        ),
        Skipped(backend="cyd", reason=EVIL),
    )
    known = {
        "clips": clips,
        "texts": {"ada": EVIL},
        "resolved": {"ada": {"device": EVIL}},
        "model": stored_runs.MODEL.model_copy(update={"name": EVIL, "note": EVIL}),
        "more_rows": rows,
        "manifest": {"host": HOST.model_copy(update={"chip": EVIL, "os_version": EVIL})},
    }
    later = {"run_id": "20261123-120000-bbbb", "started_at": "2026-11-23T12:00:00+00:00"}
    packages = {"numpy": EVIL}
    return (
        make(results, Recipe({"ada": SIX, "eve": SIX}, **known)),  # type: ignore[arg-type]
        make(results, Recipe({"ada": SIX, "eve": SIX}, packages=packages, **known | later)),  # type: ignore[arg-type]
    )


@given(st.text())
def test_visible_text_never_acts_and_reads_as_the_same_json(text: str) -> None:
    """Whatever is in it; and what JSON leaves raw becomes an escape of JSON."""
    assert not ACTING.search(units.visible(text))
    assert units.visible(units.visible(text)) == units.visible(text)
    assert json.loads(units.visible(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.timeout(300)
def test_stored_text_does_not_act_on_a_terminal(envs: Path) -> None:
    """Through every command that shows some; as documents it stays what it was."""
    old, new = map(str, evil(envs.parent / "results"))
    shared = str(envs.parent / "shared.zip")
    shows: dict[tuple[str, ...], str] = {
        ("score", old, "--pairs"): "␛]0;owned",
        ("score", old, "--json"): "",
        ("report", old, "--markdown"): "owned",
        ("report", old, new, "--csv"): "owned",
        ("report", old, "--json"): "",
        ("report", old, "--output", "page.html"): "page.html",
        ("compare", old, new): "␛]0;owned",
        ("compare", old, new, "--markdown", "--fail-on", "any"): "owned",
        ("history",): "␛]0;owned",
        ("recommend", old, "--for", "batch"): "ada",
        ("recommend", old, "--for", "batch", "--json"): "ada",
        ("models", "explain", "ada", "tiny.en"): "tiny.en",
        ("share", old, "--output", shared): "shared.zip",
        ("import", shared, "--output", "imported"): "imported",
        ("history", "--output", "imported"): "␛]0;owned",
        ("run", "-b", EVIL): "there is no backend",
        ("compare", EVIL, new): "is no run",
        (EVIL,): "No such command",
    }
    for arguments, shown in shows.items():
        done = orchestrator(envs, *arguments)
        printed = done.stdout + done.stderr
        assert shown in printed, (arguments, printed)
        assert "Traceback" not in printed
        assert not ACTING.search(printed), (arguments, ACTING.search(printed), printed)
        if "--json" in arguments:
            json.loads(done.stdout)
    scored = json.loads(orchestrator(envs, "score", old, "--json").stdout)
    assert EVIL in [text["text"] for text in scored["contenders"][0]["transcripts"]]


@pytest.mark.timeout(300)
def test_a_run_of_hostile_clips_and_engines_does_not_act(
    envs: Path, add_backend: AddBackend
) -> None:
    """Progress, tables, errors and `transcribe`: names of files, transcripts, an engine's words."""
    heard = "out\x1b]0;owned\x07\u202eside"
    add_backend("bob", heard)
    talk = envs.parent / "ta\x1b]0;owned\x07lk\u202e.flac"
    bundled = PACKAGE / "clips" / "audio" / "bundled" / "warm-up.flac"
    shutil.copy(bundled, talk)
    broken = envs.parent / "bro\x1b[2Jken.wav"
    broken.write_bytes(b"no sound at all")
    for arguments in (
        ("run", str(talk), "-b", "bob", "--blocks", "1", "--repeats", "1"),
        ("run", str(broken), "-b", "bob"),
        ("transcribe", str(talk), "-b", "bob"),
        ("transcribe", str(talk), str(broken), "-b", "bob"),
        ("transcribe", str(talk), "-b", "bob", "--output", "te\x1b[2Jxts"),
    ):
        done = orchestrator(envs, *arguments)
        printed = done.stdout + done.stderr
        assert "␛" in printed, printed
        assert not ACTING.search(printed), (arguments, printed)


def test_on_a_terminal_only_our_own_sequences_are_written(envs: Path) -> None:
    """Colours are there; an OSC sequence of a transcript is letters."""
    run, _ = evil(envs.parent / "results")
    ours, theirs = pty.openpty()
    score = subprocess.Popen(
        command("score", str(run)), env=surroundings(envs), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = _read_all(ours).decode()
    assert score.wait(60) == 0
    assert "\x1b[" in said
    plain = re.sub("\x1b\\[[0-9;]*m", "", said.replace("\r\n", "\n"))
    assert "␛]0;owned" in plain
    assert not ACTING.search(plain)


def _read_all(descriptor: int) -> bytes:
    found = b""
    try:
        while chunk := os.read(descriptor, 65536):
            found += chunk
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(descriptor)
    return found


def _shell(envs: Path, script: str, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command line with its streams as a shell's script puts them."""
    return subprocess.run(
        (*BASH, script, "bash", *command(*arguments)),
        env=surroundings(envs),
        cwd=envs.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


GATES = {
    'set -o pipefail; "$@" | true; exit ${PIPESTATUS[0]}': "",
    '"$@" | head -1; exit ${PIPESTATUS[0]}': "",
    '"$@" 2>&1 | head -1; exit ${PIPESTATUS[0]}': "",
    '"$@" >/dev/full': "stdout cannot be written: No space left on device",
    '"$@" 2>/dev/full >/dev/full': "",
    '"$@" >&-': "stdout cannot be written: it is closed",
    '"$@" 2>&-': "",
    '"$@" <&- >&- 2>&-': "",
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("script", GATES)
def test_a_verdict_outlives_whoever_reads_it(envs: Path, script: str) -> None:
    """The exit code of a gate is its verdict's, wherever its words go; each time."""
    if "/dev/full" in script and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    results = envs.parent / "results"
    later = {"run_id": "20261123-120000-bbbb", "started_at": "2026-11-23T12:00:00+00:00"}
    slow = tuple(1.5 * seconds for seconds in SIX)
    old = make(results, Recipe({"ada": SIX}))
    new = make(results, Recipe({"ada": slow}, **later))  # type: ignore[arg-type]
    gate = ("compare", str(old), str(new), "--fail-on", "slower")
    for arguments, code in ((gate, 1), (("corpora",), 0)):
        for _ in range(TIMES):
            done = _shell(envs, script, arguments)
            assert done.returncode == code, done.stderr
            assert GATES[script] in done.stderr
            assert "Traceback" not in done.stderr
            assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    "script",
    [
        '"$@" | true; exit ${PIPESTATUS[0]}',
        '"$@" 2>&1 | head -2; exit ${PIPESTATUS[0]}',
        '"$@" >/dev/full 2>/dev/full',
        '"$@" <&- >&- 2>&-',
    ],
)
def test_a_run_outlives_whoever_reads_it(envs: Path, script: str) -> None:
    """It is measured, summarised, and has its page."""
    if "/dev/full" in script and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    once = ("run", "-b", "ada", "--blocks", "2", "--repeats", "1", "--page")
    done = _shell(envs, script, once)
    assert done.returncode == 0, done.stderr
    (run,) = (envs.parent / "results").iterdir()
    assert len((run / "rows.jsonl").read_text("utf-8").splitlines()) == 2
    assert (run / "summary.json").exists()
    assert (run / "report.html").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_document_that_does_not_arrive_is_an_error(envs: Path) -> None:
    """`report --csv > FILE` on a full disk has not done what it was asked."""
    run = make(envs.parent / "results", Recipe({"ada": SIX}))
    done = _shell(envs, '"$@" >/dev/full', ("report", str(run), "--csv"))
    assert done.returncode == 2
    assert done.stderr.count("stdout cannot be written: No space left on device") == 1


def test_a_full_disk_is_named_with_the_way_out(envs: Path) -> None:
    """Where the list of clips, or a shared run, has no room: the file that is meant, and exit 2."""
    run = make(envs.parent / "results", Recipe({"ada": SIX}))
    # The system's own refusal, as a quota gives it; Python itself would leave modules cut short.
    small = 'export PYTHONDONTWRITEBYTECODE=1; ulimit -f {}; "$@"'
    shared = _shell(envs, small.format(0), ("share", str(run), "--output", "run.zip"))
    assert shared.returncode == 2
    assert "error: run.zip cannot be written: File too large" in shared.stderr
    assert "Traceback" not in shared.stderr
    once = ("run", "-b", "ada", "--blocks", "1", "--repeats", "1")
    assert orchestrator(envs, *once).returncode == 0  # what is decoded is kept from here on
    for blocks, place in ((0, "lock cannot be used"), (1, "cannot be written")):
        begun = _shell(envs, small.format(blocks), (*once, "--output", "elsewhere"))
        assert begun.returncode == 2, begun.stderr
        assert f"{place}: File too large" in begun.stderr
        assert "free some space" in begun.stderr
        assert "Traceback" not in begun.stderr


def test_a_deleted_working_directory_is_one_sentence(envs: Path) -> None:
    """Not a traceback of whatever asks for it first."""
    script = 'mkdir gone && cd gone && rmdir ../gone && "$@"'
    done = _shell(envs, script, ("history",))
    assert done.returncode == 2
    assert done.stderr.startswith("error: the working directory was deleted\n")


def _measuring(envs: Path, *before: str) -> "subprocess.Popen[str]":
    """Start a run whose second block never ends by itself; return when that is loaded."""
    run = subprocess.Popen(
        (*before, *command("run", "-b", "bob", "--blocks", "2", "--repeats", "1")),
        env=surroundings(envs),
        cwd=envs.parent,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    loads = envs / "bob" / "model.loads"
    _wait_for(lambda: loads.exists() and len(loads.read_text("utf-8")) == 2)
    return run


def _wait_for(condition: Callable[[], bool]) -> None:
    ceiling = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ceiling
        time.sleep(0.02)


def test_a_second_ctrl_c_still_leaves_a_summary(envs: Path, add_backend: AddBackend) -> None:
    """While a runner that will not end is being ended, and to the last: whichever signal it is."""
    add_backend("bob", "text stubborn@transcribe@2")
    run = _measuring(envs)
    for again in cycle((signal.SIGINT, signal.SIGINT, signal.SIGTERM)):
        run.send_signal(again)
        time.sleep(0.02)
        if run.poll() is not None:
            break
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130, said
    (folder,) = (envs.parent / "results").iterdir()
    assert json.loads((folder / "summary.json").read_text("utf-8"))["interrupted"]


def test_nohup_is_obeyed(envs: Path, add_backend: AddBackend) -> None:
    """A hang-up that was ignored at the start stays so; other signals end the run in order."""
    add_backend("bob", "text hang@transcribe@2")
    nohup = shutil.which("nohup")
    assert nohup
    run = _measuring(envs, nohup)
    run.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert run.poll() is None
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode == 130
