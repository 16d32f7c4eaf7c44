"""A fleet on the terminal: who is there, where each machine is, what was found across them."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.fleet.choice import Found
from orchestrator.reports import across, wording
from orchestrator.reports.terminal.progress import LiveLine
from orchestrator.reports.terminal.tables import say, show
from orchestrator.runs.schema.fleet import Across

_TITLES = ("machine", "chip", "system", "memory", "version", "now")


def machines(found: Sequence[Found], faults: Mapping[str, str], console: Console) -> None:
    """Print a line a machine, then what each can run and how fit it is; and who does not answer."""
    show(console, _TITLES, map(_machine, found), numbers=("memory",))
    for each in found:
        able = [offer.name for offer in each.standing.offers if not offer.why_not]
        say(console, f"{each.name}: can run {', '.join(able) or 'nothing'}")
        unable = ((o.name, o.why_not) for o in each.standing.offers if o.why_not)
        for note in wording.skips(unable):
            say(console, f"{each.name}: cannot run: {note}", "dim")
        for finding in each.standing.findings:
            style = "red" if finding.state == "problem" else "yellow"
            say(console, f"{each.name}: {finding.state}: {finding.name}: {finding.what}", style)
        if each.standing.examined and not each.standing.findings:
            say(console, f"{each.name}: the doctor finds nothing against measuring now", "green")
    for name, why in faults.items():
        say(console, f"{name}: {why}", "red")
    if not found:
        say(console, "no machine is there")


def _machine(found: Found) -> tuple[str, ...]:
    host, standing = found.host, found.standing
    now = f"busy: {standing.measuring}" if standing.measuring else "free"
    memory = units.size(host.memory_bytes)
    return found.name, host.chip_or_platform, host.system, memory, standing.version, now


def summary(found: Across, console: Console) -> None:
    """Print what was found across machines."""
    for place, (titles, rows, numbers) in enumerate(across.tables(found)):
        console.print("\n" if place else "", end="")
        show(console, titles, rows, numbers=numbers)
    console.print()
    for note in across.notes(found):
        say(console, note, "yellow")


class Board(LiveLine):
    """Draws a line a machine while it is entered; off a terminal each change is a line."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._lines: dict[str, str] = {}

    def __call__(self, machine: str, line: str) -> None:
        """Show where a machine is."""
        if self._lines.get(machine) == line:
            return
        self._lines[machine] = line
        if self._console.is_terminal:
            shown = sorted(self._lines.items())
            self._live.update(Text("\n".join(f"{m}  {x}" for m, x in shown)), refresh=True)
        else:
            say(self._console, f"{machine}: {line}")
