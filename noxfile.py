"""The project's commands: `nox -s bench` runs the main job, `nox -s tests` checks the code."""

import platform
import runpy
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv"
nox.options.sessions = ["lint", "types", "tests"]

ROOT = Path(__file__).parent
# Which index the user names, by the rules that hold for the backends' environments.
SETTINGS = ROOT / "orchestrator" / "backends" / "environments" / "settings.py"
PYTHONS = nox.project.python_versions(nox.project.load_toml(ROOT / "pyproject.toml"))
# Where nox itself runs on another Python, uv finds or fetches the newest that this project ran on.
PYTHON = None if ".".join(platform.python_version_tuple()[:2]) in PYTHONS else PYTHONS[-1]
# What a fresh machine can run; `smoke`, `swift` and `page` run the others.
FAST = "not torch and not swift and not browser and not slow"
# The rooms whose tests start few processes; what they stand on is imported with them.
QUICK = tuple(f"tests/{room}" for room in ("clips", "reports", "runners", "runs"))
# What the wheel carries: the tests of what is installed run where none of it is beside them.
CARRIED = ("whisper_cleanroom", "orchestrator", "runners", "envs", "swift")
SANITIZERS = ("address", "thread")
# Ctrl-C: time for the orchestrator to end its runner and to write what it has.
PATIENT = {"interrupt_timeout": 60, "terminate_timeout": 30}


def install(session: nox.Session, *groups: str) -> None:
    """Install the project and these dependency groups exactly as locked."""
    wanted = ["--no-default-groups", *(f"--group={group}" for group in groups)]
    if runpy.run_path(str(SETTINGS))["index"]():
        _install_from_mirror(session, wanted)
        return
    session.run_install(
        "uv",
        "sync",
        "--locked",
        *wanted,
        env={"UV_PROJECT_ENVIRONMENT": session.virtualenv.location},
        silent=True,
    )


def _install_from_mirror(session: nox.Session, wanted: list[str]) -> None:
    """Install what is locked from the user's own index: `uv sync` would want to lock anew for it.

    Versions and hashes are the lock's; few mirrors say when a file was published.
    """
    export = ("uv", "export", "--locked", "--default-index=https://pypi.org/simple", *wanted)
    locked = Path(session.create_tmp()) / "locked.txt"
    session.run_install(*export, f"--output-file={locked}", silent=True)
    session.run_install("uv", "pip", "sync", "--exclude-newer=false", str(locked), silent=True)


@nox.session(python=PYTHON)
def bench(session: nox.Session) -> None:
    """Measure every backend this machine can run: `nox -s bench -- talk.wav -m base`."""
    install(session)
    # Clips are named, and results kept, where the user stands.
    with session.chdir(session.invoked_from):
        session.run("python", "-m", "orchestrator", "run", *session.posargs, **PATIENT)


@nox.session(python=PYTHON)
def tests(session: nox.Session) -> None:
    """Run the tests; two engines run end to end on real weights."""
    install(session, "test")
    session.run("python", "-m", "orchestrator", "envs", "sync", "faster-whisper", "whisper-cpp")
    # More workers than cores: most of the time is spent waiting for processes.
    workers = ("-n", "4", "--dist", "worksteal")
    session.run("pytest", *workers, "-m", FAST, *session.posargs, **PATIENT)


@nox.session(python=PYTHON)
def slow(session: nox.Session) -> None:
    """Run the tests that take long: runs killed again and again, simulations, every command."""
    install(session, "test")
    workers = ("-n", "4", "--dist", "worksteal")
    # Each command as users start it: see tests/support/started.py.
    fresh = {"FRESH_PYTHON": "1"}
    session.run("pytest", *workers, "-m", "slow", *session.posargs, env=fresh, **PATIENT)


@nox.session(python=PYTHON)
def wheel(session: nox.Session) -> None:
    """Run the tests on the installed wheel, then two engines from it, in a HOME of its own."""
    install(session, "test")
    place = Path(session.create_tmp()).resolve()
    shutil.rmtree(place)
    away, home = place / "away", place / "home"
    _copy_without_product(away)
    home.mkdir()
    session.run_install("uv", "build", f"--out-dir={place}", silent=True)
    package = str(*place.glob("*.whl"))
    # `install` has linked the clone: this is put in its place.
    session.run_install("uv", "pip", "install", "--no-deps", "--reinstall", package, silent=True)
    # Children of the tests find `tests` there, after all that is installed.
    (library,) = Path(session.virtualenv.location).glob("lib/python*/site-packages")
    (library / "tests.pth").write_text(f"{away}\n", encoding="utf-8")
    own: dict[str, str | None] = {"HOME": str(home), "XDG_CACHE_HOME": None, "XDG_DATA_HOME": None}
    # Packages and Pythons that this machine has need not come again.
    for name, words in {"CACHE": ("cache", "dir"), "PYTHON_INSTALL": ("python", "dir")}.items():
        own[f"UV_{name}_DIR"] = str(session.run("uv", *words, silent=True)).strip()
    engines = ("faster-whisper", "whisper-cpp")
    workers = ("-n", "4", "--dist", "worksteal")
    with session.chdir(away):
        session.run("whisper-cleanroom", "envs", "sync", *engines, env=own)
        session.run("pytest", *workers, "-m", FAST, *session.posargs, env=own, **PATIENT)
        asked = [word for name in engines for word in ("-b", name)]
        session.run("whisper-cleanroom", "run", *asked, env=own, **PATIENT)


def _copy_without_product(target: Path) -> None:
    """Copy the tests and what they look at; what the wheel carries is not to be found there."""
    unwanted = shutil.ignore_patterns(".venv", "__pycache__")
    target.mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, target)
        elif path.name not in {*CARRIED, "results", "dist"} and not path.name.startswith("."):
            shutil.copytree(path, target / path.name, ignore=unwanted)


@nox.session(python=[PYTHONS[0], PYTHONS[-1]])
def pythons(session: nox.Session) -> None:
    """Run one engine and the quick tests on the lowest and the newest supported Python."""
    install(session, "test")
    once = ("--blocks", "1", "--repeats", "1")
    session.run("python", "-m", "orchestrator", "run", "-b", "faster-whisper", *once, **PATIENT)
    # A text file that is read or written in whatever encoding the locale has is an error there.
    strict = {"PYTHONWARNDEFAULTENCODING": "1"}
    session.run("pytest", "-n", "4", "-m", FAST, *QUICK, *session.posargs, env=strict, **PATIENT)


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("python", "scripts/readme.py", "--check")
    session.run("python", "scripts/backends_doc.py", "--check")
    session.run("python", "scripts/accuracy_doc.py", "--check")
    session.run("zizmor", "--offline", "--quiet", "action.yml", ".github/workflows")


@nox.session(python=PYTHON)
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    install(session, "types")
    session.run("mypy")
    session.run("mypy", "tests/support/consumer.py")  # what users of the Python API write


@nox.session(python=PYTHON)
def smoke(session: nox.Session) -> None:
    """Run every backend this machine can run once, on real weights; then the tests with torch."""
    install(session, "test")
    once = ("--blocks", "1", "--repeats", "1")
    run = ("python", "-m", "orchestrator", "run", "--everything")
    session.run(*run, *once, *session.posargs, **PATIENT)
    session.run("pytest", "-m", "torch")


@nox.session(python=PYTHON)
def swift(session: nox.Session) -> None:
    """Build the Swift runners and run their tests, in Swift and against the Python Worker."""
    if shutil.which("swift") is None:
        session.skip("there is no Swift compiler on PATH")
    install(session, "test")
    package = ("--package-path", "swift")
    # A folder for each kind of build: in one they would be built anew each time.
    for kind, sanitizer in {"plain": (), **{k: (f"--sanitize={k}",) for k in SANITIZERS}}.items():
        apart = ("--scratch-path", f"swift/.build/{kind}", "--disable-xctest")
        session.run("swift", "test", *package, *apart, *sanitizer, external=True)
    build = "from orchestrator.backends.environments import swift as s"
    build = f"{build}; [s.build(product, print) for product in s.products()]"
    session.run("python", "-c", build, silent=True)
    session.run("pytest", "-m", "swift", *session.posargs)


@nox.session(python=PYTHON)
def page(session: nox.Session) -> None:
    """Look at the report page with Debian's Chromium: charts, keyboard, hostile names, axe."""
    if shutil.which("chromium") is None:
        session.skip("there is no chromium on PATH: apt-get install chromium")
    install(session, "test", "page")
    session.run("pytest", "-m", "browser", *session.posargs)


@nox.session(python=PYTHON)
def envs(session: nox.Session) -> None:
    """Check that every lock fits its pins, for both platforms."""
    install(session)
    for project in [ROOT, *sorted(p.parent for p in (ROOT / "envs").glob("*/uv.lock"))]:
        session.run("uv", "lock", "--check", "--project", str(project), silent=True)
