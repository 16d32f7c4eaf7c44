"""Which machines take part: those that are there, that are asked for, that would run the same."""

import asyncio
import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from orchestrator.errors import UsageError
from orchestrator.fleet.link import Link, Lost
from orchestrator.fleet.messages import Describe, Refusal, Standing
from orchestrator.fleet.names import is_name
from orchestrator.host import Host

_KEYS = ("chip", "name", "id", "os", "platform", "model")


@dataclass(frozen=True)
class Found:
    """A machine that is there, under a name that is its own in this fleet and harmless anywhere."""

    name: str
    host: Host
    standing: Standing

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return self.standing.id

    def matches(self, key: str, pattern: str) -> bool:
        """Whether it is asked for: `chip=M3*` is "Apple M3 Pro" too, without regard to case."""
        value = {"name": self.name, "id": self.id}.get(key) or str(getattr(self.host, key, ""))
        whole, pattern = value.casefold(), pattern.casefold()
        return any(fnmatch.fnmatchcase(v, pattern) for v in (whole, whole.partition(" ")[2]))


def conditions(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return what --on says; raise UsageError for what is no condition."""
    found = []
    for text in texts:
        key, equals, pattern = text.partition("=")
        if key not in _KEYS or not (equals and pattern):
            keys = ", ".join(_KEYS)
            raise UsageError(f"--on {text!r} is no condition", f"KEY=PATTERN, KEY of {keys}")
        found.append((key, pattern))
    return found


async def there(link: Link, *, examine: bool) -> tuple[list[Found], dict[str, str]]:
    """Return the machines that are there, and why others cannot be spoken to, by their names."""
    ids = sorted(await link.present())
    asked = (_described(link, machine, examine=examine) for machine in ids)
    answers = dict(zip(ids, await asyncio.gather(*asked), strict=True))
    found: list[Found] = []
    faults = dict(link.faults)
    for machine, answer in answers.items():
        if isinstance(answer, str):
            faults[f"machine {machine}"] = answer
            continue
        try:
            host = Host.model_validate_json(answer.host)
        except ValidationError:
            faults[f"machine {machine}"] = "what it says of itself is no description"
            continue
        found.append(Found(name_of(answer, [other.name for other in found]), host, answer))
    return sorted(found, key=lambda each: each.name), faults


async def _described(link: Link, machine: str, *, examine: bool) -> Standing | str:
    try:
        answer = await link.ask(machine, Describe(examine=examine))
    except Lost as error:
        return str(error)
    if isinstance(answer, Standing):
        return answer if answer.id == machine else "it gives another machine's id"
    return answer.what if isinstance(answer, Refusal) else "it answers something else"


def name_of(standing: Standing, taken: Sequence[str]) -> str:
    """Return the name of a machine's folder: its own, unless another has it, or it is none."""
    name = standing.name if is_name(standing.name) else "machine"
    used = {other.casefold() for other in taken}  # some systems take these for one
    return name if name.casefold() not in used else f"{name[:27]}-{standing.id}"


def lacks(found: Found, wanted: Iterable[str]) -> str:
    """Say what a machine cannot run of these backends; empty where it can run all."""
    offers = {offer.name: offer.why_not for offer in found.standing.offers}
    unable = [
        f"{name} ({offers.get(name) or 'not here'})"
        for name in wanted
        if offers.get(name, "not here")
    ]
    return f"it cannot run {', '.join(unable)}" if unable else ""


def differences(found: Found, version: str, code: str, locks: dict[str, str]) -> str:
    """Say in what a machine would not measure the same as this one; empty where it would."""
    standing = found.standing
    if standing.version != version:
        return f"its whisper-cleanroom is {standing.version}, here it is {version}"
    if standing.code != code:
        return "its whisper-cleanroom has other code than the one here"
    theirs = {offer.name: offer.lock for offer in standing.offers}
    if locks and not theirs.keys() & locks.keys():
        return f"it has none of the backends: {', '.join(locks)}"
    differing = [name for name, lock in locks.items() if theirs.get(name, lock) != lock]
    if differing:
        return f"other pins, models or runners of {', '.join(differing)} than here"
    return ""
