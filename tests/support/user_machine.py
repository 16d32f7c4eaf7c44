"""A user's machine for the `models` commands: environments, a home, other programs' downloads."""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import started
from fake_envs import described

from orchestrator.places import ROOT

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Machine:
    """Folders below one temporary folder, and the command line run among them."""

    root: Path

    @property
    def home(self) -> Path:
        """The user's home folder."""
        return self.root / "home"

    @property
    def store(self) -> Path:
        """The store of models."""
        return self.root / "cache" / "models"

    @property
    def hub_cache(self) -> Path:
        """The Hugging Face cache where nothing moves it."""
        return self.home / ".cache" / "huggingface" / "hub"

    def backend(self, name: str, form: str, models: str) -> Path:
        """Make a backend with these records; return its models.toml."""
        folder = self.root / "envs" / name
        folder.mkdir(parents=True, exist_ok=True)
        bench = described(library="fake", format=form)
        (folder / "pyproject.toml").write_text(bench, encoding="utf-8")
        (folder / "uv.lock").touch()
        (folder / "models.toml").write_text(models, encoding="utf-8")
        return folder / "models.toml"

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables of the user's shell, with no hub to ask unless one is given."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        own = {
            "HOME": str(self.home),
            "HF_HUB_OFFLINE": "1",
            "PYTHONPATH": str(ROOT),
            "WHISPER_CLEANROOM_CACHE": str(self.root / "cache"),
            "_WHISPER_CLEANROOM_OWN_ENVS": str(self.root / "envs"),
        }
        return {key: value for key, value in (kept | own | more).items() if value}

    def command(self, *arguments: str) -> list[str]:
        """Return the words of `python -m orchestrator models ...`."""
        return [sys.executable, "-m", "orchestrator", "models", *arguments]

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a `models` command to its end."""
        self.home.mkdir(exist_ok=True)
        return started.finished(("models", *arguments), self.environment(**more), self.root)


def sha256(content: bytes) -> str:
    """Return a content's sha256."""
    return hashlib.sha256(content).hexdigest()


def sha1(content: bytes) -> str:
    """Return a content's sha1."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def git_sha1(content: bytes) -> str:
    """Return the id git gives a content."""
    return sha1(b"blob %d\0" % len(content) + content)


def cache_repository(
    cache: Path, repository: str, files: dict[str, bytes], revision: str = REVISION
) -> Path:
    """Lay a repository out as the hub's client does: blobs by hash, a snapshot of links to them.

    Weights (`.bin`, `.npz`, `.safetensors`) are named for their sha256, all else for git's id.
    """
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / revision
    (folder / "blobs").mkdir(parents=True, exist_ok=True)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(revision, encoding="utf-8")
    for name, content in files.items():
        large = name.endswith((".bin", ".npz", ".safetensors"))
        blob = folder / "blobs" / (sha256(content) if large else git_sha1(content))
        blob.write_bytes(content)
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    return snapshot
