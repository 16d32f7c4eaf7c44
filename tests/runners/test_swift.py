"""The Swift runners: the same lines as Python's, every fault told, and never a shim's result.

They need a Swift compiler: `nox -s swift` builds the runners and runs these.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psutil
import pytest
from fake_envs import ROOT, described, orchestrator
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.backends import discover
from orchestrator.backends.environments import swift, upkeep
from orchestrator.backends.worker import Arrival, Deadlines, Launch, Machine, Worker
from orchestrator.errors import Refused, RunnerFailed
from runners import protocol
from runners.protocol import Options

pytestmark = pytest.mark.swift

GOLDEN = ROOT / "tests" / "golden"
LOOPBACK = swift.binary("loopback-runner")
CALM = Deadlines(start=60, load=60, transcribe_least=60, shutdown=10)
MODELS = '[models."tiny.en"]\nsources = [{{ kind = "local", path = "{path}" }}]\n'

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
count = st.integers(0, 2**63 - 1)
seconds = st.none() | st.floats(allow_nan=False, allow_infinity=False)
# Foundation reads a setting of 2e16 as an integer of those digits, and has none beyond 64 bits.
number = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda value: not 2**53 < abs(value) < 2**63
)
scalar = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | text | number
segments = st.lists(st.builds(protocol.Segment, seconds, seconds, text), max_size=40)
messages = st.one_of(
    st.builds(
        protocol.Load,
        id=count,
        model=text,
        options=st.builds(Options, language=st.none() | text, extra=st.dictionaries(text, scalar)),
    ),
    st.builds(protocol.Describe, id=count, options=st.builds(Options, language=st.none() | text)),
    st.builds(protocol.Described, id=count, settings=st.dictionaries(text, scalar)),
    st.builds(protocol.Listen, id=count, audio=text, samples=count),
    st.builds(protocol.Feed, id=count, samples=count),
    st.builds(protocol.Finish, id=count, samples=count),
    st.builds(protocol.Listening, id=count, resolved=st.dictionaries(text, scalar)),
    st.builds(protocol.Partial, id=count, stands=text, may_change=text, heard=count),
    st.builds(protocol.Transcribe, id=count, audio=text, samples=count),
    st.builds(
        protocol.Transcript,
        id=count,
        text=st.text(st.characters(exclude_categories=("Cs",)), max_size=5_000),
        language=st.none() | text,
        segments=segments,
        seconds=st.floats(allow_nan=False, allow_infinity=False),
        words=st.none() | segments,
    ),
    st.builds(
        protocol.Loaded, id=count, seconds=st.just(0.25), resolved=st.dictionaries(text, scalar)
    ),
    st.builds(protocol.Progress, id=count, message=text, fraction=seconds),
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Hold a machine of this module's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISPER_CLEANROOM_LOCK", str(tmp_path_factory.mktemp("swift") / "lock"))
        with Machine() as held:
            yield held


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., Launch]:
    """Return how to describe a loopback runner with these faults."""
    (tmp_path / "model").write_text("{samples} samples, sum {sum}", encoding="utf-8")
    np.full(16000, 0.5, "<f4").tofile(tmp_path / "clip.f32")

    def describe(*faults: str, deadlines: Deadlines = CALM) -> Launch:
        command = (str(LOOPBACK), *faults)
        log, directory = tmp_path / "log", tmp_path / "work"
        return Launch("loopback", command, log, directory, 1, deadlines)

    return describe


def converse(launch: Launch, machine: Machine) -> str:
    """Go through a whole conversation; return the text."""
    folder = launch.log.parent
    with Worker(launch, machine) as worker:
        worker.load(folder / "model", Options())
        transcript, _ = worker.transcribe(folder / "clip.f32", 16000)
        worker.shutdown()
    return transcript.text


def echo(lines: Sequence[bytes]) -> list[bytes]:
    """Return what Swift makes of each line: decoded and encoded again, or `failed`."""
    command = [str(LOOPBACK), "--echo"]
    done = subprocess.run(command, input=b"".join(lines), capture_output=True, check=False)
    return done.stdout.splitlines(keepends=True)


def golden(name: str) -> list[bytes]:
    r"""Return a file's lines, cut at \\n alone: a text may hold other ends of lines."""
    return [line + b"\n" for line in (GOLDEN / name).read_bytes().split(b"\n") if line]


def message(line: bytes) -> Any:  # noqa: ANN401 - a request or a reply
    """Return what Python reads in a line."""
    return msgspec.json.decode(line, type=protocol.Request | protocol.Reply)


@pytest.mark.parametrize("name", ["requests.jsonl", "replies.jsonl"])
def test_golden_lines_come_back_equal(name: str) -> None:
    """Swift decodes every message that Python writes, and Python what Swift makes of it."""
    assert list(map(message, echo(golden(name)))) == list(map(message, golden(name)))


def test_what_python_accepts_and_refuses_swift_does() -> None:
    """Odd but right lines are taken; every wrong one is answered by `failed`, and the next read."""
    assert list(map(message, echo(golden("accepted.jsonl")))) == list(
        map(message, golden("accepted.jsonl"))
    )
    for answer in echo(golden("refused.jsonl")):
        assert json.loads(answer)["kind"] == "bad-request"


@settings(max_examples=25)
@given(st.lists(messages, min_size=1, max_size=20))
def test_messages_of_any_content_come_back_equal(made: list[Any]) -> None:
    """Unicode, long texts, many segments and numbers at the edges survive both codecs."""
    lines = [protocol.encode(message) for message in made]
    assert list(map(message, echo(lines))) == made


def test_whole_conversation(launch: Callable[..., Launch], machine: Machine) -> None:
    """Ready, load, transcribe and bye; the engine heard the samples that were written."""
    assert converse(launch(), machine) == "16000 samples, sum 8000.000"


def test_a_stream_shows_what_it_hears(launch: Callable[..., Launch], machine: Machine) -> None:
    """As with a Python runner: partials as audio is fed, then the transcript of all of it."""
    described = launch()
    clip = described.log.parent / "clip.f32"
    with Worker(described, machine) as worker:
        worker.load(described.log.parent / "model", Options())
        assert worker.ready.live == "native"
        stream = worker.listen(clip, 16000)
        assert stream.resolved == {"policy": "native"}
        stream.feed(4000)
        first = next(stream.until(time.monotonic() + 60)).partial
        *_, last = stream.finish(16000, 60)
        worker.transcribe(clip, 16000)
        worker.shutdown()
    assert (first.stands, first.may_change, first.heard) == ("", "4000 samples", 4000)
    assert not isinstance(last, Arrival)
    assert last[0].text == "16000 samples, sum 8000.000"


def test_noise_of_an_engine_goes_to_the_log(
    launch: Callable[..., Launch], machine: Machine
) -> None:
    """What a library prints while loading is no message and is kept."""
    described = launch("print@load")
    assert converse(described, machine).startswith("16000 samples")
    assert "from print" in described.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("trap@transcribe", "signal"),
        ("segfault@transcribe", "signal"),
        ("exit-3@load", "exit"),
        ("exit-0@transcribe", "no-answer"),
        ("close-pipe@transcribe", "no-answer"),
    ],
)
def test_fault_is_told_by_its_kind(
    launch: Callable[..., Launch], machine: Machine, fault: str, kind: str
) -> None:
    """A trap, a crash, an early end, a closed pipe: as with Python's."""
    with pytest.raises(RunnerFailed) as caught:
        converse(launch(fault), machine)
    assert caught.value.kind == kind


def test_throw_costs_one_request(launch: Callable[..., Launch], machine: Machine) -> None:
    """What an engine throws is an answer, and the runner lives on."""
    described = launch("raise@transcribe")
    with Worker(described, machine) as worker:
        worker.load(described.log.parent / "model", Options())
        for _ in range(2):
            with pytest.raises(Refused):
                worker.transcribe(described.log.parent / "clip.f32", 16000)
        worker.shutdown()


def test_hang_is_ended_at_its_deadline(launch: Callable[..., Launch], machine: Machine) -> None:
    """A runner that does not answer is told to be hung, and is gone."""
    short = Deadlines(start=60, load=60, transcribe_least=1, transcribe_per_audio_second=0)
    with pytest.raises(RunnerFailed) as caught:
        converse(launch("hang@transcribe", deadlines=short), machine)
    assert caught.value.kind == "hung"


@pytest.mark.parametrize("fault", ["hang@load", "hang-pool@load"])
def test_end_of_stdin_ends_a_runner_whatever_it_does(tmp_path: Path, fault: str) -> None:
    """A killed orchestrator closes the pipe: a hanging engine ends at once, by itself."""
    (tmp_path / "model").write_text("text", encoding="utf-8")
    load = protocol.encode(protocol.Load(1, str(tmp_path / "model"), Options()))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    with subprocess.Popen([str(LOOPBACK), fault], **pipes) as runner:  # type: ignore[call-overload]
        assert b"ready" in runner.stdout.readline()
        runner.stdin.write(load)
        runner.stdin.close()
        assert runner.wait(60) is not None


ORCHESTRATOR = """
import sys
from pathlib import Path
from orchestrator.backends.worker import Launch, Machine, Worker
from runners.protocol import Options

folder = Path(sys.argv[1])
with Machine() as machine:
    launch = Launch("loopback", (sys.argv[2], "hang@load"), folder / "log", folder / "work", 1)
    with Worker(launch, machine) as worker:
        print(worker.pid, flush=True)
        worker.load(folder / "model", Options())
"""


def test_no_runner_survives_a_killed_orchestrator(
    launch: Callable[..., Launch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL takes the orchestrator; the Swift runner goes too."""
    assert launch()
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(tmp_path / "lock"))
    command = [sys.executable, "-c", ORCHESTRATOR, str(tmp_path), str(LOOPBACK)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as killed:
        assert killed.stdout
        runner = psutil.Process(int(killed.stdout.readline()))
        killed.kill()
    gone, alive = psutil.wait_procs([runner], timeout=60)
    assert (len(gone), alive) == (1, [])


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return what makes an envs folder of one Swift backend with a local model."""
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(tmp_path / "lock"))

    def make(name: str, executable: str) -> Path:
        folder = tmp_path / "envs" / name
        folder.mkdir(parents=True)
        model = tmp_path / "model.txt"
        model.write_text("what was said", encoding="utf-8")
        own = {"executable": executable, "library": "Nothing", "format": "fake"}
        bench = described(runner=None, **own)
        (folder / "pyproject.toml").write_text(bench, encoding="utf-8")
        (folder / "models.toml").write_text(MODELS.format(path=model), encoding="utf-8")
        return folder.parent

    return make


def test_swift_backend_is_measured_and_compiled_apart(
    backend: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first load ever is a rung of its own, and there is none in the next run."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "cache"))
    envs = backend("loopback", "loopback-runner")
    found = []
    for _ in range(2):
        done = orchestrator(envs, "run", "--all", "--blocks", "1", "--json")
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    first, second = (summary["contenders"][0] for summary in found)
    assert first["transcripts"][0]["text"] == "what was said"
    assert first["compile_seconds"] > 0
    assert second["compile_seconds"] is None
    manifest = json.loads(
        (tmp_path / "results" / found[0]["run_id"] / "manifest.json").read_text(encoding="utf-8")
    )
    assert manifest["backends"][0]["executable_sha256"] == swift.sha256("loopback-runner")
    assert orchestrator(envs, "envs", "check").returncode == 0


def test_each_choice_of_units_is_compiled_apart(
    backend: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contenders that differ in what a model is compiled for: a first load each, and only once."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "cache"))
    envs = backend("loopback", "loopback-runner")
    bench = envs / "loopback" / "pyproject.toml"
    with bench.open("a", encoding="utf-8") as file:
        file.write('compiled_for = ["sleep_seconds"]\n')
    wish = ("--set", "sleep_seconds=0", "--set", "sleep_seconds=0.01", "--blocks", "1", "--json")
    found = []
    for _ in range(2):
        done = orchestrator(envs, "run", "--all", *wish)
        assert done.returncode == 0, done.stderr
        found.append([row["compile_seconds"] for row in json.loads(done.stdout)["contenders"]])
    first, second = found
    assert len(first) == 2
    assert None not in first
    assert second == [None, None]


@pytest.mark.skipif(sys.platform == "darwin", reason="real there")
@pytest.mark.parametrize("name", ["whisperkit", "fluidaudio", "speechanalyzer"])
def test_no_result_of_a_shim_is_a_measurement(backend: Callable[..., Path], name: str) -> None:
    """The whole runner works on Linux, and what it says is refused: a failed row, exit code 3."""
    envs = backend(name, f"{name}-runner")
    done = orchestrator(envs, "run", "--all", "--blocks", "1", "--json")
    assert done.returncode == 3, done.stderr
    (line,) = json.loads(done.stdout)["contenders"]
    assert line["status"] == "failed"
    assert line["reason"].startswith("shim: ")
    assert line["seconds"] is None


@pytest.mark.skipif(sys.platform == "darwin", reason="real there")
def test_terms_reach_fluidaudio_by_the_golden_line(tmp_path: Path) -> None:
    """Its second model lies beside the first; what it was given is in `resolved`."""
    networks = ("Preprocessor", "Encoder", "Decoder", "JointDecisionv3")
    second = ("boost/MelSpectrogram", "boost/AudioEncoder")
    files = [f"{name}.mlmodelc/coremldata.bin" for name in networks + second]
    for name in (*files, "parakeet_vocab.json", "boost/vocab.json", "boost/tokenizer.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    requests = map(message, golden("requests.jsonl"))
    load = next(r for r in requests if isinstance(r, protocol.Load) and r.options.terms)
    given = msgspec.structs.replace(load, model=str(tmp_path))
    command = [str(swift.binary("fluidaudio-runner"))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    with subprocess.Popen(command, **pipes) as runner:  # type: ignore[call-overload]
        assert b"ready" in runner.stdout.readline()
        runner.stdin.write(protocol.encode(given))
        loaded = message(runner.stdout.readline())
        runner.stdin.close()
    assert isinstance(loaded, protocol.Loaded)
    assert (loaded.resolved["terms_given"], loaded.resolved["terms_left_out"]) == (2, 0)


def test_build_is_known_by_its_sources() -> None:
    """What is built is not built again; the pinned versions are those that are shown."""
    known = {backend.name: backend for backend in discover()}
    assert swift.is_built("loopback-runner")
    assert swift.pins() == {"whisperKit": "1.1.0", "fluidAudio": "0.15.6"}
    assert upkeep.locked_version(known["whisperkit"]) == "1.1.0"
    assert upkeep.locked_version(known["fluidaudio"]) == "0.15.6"
    assert upkeep.locked_version(known["speechanalyzer"]) is None


def test_missing_compiler_says_what_to_install(
    backend: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Swift on PATH a build is a failed row with the command that mends it."""
    envs = backend("nothing", "nothing-runner")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    done = orchestrator(envs, "envs", "sync")
    assert done.returncode == 1
    assert "no Swift compiler" in done.stdout
    assert "xcode-select --install" in done.stdout
