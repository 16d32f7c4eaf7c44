"""What the tests of runners' processes share."""

from collections.abc import Iterator

import pytest

from orchestrator.backends.worker import Machine


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """Hold the machine for all tests of a module but those about holding it."""
    with Machine() as held:
        yield held
