"""For `dask worker --preload whisper_cleanroom.dask_worker`: a worker as a machine of a fleet.

`dask worker tls://HOST:8786 --name NAME --nthreads 1 --no-nanny`, with this preload and the three
files of `fleet certificates` (--tls-ca-file, --tls-cert, --tls-key), does what `fleet join` does;
`--folder DIR` stands last. It takes the extra `fleet`. See docs/fleet.md.
"""

from orchestrator.fleet.preload import dask_setup

__all__ = ["dask_setup"]
