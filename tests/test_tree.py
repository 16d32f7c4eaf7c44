"""The architecture, read off the syntax trees: who imports whom, what stands where, how long."""

import ast
from collections.abc import Callable
from functools import cache
from graphlib import TopologicalSorter

from orchestrator.places import ROOT

LEAVES = {"errors", "files", "places", "units"}
# From the lowest floor up; rooms of one floor do not meet.
FLOORS: list[set[str]] = [
    LEAVES,
    {"host"},
    {"runs", "cache", "backends"},
    {"models"},
    {"clips"},
    {"analysis"},
    {"bench"},
    {"fleet"},
    {"reports"},
    {"cli"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MOST_ARROWS = 67
RUNNER_LEVELS = {
    "protocol": 1,
    "channel": 2,
    "audio": 2,
    "settings": 2,
    "replies": 3,
    "stream": 4,
    "local_agreement": 5,
    "serve": 6,
}
BACKEND_LEVEL = 7  # every other file in runners/: a backend, or what several of them share

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("whisper_cleanroom", "orchestrator", "runners")
    for path in sorted((ROOT / package).rglob("*.py"))
}


def modules(rule: Callable[[str], None]) -> Callable[[], None]:
    """Turn a rule for one module into one test of all; the traceback names the one that fails."""

    def test() -> None:
        for module in FILES:
            rule(module)

    test.__doc__ = rule.__doc__
    return test


@cache
def nodes(module: str) -> list[ast.AST]:
    """Return every node of a module's syntax tree."""
    return list(ast.walk(ast.parse(FILES[module].read_bytes())))


def imports(module: str) -> set[str]:
    """Return what a module imports anywhere: our own modules by their full name."""
    names = set()
    for node in nodes(module):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import"
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in FILES else str(node.module) for name in whole}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names - {"orchestrator", "runners"}


def area(module: str) -> str:
    """Return the file or folder of orchestrator/ or runners/ that a module belongs to."""
    return module.split(".")[1]


def code_lines(module: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines without docstring, comments, blanks and the table of arguments."""
    body = function.body[bool(ast.get_docstring(function)) :]
    lines = FILES[module].read_text("utf-8").splitlines()[: function.end_lineno]
    texts = [line.strip() for line in lines[body[0].lineno - 1 :]] if body else []
    return sum(bool(text) and not text.startswith("#") for text in texts)


def test_there_are_eleven_rooms_and_a_few_leaves() -> None:
    """Nothing else lies at the root of orchestrator/, and no room meets its neighbour."""
    areas = {area(module) for module in FILES if module.startswith("orchestrator.")}
    assert areas - {"__main__"} == FLOOR.keys()


@modules
def test_imports_go_down(module: str) -> None:
    """No room imports from one above it; orchestrator and runners share only the protocol.

    The Python API stands beside the command line, on all the others, and nothing stands on it.
    """
    package, _, rest = module.partition(".")
    ours = {name for name in imports(module) if name in FILES}
    if package == "whisper_cleanroom":
        assert not any(name.startswith(("runners", "orchestrator.cli")) for name in ours)
        return
    assert not any(name.startswith("whisper_cleanroom") for name in ours)
    if not rest:
        return
    if package == "runners":
        level = RUNNER_LEVELS.get(rest, BACKEND_LEVEL)
        assert all(RUNNER_LEVELS.get(n.partition(".")[2], BACKEND_LEVEL) <= level for n in ours)
        assert all(name.startswith("runners.") for name in ours)
    elif rest != "__main__":
        assert {n for n in ours if n.startswith("runners")} <= {"runners.protocol"}
        below = {area(name) for name in ours if name.startswith("orchestrator")} - {area(module)}
        assert all(FLOOR[room] < FLOOR[area(module)] for room in below)


def test_arrows_are_few() -> None:
    """So many pairs of rooms and leaves know each other, and no more: a new one is a decision."""
    arrows = {
        (area(module), area(name))
        for module in FILES
        if module.startswith("orchestrator.") and module != "orchestrator.__main__"
        for name in imports(module) & FILES.keys()
        if name.startswith("orchestrator.") and area(name) != area(module)
    }
    assert len(arrows) <= MOST_ARROWS


def test_no_import_goes_round() -> None:
    """Imports form no circle."""
    graph = {module: imports(module) & FILES.keys() for module in FILES}
    assert list(TopologicalSorter(graph).static_order())


@modules
def test_pydantic_stays_out_of_the_backends_environments(module: str) -> None:
    """What runs in a backend's own Python needs neither pydantic nor the orchestrator's rest."""
    there = ("runners.", "orchestrator.models.convert.")
    if f"{module}.".startswith(there) or module in {"orchestrator", "orchestrator.models"}:
        foreign = ("pydantic", "rich", "typer", "psutil", "platformdirs", "huggingface_hub")
        assert not {name.split(".")[0] for name in imports(module)} & set(foreign)
        ours = {name for name in imports(module) if name.startswith("orchestrator")}
        assert all(f"{name}.".startswith(there) for name in ours)


@modules
def test_what_a_fleet_takes_stays_in_its_room(module: str) -> None:
    """Dask and what makes certificates are an extra: without it everything else works."""
    if {"dask", "distributed", "cryptography"} & {n.split(".")[0] for n in imports(module)}:
        assert module.startswith("orchestrator.fleet.")


@modules
def test_processes_and_output_have_their_places(module: str) -> None:
    """Only these start processes, only those print, and nobody uses a shell."""
    places = ("backends", "cache", "clips.speech", "fleet", "host.probe", "models.converter")
    if "subprocess" in imports(module):
        ours = tuple(f"orchestrator.{place}" for place in places)
        assert module.startswith((*ours, "runners.openblas"))  # which runs patchelf once
    calls = [ast.unparse(node.func) for node in nodes(module) if isinstance(node, ast.Call)]
    if any(call.split(".")[-1] == "print" for call in calls):
        assert module.startswith(("orchestrator.cli", "orchestrator.reports.terminal"))
    assert not {"os.system", "os.popen"} & set(calls)
    assert not [n for n in nodes(module) if isinstance(n, ast.keyword) and n.arg == "shell"]


@modules
def test_modules_and_functions_stay_readable(module: str) -> None:
    """Every module opens with a sentence and keeps to 250 lines, every function to 40 of code."""
    tree = nodes(module)[0]
    assert isinstance(tree, ast.Module)
    assert (ast.get_docstring(tree) or "").split("\n")[0].endswith((".", ";", ":"))
    assert len(FILES[module].read_text("utf-8").splitlines()) <= 250
    functions = [n for n in nodes(module) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert not [f.name for f in functions if code_lines(module, f) > 40]
