"""Convert one checkpoint: `python -m orchestrator.models.convert FORMAT SOURCE DESTINATION`.

SOURCE is a CTranslate2 folder, a Hugging Face folder or one of OpenAI's .pt files; FORMAT `digest`
writes nothing. On success one JSON object on stdout: `digest`, the same for the same tensors in
every format. On failure one sentence on stderr and an exit code of `orchestrator.models.convert`.
"""

import errno
import json
import sys
from pathlib import Path

from orchestrator.models import convert
from orchestrator.models.convert import DIGEST, EXIT_BAD_CHECKPOINT, EXIT_NO_ROOM
from orchestrator.models.convert.checkpoint import BadCheckpoint, Checkpoint

# RLIMIT_FSIZE and quotas say "no room" in their own words.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(arguments: list[str]) -> int:
    """Convert; return the exit code."""
    form, source, destination = arguments
    try:
        checkpoint = _read(Path(source))
        if form != DIGEST:
            _write(form, checkpoint, Path(destination))
    except BadCheckpoint as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BAD_CHECKPOINT
    except OSError as error:
        sys.stderr.write(f"{error.filename or destination}: {error.strerror}\n")
        return EXIT_NO_ROOM if error.errno in _NO_ROOM else 1
    sys.stdout.write(json.dumps({"digest": checkpoint.digest()}) + "\n")
    return 0


def _read(source: Path) -> Checkpoint:
    """Read whatever the source is; raise BadCheckpoint when it is none of what can be read."""
    found = convert.module(convert.format_of(source) or "")
    if found is None:
        raise BadCheckpoint(f"{source}: no checkpoint of a format that can be converted")
    checkpoint: Checkpoint = found.read(source)
    return checkpoint


def _write(form: str, checkpoint: Checkpoint, destination: Path) -> None:
    found = convert.module(form)
    if found is None:
        raise BadCheckpoint(f"{form}: no format that can be written")
    found.write(checkpoint, destination)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
