"""File names out of clip names: inside their folder, and each its own on every file system."""

import hashlib
import re
import unicodedata

_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff/\\]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows' disks
_MOST_BYTES = 180  # file systems allow 255: a suffix and a mark must fit, and accents may double


def safe(name: str) -> str:
    """Return the name if files can have it, else the nearest that they can, with a mark of its own.

    Safe names stay what they are.
    """
    nearest = _NO_NAME.sub("_", name).strip(" .")  # a dot in front hides a file, ".." leaves
    if not nearest or _DEVICE.fullmatch(nearest):
        nearest = f"_{nearest}"
    if nearest == name and len(name.encode()) <= _MOST_BYTES:
        return name
    mark = f"~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    kept = nearest.encode()[: _MOST_BYTES - len(mark)].decode("utf-8", "ignore")
    return kept + mark


class FileNames:
    """Gives each clip of one folder a name of its own, also where `Talk` and `talk` are one file.

    The same clips in the same order have the same names again.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, clip: str) -> str:
        """Return the name of this clip's files: the second of one name is called `talk-2`."""
        name, number = safe(clip), 1
        while (key := _folded(name)) in self._taken:
            number += 1
            name = safe(f"{clip}-{number}")
        self._taken.add(key)
        return name


def _folded(name: str) -> str:
    """Return what is equal for names that some file system takes for one."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())
