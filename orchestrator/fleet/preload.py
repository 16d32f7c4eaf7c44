"""What `dask worker --preload` loads: it makes the worker a machine of a fleet, or ends it.

Dask imports the module before it makes the worker, which so finds the settings of a fleet, and
calls `dask_setup` before the worker tells the scheduler what it has.
"""

import atexit
import sys
from contextlib import ExitStack
from pathlib import Path

import click
import dask
from distributed import Worker

from orchestrator.errors import CleanroomError, UsageError, refused
from orchestrator.fleet import cluster
from orchestrator.fleet.machine import Here
from orchestrator.fleet.names import Address
from orchestrator.fleet.station import Station

dask.config.set(cluster.CONFIG)
_joined = ExitStack()  # what is held while the process lives
atexit.register(_joined.close)


def _without_nanny(own: click.Context, _: click.Parameter, folder: Path | None) -> Path | None:
    """Refuse a nanny while Dask reads its command line; return the folder.

    It would start in vain, again, what ends with a sentence, and bury that in a traceback.
    """
    reading = click.get_current_context(silent=True) or own
    if reading is not own and reading.params.get("nanny") is not False:
        raise click.UsageError("a machine of a fleet has no nanny: add --no-nanny")
    return folder


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), callback=_without_nanny)
def dask_setup(worker: Worker, folder: Path | None) -> None:
    """Have a worker do what `fleet join` does; where it cannot, say why and end the process."""
    try:
        _adopt(worker, folder)
    except (CleanroomError, OSError) as error:
        fault = refused(error) if isinstance(error, OSError) else error
        sys.stderr.write(f"error: {fault}\n  {fault.fix}\n")
        # Any other exception Dask would log, and go on with a worker that is no machine.
        raise SystemExit(fault.exit_code) from None


def _adopt(worker: Worker, folder: Path | None) -> None:
    """Give a worker the machine's only slot; raise UsageError where it is not made for that."""
    address = Address.of(worker.scheduler.address)
    Address.of(worker.address)  # over tcp:// its own port would be as open to anyone
    if worker.state.nthreads != 1:
        what = f"a machine measures one run at a time; this worker has {worker.state.nthreads}"
        raise UsageError(f"{what} threads", "start it with --nthreads 1")
    if own := worker.state.total_resources:
        what = f"this worker has resources of its own: {', '.join(own)}"
        raise UsageError(what, "leave --resources out: a machine of a fleet is given its one slot")
    here = Here.of(None if worker.name == worker.address else str(worker.name), folder)
    _joined.enter_context(here.alone())
    machine = _joined.enter_context(cluster.answering(Station(here)))
    for resources in (worker.state.total_resources, worker.state.available_resources):
        resources.update(cluster.slot(machine))
    cluster.serve_no_pages(worker)
    worker.name = worker.address  # Dask takes a name once, and a fleet two machines of one name
    sys.stderr.write(f"joins {address} as {here.name}\n")
