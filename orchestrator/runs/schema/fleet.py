"""A suite on many machines: `fleet.json`, what was asked of whom; what was found across them."""

from typing import Literal, Self

from pydantic import Field

from orchestrator.host import Host
from orchestrator.runs.schema.accuracy import Rate
from orchestrator.runs.schema.record import Record
from orchestrator.runs.schema.summary import PairVerdict


class Member(Record):
    """A machine that takes part; `name` is its folder's, `state` how its run ended, if it has."""

    id: str
    name: str
    host: Host
    state: Literal["", "measured", "interrupted", "refused"] = ""
    why: str = ""

    @property
    def open(self) -> bool:
        """Whether its run is not at its end yet."""
        return self.state in {"", "interrupted"}


class FleetRun(Record):
    """`fleet.json`: a suite, the machines that were asked to measure it, how each ended."""

    id: str
    version: str
    code: str  # digest of the program's modules
    suite: str  # as JSON, without its clips
    source: tuple[str, str, str | None]  # what is transcribed: name, kind, revision
    digest: str  # of the clips; "" where each machine makes them
    contenders: dict[str, str] = Field(default_factory=dict)  # backends by contender
    locks: dict[str, str] = Field(default_factory=dict)  # digests by backend
    fail_fast: bool = False
    shared: bool = False  # the clips are shared out: accuracy is what is asked, and times are not
    members: tuple[Member, ...] = ()

    def run_of(self, member: Member) -> str:
        """Return the id of a member's run, which is fixed beforehand."""
        return f"{self.id}-{member.name}"

    def ended(self, machine: str, state: str, why: str) -> Self:
        """Return the same with the end of one machine's run."""
        known = {"state": state, "why": why}
        members = (m.model_copy(update=known) if m.id == machine else m for m in self.members)
        return self.model_copy(update={"members": tuple(members)})


class Standing(Record):
    """A contender on a machine: how many times as fast as the baseline there, in one run of both.

    The baseline itself has a ratio of None; `rtfx` is that machine's alone.
    """

    machine: str
    contender: str
    status: str
    reason: str | None = None
    rtfx: float | None = None
    against_baseline: PairVerdict | None = None


class Reversal(Record):
    """Two contenders of which the first is ahead on some machines and behind on others.

    `decided` where one of each is shown by its interval.
    """

    first: str
    second: str
    pairs: dict[str, PairVerdict]  # by machine
    decided: bool


class Agreement(Record):
    """Whether a contender's transcripts are the same on all machines; its WER, pooled if so."""

    contender: str
    machines: int
    clips: int  # of all machines together
    common: int  # which all machines transcribed
    differing: int  # of these, whose texts are not the same everywhere
    wer: Rate | None
    by_machine: dict[str, float | None]  # where they differ


class Across(Record):
    """What a suite found across machines. Seconds are never pooled."""

    id: str
    members: tuple[Member, ...]
    shared: bool  # the clips were shared out, and times are left out
    baseline: str | None
    standings: tuple[Standing, ...]
    reversals: tuple[Reversal, ...]
    accuracy: tuple[Agreement, ...]
