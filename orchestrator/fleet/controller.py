"""A suite on every machine of a fleet at once: what is asked and sent, and how each run ended."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.bench import clip_source, selection
from orchestrator.bench.events import Watcher
from orchestrator.bench.selection import RunOptions
from orchestrator.errors import UsageError
from orchestrator.fleet import choice, machine, record, shares
from orchestrator.fleet.choice import Found
from orchestrator.fleet.copies import Copy
from orchestrator.fleet.follower import Follower
from orchestrator.fleet.link import Link
from orchestrator.fleet.messages import Job
from orchestrator.runs.folder import writing
from orchestrator.runs.schema import Settings
from orchestrator.runs.schema.fleet import FleetRun, Member
from orchestrator.runs.schema.noise import MADE
from orchestrator.runs.suite import Suite

Told = Callable[[str, str], object]
"""Hears where a machine is: its name, and a line."""
_ACCURACY = {"blocks": 1, "repeats": 1, "decide": None, "interleave": None, "budget": None}


@dataclass
class Controller:
    """Has the members of a fleet's run measure it; `stopping` ends all of them in order."""

    link: Link
    folder: Path
    run: FleetRun
    told: Told
    unfit: bool = False  # measure also where the doctor finds a problem
    patience_seconds: float = 3600.0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def measure(self) -> FleetRun:
        """Return the record when every member's run has ended; it is on disk at each end."""
        open_ = [member for member in self.run.members if member.open]

        async def follow(member: Member) -> None:
            def told(line: str) -> None:
                self.told(member.name, line)

            listing, clips = shares.sent(self.folder, member.name)
            copy = Copy(self.folder / member.name, self.run.run_of(member))
            job = self._job(member, listing)
            following = Follower(self.link, member.id, job, copy, clips, told, self.stopping)
            state = await following.follow()
            self.run = self.run.ended(member.id, state.ended, state.what)
            record.write(self.folder, self.run)
            told(": ".join(filter(None, (state.ended, state.what, state.fix))))

        async with asyncio.TaskGroup() as group:
            for member in open_:
                group.create_task(follow(member))
        return self.run

    def _job(self, member: Member, listing: str) -> Job:
        run = self.run
        return Job(
            run=run.run_of(member),
            suite=run.suite,
            source=run.source,
            contenders=run.contenders,
            listing=listing,
            version=run.version,
            code=run.code,
            locks=run.locks,
            fail_fast=run.fail_fast,
            unfit=self.unfit,
            patience_seconds=self.patience_seconds,
        )


def plan(
    folder: Path, whole: Suite, options: RunOptions, watcher: Watcher, *, shared: bool = False
) -> FleetRun:
    """Gather the clips and write what is asked, as yet of nobody; raise as `bench.run.run`.

    The suite goes without its clips: those that are read here are sent, as they are listed. Where
    they are `shared` out, only accuracy is asked: one process, one pass.
    """
    _require_sent(options.settings)
    clip_source.require(options)
    chosen, _ = selection.candidates(options)
    settings, asked = options.settings, whole.suite
    kind, digest = "robustness" if settings.robustness else "bundled", ""
    source: tuple[str, str, str | None] = (kind, kind, None)
    if options.clips or settings.corpus is not None:
        with clip_source.clips(options, watcher, chosen) as gathered, writing(folder):
            folder.mkdir(parents=True)
            shares.keep(folder, gathered)
            corpus, settings = gathered.corpus, clip_source.settled(settings, gathered)
        source, digest = (corpus.name, corpus.kind, corpus.revision), corpus.digest
        known = {"corpus": None, "clips": (), "limit": None, "repeats": settings.repeats}
        asked = asked.model_copy(update=known)
    elif shared:
        raise UsageError(
            "--accuracy-only shares out a suite's own clips, and it names none",
            "give it a corpus, or clips",
        )
    if shared:
        asked = asked.model_copy(update=_ACCURACY)
    # Also those that the clips bring.
    asked = asked.model_copy(update={"terms": tuple(map(str, settings.terms))})
    backends = {contender.backend for contender in options.contenders}
    return FleetRun(
        id=folder.name,
        version=machine.version(),
        code=machine.code(),
        suite=Suite(suite=asked, contender=whole.contender).model_dump_json(
            by_alias=True, exclude_defaults=True
        ),
        source=source,
        digest=digest,
        contenders={each.name: each.backend for each in options.contenders},
        locks={o.name: o.lock for o in machine.offers() if o.name in backends},
        fail_fast=options.fail_fast,
        shared=shared,
    )


def _require_sent(settings: Settings) -> None:
    """Refuse what lies on this machine and is not sent: raise UsageError."""
    own = [kind for kind in settings.noise.kinds if kind not in MADE] if settings.noise else []
    if own := own + list(settings.local.values()):
        what = f"{own[0]} is on this machine, and a fleet is sent clips alone"
        raise UsageError(what, "leave it out of the suite: of noises, those that are made")


async def enlisted(
    run: FleetRun, link: Link, on: Sequence[tuple[str, str]], told: Told
) -> FleetRun:
    """Return a run with the machines that take part; raise UsageError where none does.

    Clips are shared out among those that can run all that the suite names.
    """
    found, faults = await choice.there(link, examine=False)
    asked = [each for each in found if all(each.matches(*one) for one in on)]
    faults |= {each.name: _not_asked(each) for each in found if each not in asked}
    members = []
    for each in asked:
        why = choice.differences(each, run.version, run.code, run.locks)
        if why := why or (choice.lacks(each, run.locks) if run.shared else ""):
            faults[each.name] = why
        else:
            members.append(Member(id=each.id, name=each.name, host=each.host))
    if not members:
        what = "\n".join(("no machine takes part", *(f"{n}: {w}" for n, w in faults.items())))
        raise UsageError(what, "fleet shows who is there, and what each can run")
    for name, why in faults.items():
        told(name, f"takes no part: {why}")
    return run.model_copy(update={"members": tuple(members)})


def _not_asked(found: Found) -> str:
    return f"not asked for (--on): {found.host.chip_or_platform}"
