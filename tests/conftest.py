"""Keeps the tests to themselves: their own cache, their own machine lock, nobody's tokens."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

# A shared machine is slow at times: how long an example took says nothing about the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_HUB_TOKEN", "GITHUB_TOKEN")


@pytest.fixture(scope="session", autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point the cache and the lock into this session's folder."""
    folder = tmp_path_factory.mktemp("isolated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISPER_CLEANROOM_CACHE", str(folder / "cache"))
        patch.setenv("WHISPER_CLEANROOM_LOCK", str(folder / "lock"))
        for name in TOKENS:
            patch.delenv(name, raising=False)
        yield
