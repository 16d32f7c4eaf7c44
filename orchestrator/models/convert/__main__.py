"""Convert one checkpoint: `python -m orchestrator.models.convert FORMAT SOURCE DESTINATION`.

On success one JSON object on stdout: `digest`, the same for the same tensors in every format. On
failure one sentence on stderr and an exit code of `orchestrator.models.convert`.
"""

import errno
import importlib
import json
import sys
from pathlib import Path

from orchestrator.models.convert import EXIT_BAD_CHECKPOINT, EXIT_NO_ROOM, WRITERS, ct2
from orchestrator.models.convert.checkpoint import BadCheckpoint

# RLIMIT_FSIZE and quotas say "no room" in their own words.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(arguments: list[str]) -> int:
    """Convert; return the exit code."""
    form, source, destination = arguments
    module, function = WRITERS[form]
    write = getattr(importlib.import_module(f"orchestrator.models.convert.{module}"), function)
    try:
        checkpoint = ct2.read(Path(source))
        write(checkpoint, Path(destination))
    except BadCheckpoint as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BAD_CHECKPOINT
    except OSError as error:
        sys.stderr.write(f"{error.filename or destination}: {error.strerror}\n")
        return EXIT_NO_ROOM if error.errno in _NO_ROOM else 1
    sys.stdout.write(json.dumps({"digest": checkpoint.digest()}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
