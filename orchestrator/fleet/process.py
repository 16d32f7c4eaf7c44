"""One run on this machine: its process, held back while the machine is not fit or not free."""

import subprocess
import sys
import threading
import time
from contextlib import suppress

import msgspec

from orchestrator import files
from orchestrator.bench import doctor
from orchestrator.fleet.child import BUSY
from orchestrator.fleet.machine import Here
from orchestrator.fleet.messages import Job, State
from orchestrator.host import children
from orchestrator.units import duration

_PAUSE_SECONDS = 10.0  # between two looks at a machine that is not fit or not free
_MOST_CRASHES = 3  # of the process itself: what an engine does is a row


class Process(threading.Thread):
    """Sees a job through; `state` says where it is, at any moment."""

    def __init__(self, here: Here, job: Job, asked: str) -> None:
        super().__init__(name=f"run {job.run}", daemon=True)
        self.job = job
        self.asked = asked  # by whom: each request of a client's has its own
        self.state = State(doing="begins")
        self._here = here
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._since = time.monotonic()

    def stop(self) -> None:
        """End in order: the process ends its runner, sums up what it has, and ends."""
        self._stopping.set()
        if self._child is not None and self._child.stdin is not None:
            with suppress(OSError):
                self._child.stdin.close()

    def run(self) -> None:
        """Measure when the machine is fit and free."""
        try:
            self._see_through()
        except Exception as error:  # noqa: BLE001 - whoever waits for the end has to be told
            self.state = State(ended="refused", what=f"{type(error).__name__}: {error}")

    def _see_through(self) -> None:
        crashes = 0
        while not self.state.ended:
            if self._stopping.is_set():
                self.state = State(ended="interrupted")
            elif why := self._obstacle():
                self._wait(why)
            elif (code := self._once()) == BUSY:
                self._wait("another run is measuring on it")
            elif not self.state.ended:
                crashes += 1
                if crashes == _MOST_CRASHES:
                    log = self._here.jobs / f"{self.job.run}.log"
                    what = f"the process that measures ended {crashes} times, at last with {code}"
                    self.state = State(ended="refused", what=what, fix=f"its log: {log}")

    def _obstacle(self) -> str:
        """Say why it would not be fair to measure now; empty where it would."""
        checks = () if self.job.unfit else doctor.glance()
        return "; ".join(f"{c.name}: {c.what}" for c in checks if c.state == "problem")

    def _wait(self, why: str) -> None:
        waited = time.monotonic() - self._since
        if waited > self.job.patience_seconds:
            what = f"it was not fit for {duration(waited)}: {why}"
            self.state = State(ended="refused", what=what, fix="give it more time: --patience 3h")
            return
        self.state = State(doing=f"waits: {why}")
        self._stopping.wait(_PAUSE_SECONDS)

    def _once(self) -> int:
        """Run the process to its end; return its exit code."""
        jobs = self._here.jobs
        jobs.mkdir(parents=True, exist_ok=True)
        files.write(jobs / f"{self.job.run}.json", msgspec.json.encode(self.job))
        arguments = (str(self._here.folder), self.job.run)
        with (jobs / f"{self.job.run}.log").open("ab") as log:
            child = subprocess.Popen(
                children.command(sys.executable, "orchestrator.fleet.child", *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._here.folder,
                start_new_session=True,
            )
        self._child = child
        if self._stopping.is_set():
            self.stop()
        with child:
            for line in child.stdout or ():
                self._hear(line)
        return child.returncode

    def _hear(self, text: bytes) -> None:
        with suppress(msgspec.DecodeError):  # it was cut when the process was killed
            self.state = msgspec.json.decode(text, type=State)
