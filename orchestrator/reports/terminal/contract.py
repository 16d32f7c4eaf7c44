"""What `backend check` found, a line a check."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.bench.contract import CHECKS, Finding, kept
from orchestrator.reports.terminal.tables import say

_STYLES = {"passed": "green", "failed": "red", "skipped": "yellow"}
_STATE = max(map(len, _STYLES))
_NAME = max(len(check.name) for check in CHECKS)
_SHOWN = 120  # letters of what a runner says where it does what it should
_INDENT = " " * (_STATE + 2)


def finding(found: Finding, console: Console) -> None:
    """Print a check with its promise, what was seen, and where it failed what to do.

    One that was not run is counted in the verdict alone.
    """
    if found.state == "not run":
        return
    line = Text.assemble(
        (f"{found.state:<{_STATE}}", _STYLES[found.state]),
        f"  {found.check.name:<{_NAME}}  {found.check.promise}",
    )
    console.print(line, soft_wrap=True)
    failed = found.state == "failed"
    seen = found.seen if failed else units.shortened(found.seen, _SHOWN)
    for text, style in ((seen, "" if failed else "dim"), (found.fix, "dim")):
        for each in text.splitlines():
            say(console, f"{_INDENT}{each}", style)


def verdict(backend: str, findings: Sequence[Finding], console: Console) -> None:
    """Print what it comes to."""
    failed = [found.check.name for found in findings if found.state == "failed"]
    skipped, left = (sum(f.state == state for f in findings) for state in ("skipped", "not run"))
    beside = f", {skipped} not applicable" if skipped else ""
    if failed:
        named = f"{units.count(len(failed), 'check')} failed ({', '.join(failed)})"
        others = f", {left} not run: its runner does not start" if left else ""
        say(console, f"{backend} breaks the contract: {named}{others}")
    else:
        passed = len(findings) - skipped
        say(console, f"{backend} keeps the contract: {units.count(passed, 'check')} passed{beside}")


def as_json(backend: str, model: str, findings: Sequence[Finding]) -> str:
    """Return the verdict and the findings for other programs."""
    checks = [
        {
            "name": found.check.name,
            "promise": found.check.promise,
            "state": found.state,
            "seen": found.seen,
            "fix": found.fix,
        }
        for found in findings
    ]
    document = {"backend": backend, "model": model, "kept": kept(findings), "checks": checks}
    return json.dumps(document, indent=2, ensure_ascii=False)
