"""`models list|check|fetch|remove|du|lock` as a user runs them, against a loopback hub."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from hub_server import PIECE, Fault, Hub, serve, sha256
from user_machine import REVISION, Machine, cache_repository

from orchestrator.cli.models_fetch import numbers
from orchestrator.errors import UsageError

RECORDS = """\
# Where these come from.
wanted = ["config.json", "model.bin", "preprocessor_config.json", "tokenizer.json"]
optional = ["preprocessor_config.json"]

[models.tiny] # the smallest
sources = [{ kind = "hub", repository = "test/tiny" }]

[models."large-v3"]
sources = [
    { kind = "hub", repository = "test/large" }, # the largest
]
about_bytes = 3_000_000_000
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine with two backends, of which one runs a model of its own."""
    return furnished(tmp_path)


def furnished(root: Path) -> Machine:
    """Return a machine below a folder, with nothing in its store."""
    found = Machine(root)
    found.backend("faster-whisper", "ct2", RECORDS)
    own = (
        '[models.own]\nsources = [{ kind = "hub", repository = "test/own", wanted = ["a.npz"] }]\n'
    )
    records = found.backend("parakeet-mlx", "parakeet-mlx", own)
    bench = records.with_name("pyproject.toml")
    own_model = 'parity = false\nown_model = "own"\n'
    bench.write_text(
        bench.read_text(encoding="utf-8").replace("parity = true\n", own_model), encoding="utf-8"
    )
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Make a tiny checkpoint whose weights are large enough for the hub's large storage."""
    folder = write_checkpoint(tmp_path_factory.mktemp("source"), vocabulary=40_000)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def hub(files: dict[str, bytes]) -> Iterator[Hub]:
    """Run a hub that has the model tiny."""
    with serve() as running:
        running.add("test/tiny", files, REVISION)
        yield running


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> Path:
    """Fetch tiny once, for the tests that start from there."""
    root = tmp_path_factory.mktemp("stocked")
    with serve() as running:
        running.add("test/tiny", files, REVISION)
        done = furnished(root).run("fetch", "-m", "tiny", **online(running))
    assert done.returncode == 0, done.stderr
    return root / "cache"


@pytest.fixture
def stock(machine: Machine, stocked: Path) -> Path:
    """Put the model tiny into the machine's store; return its weights there."""
    shutil.copytree(stocked, machine.root / "cache")
    return weights_of(machine)


def online(hub: Hub) -> dict[str, str]:
    """Return what makes a command ask this hub."""
    return {"HF_HUB_OFFLINE": "", "HF_ENDPOINT": hub.address}


def weights_of(machine: Machine) -> Path:
    """Return the file of the model tiny in the store."""
    (found,) = machine.store.glob("ct2/tiny/hub-*/model.bin")
    return found


def test_list_shows_every_source_without_asking_anyone(machine: Machine) -> None:
    """Source, repository, version, format, size and aliases; the hub may be away."""
    lines = machine.run("list").stdout.splitlines()
    rows = [re.split(r" {2,}", line.rstrip()) for line in lines]
    titles = "backend|model|source|from|version|format|download|on disk"
    assert rows[0] == titles.split("|")
    large = "faster-whisper|large-v3 (large)|hub|test/large|not locked|ct2|~3.0 GB|no"
    assert large.split("|") in rows
    assert len(rows) == 4
    assert len(machine.run("list", "-b", "faster-whisper", "-m", "large").stdout.splitlines()) == 2


def test_a_fetch_is_whole_locked_and_fast_the_second_time(
    machine: Machine, hub: Hub, files: dict[str, bytes]
) -> None:
    """What is missing comes, is verified, counts; then nothing is asked of anyone."""
    first = machine.run("check", "-m", "tiny")
    assert (first.returncode, "missing" in first.stdout) == (1, True)
    done = machine.run("fetch", "-m", "tiny", **online(hub))
    assert done.returncode == 0, done.stderr
    assert re.search(r"1 model to fetch, \d+ kB; free on the disk: ", done.stderr)
    assert f"from hub {REVISION} (revision recorded at first use)" in done.stderr
    assert weights_of(machine).read_bytes() == files["model.bin"]
    assert machine.run("check", "-m", "tiny", "--deep").returncode == 0
    asked = len(hub.asked)
    again = machine.run("fetch", "-m", "tiny", **online(hub))
    assert (again.returncode, again.stderr) == (0, "nothing to fetch of 1 model\n")
    assert len(hub.asked) == asked


@pytest.mark.slow
def test_check_names_what_is_wrong_with_which_file(machine: Machine, stock: Path) -> None:
    """Short, changed and foreign files have words of their own; exit 1 for each."""
    weights = stock
    whole, stamp = weights.read_bytes(), weights.stat()
    weights.write_bytes(whole[:-10])
    short = machine.run("check")
    assert f"model.bin: expected {len(whole)} bytes, found {len(whole) - 10} bytes, 10 short" in (
        short.stdout
    )
    assert re.search(r"faster-whisper +tiny +incomplete", short.stdout)
    weights.write_bytes(whole[:-1] + b"?")
    os.utime(weights, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert machine.run("check", "-m", "tiny").returncode == 0, "only --deep can see this"
    deep = machine.run("check", "-m", "tiny", "--deep")
    expected = f"expected sha256 {sha256(whole)}, found sha256 {sha256(whole[:-1] + b'?')}"
    assert (deep.returncode, expected in deep.stdout) == (1, True)
    assert re.search(r"faster-whisper +tiny +corrupt", deep.stdout)


@pytest.mark.slow
def test_check_without_names_looks_at_what_a_run_would_use(machine: Machine, stock: Path) -> None:
    """The default of each backend and everything begun; the total to come and the room for it."""
    begun = machine.run("check")
    assert re.search(r"parakeet-mlx +own +missing", begun.stdout)
    assert re.search(r"faster-whisper +tiny +complete", begun.stdout)
    assert "1 of 2 models complete; to download: 1 model of unknown size; free" in begun.stdout
    shutil.rmtree(stock.parent)
    empty = machine.run("check")
    assert (empty.returncode, "0 of 1 model complete" in empty.stdout) == (1, True)


def test_a_revision_that_no_record_names_is_unknown(machine: Machine, stock: Path) -> None:
    """What a changed record left behind in the store is shown, and can be removed."""
    records = machine.root / "envs" / "faster-whisper" / "models.toml"
    records.write_text(RECORDS.replace("test/tiny", "test/other"), encoding="utf-8")
    assert re.search(r"ct2 +tiny +unknown .*hub-test--tiny-unlocked", machine.run("check").stdout)
    machine.run("remove", "-m", "tiny", "--yes")
    assert not stock.exists()
    assert " unknown " not in machine.run("check").stdout.partition("\n0 of")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("whom", "number"),
    [(-1, signal.SIGINT), (1, signal.SIGTERM)],
    ids=["Ctrl-C reaches the whole group", "a kill reaches the orchestrator alone"],
)
def test_a_cut_fetch_is_shown_and_gone_on_with(
    machine: Machine, hub: Hub, files: dict[str, bytes], whom: int, number: signal.Signals
) -> None:
    """A signal in the middle keeps what came; the next fetch sends only the rest."""
    hub.faults.append(Fault("/model.bin", host="storage", slow_seconds=0.3))
    process = subprocess.Popen(
        machine.command("fetch", "-m", "tiny"),
        env=machine.environment(**online(hub)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    machine.home.mkdir(exist_ok=True)
    while hub.bytes_sent("model.bin") < 2 * PIECE:
        assert process.poll() is None, process.stderr
        time.sleep(0.01)
    os.kill(whom * process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert hub.bytes_sent("model.bin") < len(files["model.bin"])
    kept = "interrupted: what came is kept, and the same command goes on with it"
    assert said.splitlines()[-1] == kept
    cut = machine.run("check", "-m", "tiny")
    assert re.search(r"tiny +incomplete .* here, ", cut.stdout)
    hub.faults.clear()
    hub.sent.clear()
    assert machine.run("fetch", "-m", "tiny", **online(hub)).returncode == 0
    assert 0 < hub.bytes_sent("model.bin") < len(files["model.bin"])
    assert weights_of(machine).read_bytes() == files["model.bin"]


@pytest.mark.slow
def test_one_failure_does_not_stop_the_others(machine: Machine, hub: Hub) -> None:
    """Each model has its own line and the exit code tells; what could be had is there."""
    done = machine.run("fetch", "-m", "*", **online(hub))
    assert done.returncode == 1
    assert re.search(r"^complete +faster-whisper tiny ", done.stderr, re.MULTILINE)
    assert re.search(r"^failed +faster-whisper large-v3: ", done.stderr, re.MULTILINE)
    assert weights_of(machine).exists()


def test_offline_a_fetch_says_so(machine: Machine) -> None:
    """Without the hub nothing is tried and the sentence says why."""
    done = machine.run("fetch", "--all")
    assert done.returncode == 1
    assert (
        "failed    parakeet-mlx own: own comes only from huggingface.co, which HF_HUB_OFFLINE"
        in (done.stderr)
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("fetch",), "--all, -b NAME, -m NAME or --pick"),
        (("fetch", "--pick"), "--pick needs a terminal"),
        (("fetch", "-m", "tinny"), "did you mean tiny"),
        (("check", "-b", "faster-wisper"), "did you mean faster-whisper?"),
        (("check", "-b", "faster-whisper", "-m", "own"), "own does not exist for faster-whisper"),
        (("remove",), "no model was named to remove"),
        (("explain", "faster-whisper", "larg"), "did you mean large"),
        (("lock",), "HF_HUB_OFFLINE rules out; nothing was changed"),
    ],
)
def test_wrong_usage_says_what_would_be_right(
    machine: Machine, arguments: tuple[str, ...], says: str
) -> None:
    """A sentence, a fix and an exit code, never a traceback."""
    done = machine.run(*arguments)
    assert done.returncode in {1, 2}
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_remove_asks_first(machine: Machine, stock: Path) -> None:
    """Where nobody can answer, nothing is deleted without --yes."""
    weights = stock
    refused = machine.run("remove", "-m", "tiny")
    assert (refused.returncode, "add --yes" in refused.stderr) == (2, True)
    assert str(weights.parent.name) in refused.stdout
    assert weights.exists()
    done = machine.run("remove", "-b", "faster-whisper", "-m", "*", "--yes")
    assert (done.returncode, "freed" in done.stdout, weights.exists()) == (0, True, False)
    assert "nothing of it is in the store" in machine.run("remove", "-m", "tiny").stdout


@pytest.mark.slow
def test_du_finds_what_is_there_twice(machine: Machine, hub: Hub) -> None:
    """The same weights in the store and in the hub's own cache are named with what they waste."""
    big = {"config.json": b"{}", "model.bin": bytes(12_000_000), "tokenizer.json": b"{}"}
    big["preprocessor_config.json"] = b"{}"
    hub.add("test/tiny", big)
    machine.run("fetch", "-m", "tiny", **online(hub))
    alone = machine.run("du").stdout
    assert re.search(r"faster-whisper +tiny +ct2 +hub-test--tiny-unlocked +12 MB", alone)
    assert "the same" not in alone
    cache_repository(machine.hub_cache, "test/tiny", big)
    twice = machine.run("du").stdout
    assert "the same 12 MB in:" in twice
    assert f"~/.cache/huggingface/hub/models--test--tiny/blobs/{sha256(big['model.bin'])}" in twice
    assert "without the duplicates 12 MB would be free" in twice


@pytest.mark.slow
def test_lock_records_the_newest_and_keeps_the_comments(
    machine: Machine, hub: Hub, stock: Path, files: dict[str, bytes]
) -> None:
    """Revision, sizes and hashes come into models.toml; what came before then serves on."""
    for name in ("large", "own"):
        hub.add(f"test/{name}", files | {"a.npz": b"own"})
    dry = machine.run("lock", "-b", "faster-whisper", "--dry-run", **online(hub))
    records = machine.root / "envs" / "faster-whisper" / "models.toml"
    assert f"recorded   faster-whisper tiny: test/tiny not locked -> {REVISION[:12]}" in dry.stdout
    assert records.read_text(encoding="utf-8") == RECORDS
    done = machine.run("lock", **online(hub))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "    + model.bin  " in done.stdout
    text = records.read_text(encoding="utf-8")
    assert "# Where these come from." in text
    assert "[models.tiny] # the smallest" in text
    assert "# the largest" in text
    (source,) = tomllib.loads(text)["models"]["tiny"]["sources"]
    known = {file["name"]: file for file in source["files"]}
    assert (source["revision"], source["pinned"]) == (REVISION, "seen")
    assert known["model.bin"]["sha256"] == sha256(files["model.bin"])
    assert known["model.bin"]["size"] == len(files["model.bin"])
    assert "sha256" not in known["config.json"]
    assert machine.run("check", "-m", "tiny").returncode == 0
    assert stock.parent.name.endswith("-unlocked")
    again = machine.run("lock", **online(hub))
    assert (again.stdout, records.read_text(encoding="utf-8")) == (
        "3 sources as recorded before\n",
        text,
    )


@pytest.mark.slow
def test_lock_goes_on_past_a_repository_that_is_gone(machine: Machine, hub: Hub) -> None:
    """One that cannot be had is said and stays as it was; the others are recorded."""
    done = machine.run("lock", "-b", "faster-whisper", **online(hub))
    assert done.returncode == 1
    assert "failed     faster-whisper large-v3: " in done.stdout
    records = machine.root / "envs" / "faster-whisper" / "models.toml"
    models = tomllib.loads(records.read_text(encoding="utf-8"))["models"]
    assert models["tiny"]["sources"][0]["revision"] == REVISION
    assert "revision" not in models["large-v3"]["sources"][0]


@pytest.mark.slow
def test_picking_in_a_terminal(machine: Machine, hub: Hub) -> None:
    """The list is numbered, a wrong number is asked again, the picked model comes."""
    machine.home.mkdir()
    master, slave = pty.openpty()
    process = subprocess.Popen(
        machine.command("fetch", "--pick"),
        env=machine.environment(**online(hub), TERM="xterm", COLUMNS="120"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        close_fds=True,
    )
    os.close(slave)
    said = ""
    for answer in ("9\n", "1\n", ""):
        seen = said
        while "which, as 1 3 5-7" not in said[len(seen) :] if answer else True:
            ready, _, _ = select.select([master], [], [], 30)
            assert ready, said
            try:
                said += os.read(master, 1 << 16).decode()
            except OSError:  # the other side is closed: Linux's end of file
                break
        os.write(master, answer.encode())
    assert process.wait(60) == 0, said
    os.close(master)
    assert "'9' is none of them; numbers from 1 to 3" in said
    assert "large-v3 (large)" in said
    assert "complete  faster-whisper tiny" in said
    assert weights_of(machine).exists()


@pytest.mark.parametrize(
    ("answer", "picked"),
    [("", []), ("1", [1]), ("1,3", [1, 3]), ("2-4 3", [2, 3, 4]), (" 4  1 ", [4, 1]), ("1-", [1])],
)
def test_numbers_are_read_as_people_write_them(answer: str, picked: list[int]) -> None:
    """Spaces, commas and ranges, each number once."""
    assert numbers(answer, 4) == picked


@pytest.mark.parametrize("answer", ["0", "5", "x", "3-2", "-1", "1-9", "1-x"])
def test_other_answers_are_refused(answer: str) -> None:
    """What is no number of the list is named."""
    with pytest.raises(UsageError, match="is none of them"):
        numbers(answer, 4)


@pytest.mark.slow
def test_the_commands_are_the_documented_ones(machine: Machine) -> None:
    """Whoever asks for help sees all of them."""
    overview = machine.run("--help").stdout
    names = re.findall(r"^  ([a-z]+)  ", overview.partition("Commands:")[2], re.MULTILINE)
    wanted = ["list", "check", "fetch", "adopt", "remove", "du", "lock", "explain"]
    assert sorted(names) == sorted(wanted)


@pytest.mark.slow
def test_explain_tells_what_is_on_this_disk(machine: Machine, stock: Path) -> None:
    """The page of a fetched model has its revision, files and hashes."""
    text = machine.run("explain", "faster-whisper", "tiny").stdout
    manifest = json.loads(stock.with_name("manifest.json").read_text(encoding="utf-8"))
    assert f"revision: {REVISION}" in text
    for name, file in manifest["files"].items():
        assert f"{name}: {file['size']:,} bytes, sha256 {file['sha256']}" in text
