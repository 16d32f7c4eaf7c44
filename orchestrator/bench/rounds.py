"""A block whose processes take turns: all are loaded, then each clip goes round among them."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import zip_longest
from statistics import median
from typing import Self

from orchestrator.backends.worker import Worker
from orchestrator.bench import order
from orchestrator.bench.cell import Attempt, Bench
from orchestrator.bench.exclusions import Exclusions, Idleness
from orchestrator.bench.passes import Tally
from orchestrator.bench.session import Session
from orchestrator.clips.audio.clips import Clip
from orchestrator.errors import Refused, RunnerFailed
from orchestrator.host.monitor import Changes
from orchestrator.runs.schema import Row

_PAIRS = 9  # of passes after another's turn and after its own, to compare


def run_rounds(
    bench: Bench, attempts: Sequence[Attempt], names: Sequence[str], exclusions: Exclusions
) -> list[Row]:
    """Return the rows of the attempts, whose processes take turns in one block.

    `names` are all contenders of the run. Whom another's turn slows on its accelerator has no row:
    it is among the exclusions from then on.
    """
    with ExitStack() as living:
        players = [living.enter_context(Player(bench, attempt)) for attempt in attempts]
        _start(players)
        _play(bench, players, names)
        for player in players:
            _prove(bench, player, players, exclusions)
        for player in players:
            player.finish()
    seen = bench.seen_since(attempts[0].began)
    return [row for player in players if (row := player.row(seen))]


def _start(players: Sequence["Player"]) -> None:
    """Load all, the next one's imports beside each; then warm up one by one.

    How long a start takes is told by the blocks in which each has the machine to itself.
    """
    players[0].spawn()
    for player, following in zip_longest(players, players[1:]):
        if following:
            following.spawn()
        player.load()
    for player in players:
        player.warm()


def _prove(
    bench: Bench, player: "Player", players: Sequence["Player"], exclusions: Exclusions
) -> None:
    """See, once a run, whether an accelerator is as fast after another's turn as after its own."""
    if player.attempt.entrant.backend.remote:
        return  # it has no accelerator here, and requests may cost money
    others = [other for other in players if other is not player and other.session]
    device = player.session.loaded.resolved.get("device") if player.session else "cpu"
    if others and exclusions.unproven(player.name, device):
        bench.watcher.phase(player.name, f"comparing passes after {others[0].name}'s and its own")
        if player.slowed(others[0], next(bench.clips.batches())[0]):
            exclusions.exclude(player.name)
            player.leave()


def _play(bench: Bench, players: Sequence["Player"], names: Sequence[str]) -> None:
    """Let each clip go round until nobody has a pass of it left.

    Batches are on disk and on the screen before the next.
    """
    by_name = {player.name: player for player in players}
    most = max((player.session.repeats for player in players if player.session), default=0)
    block, number, clips = players[0].attempt.cell.block, 0, bench.clips.corpus.clips
    for batch in bench.clips.batches():
        for clip in batch:
            for turn in range(most):
                drawn = order.turns(names, bench.settings.seed, block, number, turn)
                for player in (by_name[name] for name in drawn if name in by_name):
                    player.turn(clip, turn)
            for player in players:
                player.close(clip)
            number += 1
        for player in players:
            player.keep(number / clips)


class Player:
    """One contender in a block of turns; what goes wrong with it ends its own part only."""

    def __init__(self, bench: Bench, attempt: Attempt) -> None:
        self.attempt = attempt
        self.name = attempt.cell.contender
        self._bench = bench
        self._open = ExitStack()
        self._worker: Worker | None = None
        self._session: Session | None = None  # while it lives
        self._tally = Tally()
        self._row: Callable[[Changes], Row] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    @property
    def session(self) -> Session | None:
        """Its runner with its model loaded; None before that and after it ended."""
        return self._session

    def spawn(self) -> None:
        """Start its runner, which imports its library while others are waited for."""
        with self._own_fault():
            self._bench.watcher.phase(self.name, "starting")
            self._worker = self._bench.runner(self.attempt.entrant, self.attempt.cell.block)
            self._open.callback(self._worker.end)
            self._worker.spawn()

    def load(self) -> None:
        """Wait for its runner and load its model."""
        if self._row or self._worker is None:
            return  # it did not start
        with self._own_fault():
            worker = self._open.enter_context(self._worker)
            self._session = Session.load(self._bench, self.attempt, worker)

    def warm(self) -> None:
        """Warm up; what it does from then on between its turns is idling."""
        bench, attempt, loaded = self._bench, self.attempt, self._session
        if loaded is None:
            return
        with self._own_fault():
            self._session = loaded.warm(bench)
            keeping = bench.folder.keeping(attempt.cell.key, attempt.number)
            self._keep = self._open.enter_context(keeping)
            self._idleness = Idleness(loaded.worker.pid)
            self._idleness.begin()  # while the others warm up
            bench.watcher.phase(self.name, "waiting for its turns")

    def turn(self, clip: Clip, number: int) -> None:
        """Time one pass of a clip, if it still has one in this round."""
        session = self._session
        if session is None or number >= session.repeats:
            return
        with self._own_fault():
            self._idleness.end()
            self._tally.take(session.worker, clip)
            self._idleness.begin()

    def close(self, clip: Clip) -> None:
        """End a clip."""
        if self._session:
            self._tally.close(clip)

    def keep(self, share: float) -> None:
        """Write the clips since the last time, between two batches; say how much is done."""
        if self._session:
            self._keep(self._tally.batch())
            if share < 1:
                self._bench.watcher.phase(self.name, "measuring in turns", share)

    def slowed(self, other: "Player", clip: Clip) -> bool:
        """Tell whether a pass after the other's turn and one after its own differ by the region."""
        session, logs = self._session, list[float]()
        with self._own_fault(), suppress(Refused):
            while session and len(logs) < (_PAIRS if session.repeats > 1 else 1):
                other.turn_unseen(clip)
                after_other, after_own = (
                    session.worker.transcribe(clip.pcm, clip.samples)[1] for _ in range(2)
                )
                logs.append(math.log(after_other) - math.log(after_own))
        region = math.log1p(self._bench.settings.region)
        return not logs or abs(median(logs)) > region

    def turn_unseen(self, clip: Clip) -> None:
        """Transcribe a clip that does not count."""
        with self._own_fault(), suppress(Refused):
            if self._session:
                self._session.worker.transcribe(clip.pcm, clip.samples)

    def finish(self) -> None:
        """End its process, if it lives: it has a row then."""
        session, tally = self._session, self._tally
        if session is None:
            return
        with self._own_fault():
            self._idleness.end()
            sums = tally.result()
            used = replace(session.end(self._bench), idle_processors=self._idleness.processors)
            rounds = tuple(tally.rounds)
            self._row = lambda seen: session.row(sums, used, seen, rounds)
        self.leave()

    def leave(self) -> None:
        """End its process without a row."""
        self._session = None
        self._open.close()

    def row(self, seen: Changes) -> Row | None:
        """Return its row, given what happened to the machine in this block; None if it left."""
        return self._row(seen) if self._row else None

    @contextmanager
    def _own_fault(self) -> Iterator[None]:
        try:
            yield
        except RunnerFailed as error:
            fault = error  # the name is gone after this clause
            self._row = lambda seen: self.attempt.fault(self._bench, fault, seen)
            self.leave()
