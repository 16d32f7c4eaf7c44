"""The steps of the GitHub Action in action.yml: plan, install, run, compare, comment, judge.

`uv run --script scripts/action.py STEP`. All they need comes by environment variables: the Action's
inputs as a JSON object in INPUTS, GitHub's own as GITHUB_* and RUNNER_*. So they run anywhere, and
nothing of a pull request is ever part of a command line in YAML. `judge` alone fails for what was
found: until then caches, artifacts and the comment are still to be made.
"""

# /// script
# requires-python = ">=3.11"
# ///

import hashlib
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

PRODUCT = "whisper-cleanroom"
SOURCE = Path(__file__).resolve().parent.parent
FAIL_ON = ("", "slower", "worse", "any")
STORING = ("push", "schedule", "workflow_dispatch")  # what happens on a branch itself
MOST_CHARACTERS = 60_000  # GitHub takes 65,536 in a comment
PAGE = 100  # comments an answer
DIGITS = 16
SECONDS = 30
NOTHING, FIRST = (
    "Nothing was measured: the job's log says why.",
    "Nothing to compare with: no run of this branch, or of the base branch, is stored yet.",
)


class Fault(Exception):
    """What a user of the Action has to mend."""


def plan() -> None:
    """Check the inputs; say what is cached where, and under which keys."""
    if (condition := given("fail-on")) not in FAIL_ON:
        raise Fault(f"fail-on is {condition!r}: leave it empty or write {', '.join(FAIL_ON[1:])}")
    system = f"{variable('RUNNER_OS')}-{variable('RUNNER_ARCH')}"
    suite = _digest([*words("run"), *map(_content, words("run"))])
    branch = _digest([variable("GITHUB_BASE_REF") or variable("GITHUB_REF_NAME")])
    own = f"{variable('GITHUB_RUN_ID')}-{variable('GITHUB_RUN_ATTEMPT')}"
    kept = _folders()
    weights = kept.pop("WHISPER_CLEANROOM_CACHE")
    locks = _digest(map(_content, _sources("uv.lock", "pyproject.toml", "Package.*")))
    records = _digest(map(_content, _sources("models.toml")))
    for what, paths, prefix, key in (
        ("environments", kept.values(), f"{system}-{locks}-", suite),
        ("weights", [weights], f"{system}-{records}-", suite),
        ("base", [str(_work() / "base")], f"{system}-{_name()}-{branch}-", own),
    ):
        whole = f"{PRODUCT}-{what}-{prefix}"
        output(f"{what}-path", "\n".join(paths))
        output(f"{what}-prefix", whole)
        output(f"{what}-key", whole + key)


def install() -> None:
    """Install the product that this Action is, as its lock has it, and what goes beside it."""
    _work().mkdir(parents=True, exist_ok=True)
    locked = _work() / "constraints.txt"
    what = ("--no-default-groups", "--no-emit-project", "--no-hashes", "--no-header")
    export = ("uv", "export", "--quiet", "--project", str(SOURCE), "--frozen", *what)
    _succeed([*export, "--output-file", str(locked)])
    beside = [word for one in words("with") for word in ("--with", one)]
    # A folder's wheel is built anew only if its pyproject.toml is newer, unless uv is told to.
    command = ["uv", "tool", "install", "--force", "--reinstall-package", PRODUCT, *beside]
    _succeed([*command, "--constraints", str(locked), "--from", str(SOURCE), PRODUCT])


def run() -> None:
    """Measure into a folder of this job's own; say where, and keep the exit code for later."""
    results = _work() / "results"
    shutil.rmtree(results, ignore_errors=True)
    # Nobody can be asked here, and the output folder is ours: the last one named counts.
    command = [_program(), "run", *words("run"), "--yes", "--output", str(results)]
    with _no_commands():
        code = subprocess.run(command, check=False, env=_surroundings()).returncode
    folder = next((str(path.parent) for path in results.glob("*/summary.json")), "")
    _remember(run=code, folder=folder)
    output("folder", folder)


def compare() -> None:
    """Compare with the stored run, if there is one; write the comment and the job's summary.

    On a branch itself a whole run becomes the stored one.
    """
    state, base = _state(), _work() / "base"
    stored = next((path.parent for path in sorted(base.glob("*/manifest.json"))), None)
    text, code, report = f"{NOTHING}\n", 0, ""
    if folder := state["folder"]:
        report = _said(["report", folder, "--markdown"])[0]
        text, code = _compared(stored, Path(folder)) if stored else (f"{FIRST}\n\n{report}", 0)
    head = f"### {PRODUCT}: {_name()}\n\n{text}"
    _work().joinpath("comment.md").write_text(_cut(f"{_mark()}\n{head}"), encoding="utf-8")
    _append("GITHUB_STEP_SUMMARY", f"{head}\n{report if stored else ''}\n")
    _remember(compare=code)
    keep = state["run"] == 0 and variable("GITHUB_EVENT_NAME") in STORING
    if keep:
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(folder, base / Path(folder).name)
    output("keep", str(keep).lower())


def _compared(old: Path, new: Path) -> tuple[str, int]:
    """Return what `compare` says of two runs as Markdown, and its exit code."""
    options = ["--markdown"]
    for name in ("fail-on", "threshold"):
        options += [f"--{name}", given(name)] if given(name) else []
    options += [f"--{name}" for name in ("across-machines", "allow-missing") if _asked(name)]
    shown, complaint, code = _said(["compare", str(old), str(new), *options])
    return shown + (f"\n{_fenced(complaint)}" if code else ""), code


def comment() -> None:
    """Write the comment on the pull request, or write it anew; one that is refused is a warning."""
    event = json.loads(Path(variable("GITHUB_EVENT_PATH") or os.devnull).read_bytes() or "{}")
    number = event.get("pull_request", {}).get("number")
    if number is None:
        print("no pull request: no comment")
        return
    text = {"body": _work().joinpath("comment.md").read_text("utf-8")}
    comments = f"/repos/{variable('GITHUB_REPOSITORY')}/issues"
    try:
        ours = next((one["id"] for one in _comments(f"{comments}/{number}") if _is_ours(one)), None)
        if ours is None:
            _api("POST", f"{comments}/{number}/comments", text)
        else:
            _api("PATCH", f"{comments}/comments/{ours}", text)
    except urllib.error.HTTPError as error:
        why = "a pull request from a fork, or without `pull-requests: write`?"
        _notice("warning", f"no comment: GitHub answered {error.code}; {why} See the job's summary")
    except OSError as error:
        _notice("warning", f"no comment: {error}; see the job's summary")


def judge() -> None:
    """Fail for what was found: a backend that failed, or what `fail-on` names."""
    state, gate = _state(), given("fail-on")
    if state["run"]:
        _notice("error", f"`{PRODUCT} run` ended with exit code {state['run']}: see its log above")
    if state["compare"]:
        what = f"fail-on {gate}" if state["compare"] == 1 else "the runs cannot be compared"
        _notice("error" if gate else "warning", f"{what}: see the comment or the job's summary")
    sys.exit(state["run"] or (state["compare"] if gate else 0))


def given(name: str) -> str:
    """Return an input of the Action, "" where it is not given."""
    return str(json.loads(variable("INPUTS") or "{}").get(name, "")).strip()


def words(name: str) -> list[str]:
    """Return the words of an input, quoted as for a shell; none sees them."""
    try:
        return shlex.split(given(name))
    except ValueError as error:
        raise Fault(f"{name}: {error}") from error


def variable(name: str) -> str:
    """Return an environment variable, "" where it is not set."""
    return os.environ.get(name, "")


def output(name: str, value: str) -> None:
    """Set an output of the step; no line of the value can end it early."""
    end = secrets.token_hex(DIGITS)
    _append("GITHUB_OUTPUT", f"{name}<<{end}\n{value}\n{end}\n")


def _append(name: str, text: str) -> None:
    if place := variable(name):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text)


def _asked(name: str) -> bool:
    if (value := given(name)) not in {"", "true", "false"}:
        raise Fault(f"{name} is {value!r}: write true or false")
    return value == "true"


def _name() -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,50}", name := given("name")):
        raise Fault(f"name is {name!r}: letters, digits, dots, dashes")
    return name


def _work() -> Path:
    """Return the folder of this use of the Action in this job."""
    return Path(variable("RUNNER_TEMP")) / PRODUCT / _name()


def _folders() -> dict[str, str]:
    """Return where what is kept from job to job lies, by the variable that says so.

    Beside other tools: on a machine of your own it stays there. What is set already, stays set.
    """
    tools = Path(variable("RUNNER_TOOL_CACHE") or variable("RUNNER_TEMP")) / PRODUCT
    names = ("WHISPER_CLEANROOM_CACHE", "WHISPER_CLEANROOM_DATA", "UV_CACHE_DIR")
    folders = {name: str(tools / name.lower()) for name in (*names, "UV_PYTHON_INSTALL_DIR")}
    return {name: variable(name) or folder for name, folder in folders.items()}


def _surroundings() -> dict[str, str]:
    place = _work() / "tool"
    tool = {"UV_TOOL_DIR": str(place), "UV_TOOL_BIN_DIR": str(place / "bin")}
    return os.environ | _folders() | tool


def _program() -> str:
    return str(_work() / "tool" / "bin" / PRODUCT)


def _sources(*names: str) -> Iterator[Path]:
    """Yield files of these names in the product, and in packages of the user's own beside it."""
    beside = (Path(word) for word in words("with"))
    for folder in (SOURCE, *(path for path in beside if path.is_dir())):
        for name in names:
            found = sorted(path.relative_to(folder) for path in folder.rglob(name))
            yield from (folder / p for p in found if not any(q.startswith(".") for q in p.parts))


def _content(path: str | Path) -> str:
    """Return a hash of a file; "" for a word that names none."""
    place = Path(path)
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:DIGITS]


def _succeed(command: Sequence[str]) -> None:
    if code := subprocess.run(command, check=False, env=_surroundings()).returncode:
        raise Fault(f"{' '.join(command[:3])} failed with exit code {code}: see above")


def _said(asked: Sequence[str]) -> tuple[str, str, int]:
    """Return what a command of the product prints, what it complains of, and its exit code."""
    command = [_program(), *asked]
    done = subprocess.run(
        command, check=False, env=_surroundings(), capture_output=True, encoding="utf-8"
    )
    with _no_commands():
        print(done.stderr, end="", flush=True)
    return done.stdout, done.stderr, done.returncode


@contextmanager
def _no_commands() -> Iterator[None]:
    """Let GitHub take no line of a log, which may be a transcript, for a command to it."""
    token = secrets.token_hex(DIGITS)
    print(f"::stop-commands::{token}", flush=True)
    try:
        yield
    finally:
        print(f"::{token}::", flush=True)


def _notice(kind: str, text: str) -> None:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{kind}::{escaped}", flush=True)


def _state() -> dict[str, Any]:
    path = _work() / "state.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {"run": 2, "folder": "", "compare": 0} | known


def _remember(**values: object) -> None:
    _work().mkdir(parents=True, exist_ok=True)
    (_work() / "state.json").write_text(json.dumps(_state() | values), encoding="utf-8")


def _mark() -> str:
    return f"<!-- {PRODUCT}: {_name()} -->"


def _fenced(text: str) -> str:
    """Return a text as a block of code: whatever is in it is shown as it is."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}\n"


def _cut(text: str) -> str:
    """Return what fits into a comment, in whole lines."""
    if len(text) <= MOST_CHARACTERS:
        return text
    kept = text[:MOST_CHARACTERS].rpartition("\n")[0]
    opened = kept.count("<details>") - kept.count("</details>")
    return f"{kept}\n{'</details>' * opened}\n\nCut here: all of it is in the job's summary.\n"


def _comments(issue: str) -> Iterator[dict[str, Any]]:
    page = 1
    while found := _api("GET", f"{issue}/comments?per_page={PAGE}&page={page}"):
        yield from found
        page += 1


def _is_ours(one: dict[str, Any]) -> bool:
    """Whether a comment is of a bot and begins with our mark: a person's may quote it."""
    author, text = one.get("user") or {}, one.get("body") or ""
    return author.get("type") == "Bot" and text.startswith(_mark())


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token is for one host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - as urllib has it
        return None


def _api(method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 - JSON
    """Ask GitHub; raise OSError, of which HTTPError is one."""
    request = urllib.request.Request(  # noqa: S310 - the runner says where its GitHub is
        f"{variable('GITHUB_API_URL')}{path}",
        data=None if content is None else json.dumps(content).encode(),
        method=method,
        headers={
            "Authorization": f"Bearer {variable('GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.build_opener(_Stay).open(request, timeout=SECONDS) as answer:
        return json.loads(answer.read())


STEPS: dict[str, Callable[[], None]] = {
    step.__name__: step for step in (plan, install, run, compare, comment, judge)
}


def main() -> NoReturn:
    """Do the step that is named."""
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:  # noqa: PLR2004 - the script and its step
        sys.exit(f"usage: action.py {'|'.join(STEPS)}")
    try:
        STEPS[sys.argv[1]]()
    except Fault as fault:
        _notice("error", str(fault))
        sys.exit(2)
    sys.exit(0)


if __name__ == "__main__":
    main()
